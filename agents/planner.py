"""What a planner is: question, names, calendar and last plan in; a plan, how it was made and what to say about that out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from agents.answer import Mode
from agents.keyless.defaults import Calendar
from agents.keyless.planner import make_plan
from agents.names import Names
from agents.plan import Plan


@dataclass(frozen=True)
class Planned:
    """A plan and the way it came about."""

    plan: Plan
    mode: Mode = "keyless"
    warnings: list[str] = field(default_factory=list)


Planner = Callable[[str, Names, Calendar, dict[str, Any] | None], Awaitable[Planned]]


async def keyless(question: str, names: Names, calendar: Calendar, previous: dict[str, Any] | None) -> Planned:
    """The planner that needs no key."""
    return Planned(make_plan(question, names, calendar, previous))
