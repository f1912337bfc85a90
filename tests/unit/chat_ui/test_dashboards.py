"""Dashboards as commands: by button or typed, with words beside them."""

import pytest

from agents.dashboards import DASHBOARDS
from chat_ui.dashboards import COMMANDS, asked_for, commands


@pytest.mark.parametrize(
    ("text", "command", "asked"),
    [
        ("payments last quarter", "DORA", ("dora", "payments last quarter")),
        ("", "C-level", ("executive", "")),
        ("/github", None, ("github", "")),
        ("/C-Level last quarter", None, ("executive", "last quarter")),
        ("show me the dora dashboard", None, None),
        ("/dorado", None, None),
        ("anything", "Syncs", None),
    ],
)
def test_a_dashboard_is_asked_for_by_its_command(text: str, command: str | None, asked: tuple[str, str] | None) -> None:
    """The button or the typed command; what stands beside it names period and scope."""
    assert asked_for(text, command) == asked


def test_every_dashboard_has_a_command() -> None:
    """None is reachable by REST alone."""
    assert {name for name, _, _ in COMMANDS.values()} == set(DASHBOARDS)
    assert [entry["id"] for entry in commands()] == list(COMMANDS)
