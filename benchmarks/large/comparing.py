"""The same questions to Pulse and to DuckDB, and where their figures differ."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.large.opinion import Opinion
from servers.metrics.buckets import Grain
from servers.metrics.coverage import read_coverage
from servers.metrics.engine import measure_on
from servers.metrics.question import Question
from servers.metrics.report import DORA_FIVE
from servers.metrics.result import Result
from store.database import Database
from store.settings import Settings

NOW = datetime(2026, 11, 20, tzinfo=UTC)
QUARTER, THREE_YEARS = ("2026-08-22", "2026-11-20"), ("2023-11-20", "2026-11-20")
MONTHLY = DORA_FIVE[2:]
"""Ratios and recovery are not given by week."""


def over(span: tuple[str, str], metrics: Sequence[str], grain: Grain | None = None, **more: Any) -> tuple[Question, ...]:
    """Questions over a span whose end is not part of it."""
    period = f"{span[0]}..{(datetime.fromisoformat(span[1]).date() - timedelta(days=1))}"
    return tuple(Question(name, period, grain=grain or ("month" if name in MONTHLY else "week"), **more) for name in metrics)


@dataclass(frozen=True)
class Compared:
    """Questions of Pulse, and the file and span that ask DuckDB the same."""

    questions: tuple[Question, ...]
    name: str
    span: tuple[str, str]


COMPARED = {
    "dora": Compared(over(QUARTER, DORA_FIVE, "total"), "dora", QUARTER),
    "series": Compared(over(THREE_YEARS, DORA_FIVE, group_by=("team",)), "series", THREE_YEARS),
    "cycle": Compared(over(QUARTER, ("issue_cycle_time",)), "cycle", QUARTER),
    "cycle years": Compared(over(THREE_YEARS, ("issue_cycle_time",)), "cycle", THREE_YEARS),
}


async def answers(db: Database, settings: Settings, questions: Sequence[Question]) -> list[Result]:
    """The answers, on one connection."""
    async with db.connect() as connection:
        coverage = await read_coverage(connection, settings)
        return [await measure_on(connection, settings, question, coverage) for question in questions]


Figures = Mapping[tuple[Any, ...], tuple[int, float | None]]


def figures(results: Sequence[Result]) -> Figures:
    """What Pulse says, by metric, group and bucket as far as there are any: n and value."""
    found = {}
    for document in (result.document() for result in results):
        places = [((), document), *(((group["dimensions"]["team"],), group) for group in document.get("groups") or [])]
        for members, place in places:
            own = [((), place), *(((point["bucket"],), point) for point in place.get("series") or [])]
            found.update({(document["metric"], *members, *bucket): _figure(cell) for bucket, cell in own})
    return found


def _figure(cell: Mapping[str, Any]) -> tuple[int, float | None]:
    return cell.get("denominator", cell.get("n")) or 0, cell.get("value")


def opinions(compared: Compared, rows: Sequence[tuple[Any, ...]]) -> Figures:
    """What DuckDB says, under the same keys."""
    named = [(compared.questions[0].metric, *row) for row in rows] if compared.name == "cycle" else rows
    return {tuple(str(part) for part in row[:-2] if part is not None): (row[-2], row[-1]) for row in named}


def differing(ours: Figures, theirs: Figures) -> list[tuple[Any, ...]]:
    """The figures of DuckDB that ours do not confirm."""
    return [key for key, (n, value) in theirs.items() if key not in ours or ours[key][0] != n or not _close(ours[key][1], value)]


def _close(one: float | None, other: float | None) -> bool:
    return one == other if one is None or other is None else math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)


def second_opinion(opinion: Opinion, compared: Compared) -> Figures:
    """DuckDB's answer to the same."""
    return opinions(compared, opinion.answer(compared.name, **{"now": NOW.isoformat(), "from": compared.span[0], "to": compared.span[1]}))
