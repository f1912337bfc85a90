"""Chainlit handlers; everything they show is made in render.py and progress.py."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import chainlit as cl

from agents.answer import Event
from chat_ui import backend, board, board_page, dashboards, mappings_page, progress, render
from chat_ui.starters import STARTERS, WELCOME
from store.errors import DatabaseUnavailable, PulseError

POLL_S = 1.0
MAX_QUESTION_CHARS = 2000
MAX_SHOWN_CHARS = 4000
COMMANDS: list[Any] = [
    *dashboards.commands(),
    {"id": board.COMMAND, "description": "What runs, what comes next; start, stop, pause, log", "icon": "refresh-cw", "button": True},
    {"id": mappings_page.COMMAND, "description": "Which accounts are one person, who is in which team", "icon": "users", "button": False},
]


@cl.set_starters
async def starters(_user: Any = None, _language: Any = None) -> list[cl.Starter]:
    """Questions to begin with."""
    return [cl.Starter(label=label, message=question) for label, question in STARTERS]


@cl.on_chat_start
async def start() -> None:
    """Greet only while there is nothing to ask about yet: then show the first sync live."""
    await cl.context.emitter.set_commands(COMMANDS)
    try:
        props = None if await backend.current().first_sync() == "done" else await _sync_props()
    except DatabaseUnavailable as error:
        await cl.Message(content=str(error)).send()
        return
    if props is not None:
        await cl.Message(content=WELCOME).send()
        element = cl.CustomElement(name="PulseProgress", props=props)
        await cl.Message(content="", elements=[element]).send()
        cl.user_session.set("follower", asyncio.create_task(_follow(element)))  # a task of its own: the page takes questions meanwhile


async def _follow(element: cl.CustomElement) -> None:
    while element.props["state"] in ("running", "pending"):
        await asyncio.sleep(POLL_S)
        with contextlib.suppress(DatabaseUnavailable):  # one that restarts is back at the next look
            props = await _sync_props()
            if props != element.props:
                element.props = props
                await element.update()


async def _sync_props() -> dict[str, Any]:
    source = backend.current()
    return progress.progress_props(await source.first_sync(), await source.runs())


@cl.on_chat_end
async def end() -> None:
    """Stop following a sync for a page that is gone."""
    board_page.close()
    follower = cl.user_session.get("follower")
    if follower is not None:
        follower.cancel()


@contextlib.asynccontextmanager
async def _failures_told() -> AsyncIterator[None]:
    """What goes wrong in the block becomes a message, and the page goes on."""
    try:
        yield
    except PulseError as error:
        await cl.Message(content=str(error)).send()


@cl.on_message
async def answer(message: cl.Message) -> None:
    """Answer a typed question, or show what a command is for."""
    async with _failures_told():
        wanted = dashboards.asked_for(message.content, message.command)
        if wanted is not None:
            await _dashboard(*wanted)
        elif board.asked_for(message.content, message.command):
            await board_page.show()
        elif mappings_page.asked_for(message.content, message.command):
            await mappings_page.show()
        else:
            await _ask(message.content)


@cl.action_callback("ask")
async def ask_again(action: cl.Action) -> None:
    """Ask what a button says: a follow-up or a choice."""
    question = str(action.payload["question"])
    await cl.Message(content=question, author="You", type="user_message").send()
    async with _failures_told():
        await _ask(question)


async def _ask(question: str) -> None:
    if len(question) > MAX_QUESTION_CHARS:
        await cl.Message(content=f"Please ask in at most {MAX_QUESTION_CHARS} characters.").send()
        return
    reply = Reply()
    conversation = cl.user_session.get("conversation")
    async for event in backend.current().ask(question, conversation):
        await reply.take(event)


async def _dashboard(name: str, words: str) -> None:
    """A dashboard: its words, then one chart after the other."""
    async with cl.Step(name=f"{name} dashboard", type="tool") as step:
        try:
            document = await backend.current().dashboard(name, words)
        except PulseError:
            step.is_error = True
            raise
        step.output = f"{len(document['charts'])} charts"
    message = await cl.Message(content=render.words(document)).send()
    await _draw(document, message)


async def _draw(document: Mapping[str, Any], message: cl.Message) -> None:
    for chart in document.get("charts", []):  # one after the other: Chainlit shows elements in the order in which they arrive
        props = render.chart_props(chart, document)
        await cl.CustomElement(name="PulseChart", props=props, display="inline").send(for_id=message.id)


class Reply:
    """One answer on the page while its events come in."""

    def __init__(self) -> None:
        self.message: cl.Message | None = None
        self.steps: dict[str, cl.Step] = {}

    async def take(self, event: Event) -> None:
        """Show one event."""
        match event.type:
            case "tool_call":
                await self._open_step(event.data)
            case "tool_result":
                await self._close_step(event.data)
            case "text":
                await self._opened().stream_token(str(event.data.get("text", "")))
            case "done":
                await self._finish(event.data)
            case "plan" | "chart":
                pass  # the plan is behind the steps; charts come with the finished answer, which knows their metric

    def _opened(self) -> cl.Message:
        """The message, made when its first word comes, so that it stands below the steps that led to it."""
        self.message = self.message or cl.Message(content="")
        return self.message

    async def _open_step(self, data: Mapping[str, Any]) -> None:
        run = cl.context.current_step  # the turn, under which the message stands as well
        step = cl.Step(name=str(data["tool"]), type="tool", show_input="json", parent_id=run.id if run else None)
        step.input = data.get("arguments", {})
        self.steps[str(data.get("id", data["tool"]))] = step
        await step.send()

    async def _close_step(self, data: Mapping[str, Any]) -> None:
        step = self.steps.pop(str(data.get("id", data["tool"])), None)
        if step is not None:
            step.output = _shortened(data.get("result", data.get("error", "")))
            step.is_error = bool(data.get("error"))
            await step.update()

    async def _finish(self, document: Mapping[str, Any]) -> None:
        cl.user_session.set("conversation", document.get("conversation_id"))
        message = self._opened()
        message.content = render.words(document)
        message.actions = _buttons(document)
        await (message.update() if message.streaming else message.send())
        await _draw(document, message)


def _buttons(document: Mapping[str, Any]) -> list[cl.Action]:
    """Choices of a question back, else follow-ups; both are asked by a click."""
    choices = document.get("choices") or document.get("follow_ups") or []
    return [cl.Action(name="ask", label=str(text), payload={"question": render.asked_by(document, str(text))}) for text in choices]


def _shortened(result: Any) -> str:
    text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str, indent=1)
    return text if len(text) <= MAX_SHOWN_CHARS else f"{text[:MAX_SHOWN_CHARS]} …"


@cl.action_callback("show_records")
async def show_records(action: cl.Action) -> None:
    """The records behind a chart, or behind the mark that was clicked."""
    await _records(action.payload)


@cl.action_callback("more_records")
async def more_records(action: cl.Action) -> None:
    """The next page of records."""
    await _records(action.payload)


async def _records(payload: Mapping[str, Any]) -> None:
    wanted = {
        "evidence": payload["evidence"],
        "cell": payload.get("cell") or render.cell(payload.get("datum")),
        "cursor": payload.get("cursor"),
    }
    listing = await _tool("metrics_trace_figure", **wanted)
    if listing is None:
        return
    more = {**payload, **wanted, "cursor": listing["next_cursor"]} if listing.get("next_cursor") else None
    caption = f"Records behind: {payload.get('title') or 'this figure'}"
    table = cl.CustomElement(name="PulseTable", props=render.listing_props(listing, caption, more), display="inline")
    await cl.Message(content="", elements=[table]).send()


@cl.action_callback("show_definition")
async def show_definition(action: cl.Action) -> None:
    """What a metric means and how it is computed."""
    found = await _tool("metrics_describe_metric", metric=str(action.payload["metric"]))
    if found is not None:
        await cl.Message(content=render.definition(found)).send()


async def _tool(name: str, **arguments: Any) -> dict[str, Any] | None:
    """The result of a tool as a visible step; a refusal is said to the person."""
    async with cl.Step(name=name, type="tool", show_input="json") as step:
        step.input = {key: value for key, value in arguments.items() if value is not None}
        try:
            result = await backend.current().tool(name, **arguments)
        except PulseError as error:
            step.is_error = True
            step.output = str(error)
            await cl.Message(content=str(error)).send()
            return None
        step.output = _shortened(result)
        return result
