"""Proposed mappings on a page: accepted, rejected and taken back by buttons."""

from typing import Any

import chainlit as cl

from chat_ui import backend
from store.errors import PulseError

COMMAND = "Mappings"
WORDS = ("/mappings", "mappings", "proposed mappings")
SESSION_KEY = "mappings"
SHOWN = 20


def asked_for(text: str, command: str | None) -> bool:
    """Whether a message asks for the proposals."""
    return command == COMMAND or text.strip().casefold() in WORDS


async def show() -> None:
    """The proposals and the last decisions, below a message of their own."""
    element = cl.CustomElement(name="PulseMappings", props=await _props(None), display="inline")
    cl.user_session.set(SESSION_KEY, element)
    await cl.Message(content="", elements=[element]).send()


async def _props(notice: str | None) -> dict[str, Any]:
    found = await backend.current().mappings()
    proposals = found["proposals"]
    return {"proposals": proposals[:SHOWN], "total": len(proposals), "decisions": found["decisions"][:SHOWN], "notice": notice}


@cl.action_callback("mapping")
async def press(action: cl.Action) -> None:
    """A button: accept, reject or undo."""
    element = cl.user_session.get(SESSION_KEY)
    if not isinstance(element, cl.CustomElement):
        return
    notice = None
    try:
        notice = await backend.current().decide(str(action.payload["do"]), str(action.payload["id"]))
    except PulseError as error:
        notice = str(error)
    element.props = await _props(notice)
    await element.update()
