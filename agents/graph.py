"""The one graph: understand, plan, gate, gather, derive, compose, verify, render.

Only the plan of the last answer is kept between questions; results of tools are never written to a checkpoint.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

from langgraph.channels import UntrackedValue
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from agents.calls import Call, calls_for
from agents.compose.compose import Draft, compose
from agents.gathered import Gathered, Piece
from agents.keyless.defaults import Calendar
from agents.keyless.guards import refusal
from agents.keyless.text import fold
from agents.names import Names
from agents.plan import Intent, Plan
from agents.planner import Planned, Planner
from agents.render import charts_for, evidence_of
from agents.toolbox import Outcome, Toolbox
from agents.verify import harmless, unresolved
from agents.writer import Writer

SHOWN_CHARS = 600
"""How much of a result's readable form goes along with its step."""
MOST_CALLS = 8
"""Tool calls that one question may cost."""


class State(TypedDict, total=False):
    """What passes between the nodes. Keys marked untracked live for one question only."""

    question: str
    last_plan: dict[str, Any] | None
    names: Annotated[Names, UntrackedValue]
    planned: Annotated[Planned, UntrackedValue]
    calls: Annotated[list[Call], UntrackedValue]
    gathered: Annotated[Gathered, UntrackedValue]
    draft: Annotated[Draft, UntrackedValue]
    charts: Annotated[list[dict[str, Any]], UntrackedValue]
    evidence: Annotated[list[dict[str, Any]], UntrackedValue]


@dataclass(frozen=True)
class Context:
    """What the nodes work with; nothing of it is stored."""

    toolbox: Toolbox
    calendar: Calendar
    planner: Planner
    writer: Writer
    link_hosts: tuple[str, ...] = ()
    warnings: list[str] = field(default_factory=list)


Nodes = Runtime[Context]


async def understand(_state: State, runtime: Nodes) -> State:
    """Learn the names that the question may use."""
    return {"names": await runtime.context.toolbox.names()}


async def plan(state: State, runtime: Nodes) -> State:
    """Make the plan from the question and the conversation, before any row is read."""
    planned = await runtime.context.planner(state["question"], state["names"], runtime.context.calendar, state.get("last_plan"))
    return {"planned": planned}


def gate(state: State, runtime: Nodes) -> State:
    """Hold the policy whoever planned: refusals stand, and calls are fixed and counted here."""
    planned = state["planned"]
    guard = refusal(fold(state["question"]).casefold(), state["names"].places())
    if guard:
        refused = Plan(intent=Intent.UNSUPPORTED, status="unsupported", message=guard.message)
        planned = Planned(refused, planned.mode, planned.warnings)
    calls = calls_for(planned.plan, state["names"])[:MOST_CALLS] if planned.plan.status == "ok" else []
    runtime.stream_writer({"type": "plan", "data": planned.plan.as_document()})
    return {"planned": planned, "calls": calls}


async def gather(state: State, runtime: Nodes) -> State:
    """Call the read tools side by side, then those that need what came of them."""
    write, toolbox = runtime.stream_writer, runtime.context.toolbox
    ready = [c for c in state["calls"] if c.after is None]
    for call in ready:
        write({"type": "tool_call", "data": {"id": call.id, "tool": call.tool, "arguments": call.arguments}})
    outcomes = await toolbox.call_all([(c.tool, c.arguments) for c in ready])
    pieces = [Piece(c, o) for c, o in zip(ready, outcomes, strict=True)]
    for call in (c for c in state["calls"] if c.after is not None):
        pieces.append(await follow(call, pieces, toolbox))
    for piece in pieces:
        write(
            {
                "type": "tool_result",
                "data": {
                    "id": piece.call.id,
                    "tool": piece.call.tool,
                    "error": piece.outcome.error,
                    "text": harmless(piece.outcome.text[:SHOWN_CHARS]),
                    "status": piece.document.get("status", "ok"),
                },
            }
        )
    return {"gathered": Gathered(state["planned"].plan, pieces)}


async def follow(call: Call, pieces: list[Piece], toolbox: Toolbox) -> Piece:
    """A call that takes the evidence of another one."""
    before = next((p for p in pieces if p.call.id == call.after), None)
    receipt = before.document.get("evidence") if before else None
    if not receipt:
        return Piece(call, Outcome(error=before.outcome.error if before else "There is no figure to trace."))
    given = Call(call.id, call.tool, {**call.arguments, "evidence": receipt}, call.role, call.after)
    return Piece(given, await toolbox.call(given.tool, given.arguments))


async def derive(state: State, runtime: Nodes) -> State:
    """Draw what is to be seen: each spec is bound to the evidence it shows."""
    gathered = state["gathered"]
    charts = await charts_for(gathered, runtime.context.toolbox)
    for chart in charts:
        runtime.stream_writer({"type": "chart", "data": chart})
    return {"charts": charts, "evidence": evidence_of(gathered)}


def write_answer(state: State) -> State:
    """Words from templates; each number is written down as it is said."""
    planned = state["planned"].plan
    if planned.status != "ok" or not state["calls"]:
        return {"draft": Draft(words_only(planned), planned.status), "gathered": Gathered(planned, []), "charts": [], "evidence": []}
    return {"draft": compose(state["gathered"], state["question"])}


def words_only(plan: Plan) -> str:
    """A refusal or a question back, with its choices."""
    listed = "\n".join(f"- {choice}" for choice in plan.choices)
    return f"{plan.message}\n\n{listed}".strip()


async def verify(state: State, runtime: Nodes) -> State:
    """Let a model reword the draft if there is one, and keep its words only when every number in them resolves."""
    draft, book = state["draft"], state["gathered"].book
    worded = (
        await runtime.context.writer(state["question"], state["planned"].plan, draft, book)
        if draft.status == "ok" and state["calls"]
        else None
    )
    text = worded if worded and not unresolved(worded, book.figures, state["question"]) else draft.text
    draft.text = harmless(text, runtime.context.link_hosts)
    return {"draft": draft}


def render(state: State, runtime: Nodes) -> State:
    """Send the words on, and remember the plan for what follows."""
    draft, planned = state["draft"], state["planned"].plan
    runtime.stream_writer({"type": "text", "data": {"text": draft.text}})
    keep = (
        planned.model_dump(mode="json", by_alias=True)
        if planned.status in ("ok", "no_data") and planned.metrics
        else state.get("last_plan")
    )
    return {"last_plan": keep}


def answered_by_words(state: State) -> str:
    """Without calls there is nothing to gather."""
    return "gather" if state["calls"] else "compose"


NODES: tuple[tuple[str, Any], ...] = (
    ("understand", understand),
    ("plan", plan),
    ("gate", gate),
    ("gather", gather),
    ("derive", derive),
    ("compose", write_answer),
    ("verify", verify),
    ("render", render),
)


def build_graph(checkpointer: Any = None) -> CompiledStateGraph[State, Context, State, State]:
    """The compiled graph; `checkpointer` keeps conversations."""
    graph: StateGraph[State, Context, State, State] = StateGraph(State, context_schema=Context)
    for name, node in NODES:
        graph.add_node(name, node)
    graph.add_edge(START, "understand")
    graph.add_edge("understand", "plan")
    graph.add_edge("plan", "gate")
    graph.add_conditional_edges("gate", answered_by_words, ["gather", "compose"])
    graph.add_edge("gather", "derive")
    graph.add_edge("derive", "compose")
    graph.add_edge("compose", "verify")
    graph.add_edge("verify", "render")
    graph.add_edge("render", END)
    return graph.compile(checkpointer=checkpointer)
