"""Asking: one question in, the answer document or its steps out."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph

from agents.answer import Answer, Event
from agents.conversation import new_conversation, thread_of
from agents.graph import Context, State, build_graph
from agents.keyless.defaults import Calendar
from agents.model_planner import ModelPlanner
from agents.model_writer import ModelWriter
from agents.models import chosen_model
from agents.plan import Plan
from agents.planner import Planner, keyless
from agents.toolbox import Toolbox
from agents.writer import Writer, template_only
from store.clock import now
from store.settings import Settings


@dataclass(frozen=True)
class Deps:
    """What asking needs, made once per process: `checkpointer` keeps conversations (in memory without one)."""

    toolbox: Toolbox
    settings: Settings
    graph: CompiledStateGraph[State, Context, State, State] = field(default_factory=lambda: build_graph(InMemorySaver()))
    planner: Planner = keyless
    writer: Writer = template_only
    link_hosts: tuple[str, ...] = ()
    clock: Callable[[], datetime] | None = None

    @property
    def calendar(self) -> Calendar:
        """Now, zone and fiscal year."""
        at = self.clock() if self.clock else now(self.settings)
        return Calendar(at, self.settings.timezone, self.settings.pulse.org.fiscal_year_start_month)


def make_deps(settings: Settings, toolbox: Toolbox, checkpointer: Any = None, *, link_hosts: tuple[str, ...] = ()) -> Deps:
    """Deps with the planner and writer that the settings ask for: rules, or a model with rules behind it."""
    graph = build_graph(checkpointer if checkpointer is not None else InMemorySaver())
    choice = chosen_model(settings)
    if choice is None:
        return Deps(toolbox, settings, graph, link_hosts=link_hosts)
    return Deps(toolbox, settings, graph, ModelPlanner(choice), ModelWriter(choice), link_hosts)


async def ask(question: str, *, conversation_id: str | None = None, deps: Deps, user: str = "local") -> Answer:
    """The answer to a question, as a document."""
    async for event in stream(question, conversation_id=conversation_id, deps=deps, user=user):
        if event.type == "done":
            return Answer.model_validate(event.data)
    raise RuntimeError("an answer always ends with done")


async def stream(question: str, *, conversation_id: str | None = None, deps: Deps, user: str = "local") -> AsyncIterator[Event]:
    """The steps of an answer as they happen, `done` with the whole document last."""
    started = time.perf_counter()
    conversation = conversation_id or new_conversation()
    context = Context(deps.toolbox, deps.calendar, deps.planner, deps.writer, deps.link_hosts)
    config: RunnableConfig = {"configurable": {"thread_id": thread_of(user, conversation)}}
    final: dict[str, Any] = {}
    run = deps.graph.astream({"question": question}, config, context=context, stream_mode=["custom", "values"], durability="exit")
    async for mode, part in run:
        if mode == "custom":
            yield Event.model_validate(part)
        elif isinstance(part, dict):
            final = part
    document = partial(document_of, question=question, conversation=conversation, started=started)
    yield Event(type="done", data=document(final).model_dump(mode="json", by_alias=True))


def document_of(state: dict[str, Any], *, question: str, conversation: str, started: float) -> Answer:
    """The document of a finished run."""
    planned, draft = state["planned"], state["draft"]
    plan: Plan = planned.plan
    return Answer(
        question=question,
        answer=draft.text,
        mode=planned.mode,
        status=draft.status,
        plan=plan.as_document(),
        choices=plan.choices,
        figures=state["gathered"].book.figures,
        charts=state["charts"],
        evidence=state["evidence"],
        warnings=[*planned.warnings, *draft.warnings],
        follow_ups=draft.follow_ups or plan.choices[:3],
        conversation_id=conversation,
        took_ms=round((time.perf_counter() - started) * 1000),
    )
