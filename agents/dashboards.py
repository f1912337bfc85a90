"""Dashboards: fixed sets of questions for one reader, asked side by side and answered as one document with charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.figures import Book, Source
from agents.keyless.defaults import Calendar
from agents.keyless.reading import read
from agents.names import Names
from agents.render import charts_of
from agents.toolbox import Outcome, Toolbox
from agents.verify import harmless
from servers.metrics.catalogue import CATALOGUE
from store.errors import InvalidQuestion

SCOPES = ("team", "service", "project", "repo")
QUERY = "metrics.query_metric"


@dataclass(frozen=True)
class Tile:
    """One question of a dashboard: a tool with its arguments; period and scope are added where the tool knows them."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    takes: Sequence[str] = ()
    """Which of `period` and the scopes a tool other than query_metric takes as arguments of their own."""

    @property
    def metric(self) -> str | None:
        """The metric that is asked for, where it is one."""
        return self.arguments.get("metric") if self.tool == QUERY else None


@dataclass(frozen=True)
class Dashboard:
    """A dashboard by its title, the period it shows unless another is asked for, and its tiles from top to bottom."""

    title: str
    words: str
    period: str
    tiles: tuple[Tile, ...]


def _series(metric: str, grain: str | None = None, **arguments: Any) -> Tile:
    return Tile(QUERY, {"metric": metric, **({"grain": grain} if grain else {}), **arguments})


_BY_TEAM: dict[str, Any] = {"grain": "total", "group_by": ["team"], "compare": "previous"}
_NOW = {"grain": "total"}
DASHBOARDS: Mapping[str, Dashboard] = {
    "dora": Dashboard(
        "DORA",
        "throughput and instability of delivery",
        "last_6_months",
        (
            Tile("metrics.dora_report", {"compare": "previous"}, ("period", "team", "service")),
            _series("deployment_frequency", "week"),
            _series("change_lead_time", "month"),
            _series("change_fail_rate", "month"),
            _series("failed_deployment_recovery_time", "month"),
            _series("deployment_rework_rate", "month"),
        ),
    ),
    "github": Dashboard(
        "GitHub",
        "pull requests from first commit to merge",
        "last_90_days",
        (
            _series("pr_throughput", "week"),
            _series("pr_cycle_time", "week"),
            _series("pr_pickup_time", **_BY_TEAM),
            _series("pr_size", "week"),
            _series("unreviewed_merge_rate", "month"),
            _series("open_pr_age", **_NOW),
            Tile("metrics.assess_risk", {"kind": "pr"}, ("team", "repo")),
        ),
    ),
    "portfolio": Dashboard(
        "Portfolio",
        "epics, flow of work and where it goes",
        "last_90_days",
        (
            Tile("metrics.assess_risk", {"kind": "epic"}, ("team", "project")),
            _series("wip", "week"),
            _series("net_flow", "week"),
            _series("issue_cycle_time", "week"),
            _series("flow_distribution", "month"),
            _series("investment_allocation", "month"),
            _series("work_item_age", **_NOW),
        ),
    ),
    "executive": Dashboard(
        "C-level",
        "the few numbers a board asks for",
        "last_12_months",
        (
            Tile("metrics.executive_report", {"compare": "previous"}, ("period", "team", "service")),
            _series("change_lead_time", "month"),
            _series("change_fail_rate", "month"),
            _series("incident_count", "month"),
            _series("flow_distribution", "month"),
            _series("ai_assisted_pr_share", "month"),
            Tile("metrics.assess_risk", {"kind": "epic"}, ("team", "project")),
        ),
    ),
}


def asked_of(words: str, names: Names, calendar: Calendar) -> tuple[str | None, dict[str, str]]:
    """Period and scope that the words beside a command name.

    Raises:
        InvalidQuestion: they name what nobody knows.
    """
    reading = read(words, names, calendar.now.date())
    if reading.entities.unknown:
        kind, name = reading.entities.unknown[0]
        known = names.known(kind) or names.known("team")
        raise InvalidQuestion(f"I do not know “{name}”; known: {', '.join(known)}.")
    periods = [found.value for found in reading.periods if found.role == "main"]
    scope = {kind: name for kind, name in reading.entities.filters if kind in SCOPES}
    return (periods[0] if periods else None), scope


async def dashboard(name: str, toolbox: Toolbox, *, period: str | None = None, scope: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The document of a dashboard: words, charts in the order of the tiles, figures and the evidence of each."""
    board, wanted = DASHBOARDS[name], dict(scope or {})
    calls: list[tuple[str, Mapping[str, Any]]] = [(tile.tool, arguments_of(tile, period or board.period, wanted)) for tile in board.tiles]
    outcomes = await toolbox.call_all(calls)
    asked = [(f"e{place}", call, outcome) for place, (call, outcome) in enumerate(zip(calls, outcomes, strict=True), 1)]
    found = [part for part in asked if part[2].error is None]
    charts = await charts_of([(place, call[0], outcome.result) for place, call, outcome in found], toolbox)
    return {
        "name": name,
        "title": board.title,
        "period": period or board.period,
        "scope": wanted,
        "answer": "\n".join(
            [heading(board, period, wanted), *(line(outcome) for _, _, outcome in asked if "metrics" not in outcome.result)]
        ),
        "charts": charts,
        "figures": figures_of(found),
        "evidence": [
            {"id": place, "tool": tool, "arguments": arguments, "as_of": outcome.result.get("as_of"), "result": outcome.result}
            for place, (tool, arguments), outcome in found
        ],
        "warnings": list(dict.fromkeys(warning for _, _, outcome in found for warning in outcome.result.get("warnings") or [])),
    }


def arguments_of(tile: Tile, period: str, scope: Mapping[str, str]) -> dict[str, Any]:
    """The tile's arguments with period and scope: filters where a metric has the dimension, arguments where the tool has them."""
    if tile.metric is None:
        given = {"period": period, **scope}
        return {**tile.arguments, **{name: given[name] for name in tile.takes if name in given}}
    metric = CATALOGUE[tile.metric]
    owned = metric.family == "dora" and "owner_team" in metric.dimensions  # the report beside it counts a team's services too
    meant = {"owner_team" if owned and name == "team" else name: value for name, value in scope.items()}
    filters = {name: value for name, value in meant.items() if name in metric.dimensions}
    when = {} if metric.snapshot and tile.arguments.get("grain") == "total" else {"period": period}
    return {**tile.arguments, **when, **({"filters": filters} if filters else {})}


def heading(board: Dashboard, period: str | None, scope: Mapping[str, str]) -> str:
    """What is shown, over which period, of whom."""
    of = "".join(f" · {kind} {name}" for kind, name in scope.items())
    return f"**{board.title}**: {board.words}, {(period or board.period).replace('_', ' ')}{of}\n"


def line(outcome: Outcome) -> str:
    """One tile in a line: its headline, or why there is none."""
    said = outcome.error or next((words for words in outcome.text.splitlines() if words.strip()), "")
    return f"- {harmless(said)}"


def figures_of(found: Sequence[tuple[str, Any, Outcome]]) -> list[dict[str, Any]]:
    """The one value of each tile that has one, as the ledger of answers writes it."""
    book = Book()
    for place, _, outcome in found:
        for document in outcome.result.get("metrics") or [outcome.result]:
            if isinstance(document.get("value"), int | float) and "window" in document:
                Source(document, place, book).value(document)
    return book.figures
