"""The dashboards as commands of the chat; pure."""

import re
from typing import Any

from agents.dashboards import DASHBOARDS

ICONS = {"dora": "gauge", "github": "git-pull-request", "portfolio": "layers", "executive": "presentation"}
COMMANDS: dict[str, tuple[str, str, str]] = {
    board.title: (name, board.words[0].upper() + board.words[1:], ICONS.get(name, "layout-dashboard")) for name, board in DASHBOARDS.items()
}
"""Command to dashboard, what it shows, and its icon."""
TYPED = re.compile(rf"/(?P<name>{'|'.join(DASHBOARDS)}|c-level|clevel)\b\s*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)


def commands() -> list[Any]:
    """The commands as Chainlit lists them."""
    return [{"id": name, "description": words, "icon": icon, "button": True} for name, (_, words, icon) in COMMANDS.items()]


def asked_for(text: str, command: str | None) -> tuple[str, str] | None:
    """The dashboard that a message asks for and the words beside it: by the command's button, or typed as `/dora payments last quarter`."""
    if command in COMMANDS:
        return COMMANDS[str(command)][0], text
    typed = TYPED.fullmatch(text.strip())
    if typed is None:
        return None
    name = typed["name"].lower()
    return ("executive" if name in ("c-level", "clevel") else name), typed["rest"]
