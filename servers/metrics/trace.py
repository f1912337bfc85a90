"""From a cell of a result to the records behind it: they add up to its n."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.listing import minute, quoted
from servers.metrics.catalogue import metric_named
from servers.metrics.compile import (
    OF_GROUP,
    STANDARD,
    beside_standard,
    expand,
    lumped_rows,
    parameters,
    ranked_members,
    rows_of,
    used_parameters,
)
from servers.metrics.coverage import read_coverage
from servers.metrics.lookback import forgotten, looking_back, older
from servers.metrics.metric import Percentile, Ratio, Shares, Spread, Total
from servers.metrics.plan import Plan, WrongQuestion
from servers.metrics.planning import plan_on
from servers.metrics.question import Question
from servers.metrics.receipts import replay
from servers.metrics.sizes import sized
from servers.metrics.standards import with_standards
from store.clock import Window, local_midnight
from store.database import Database
from store.settings import Settings

PAGE = 50
"""Records of one page."""


async def trace(db: Database, settings: Settings, evidence: str, cell: str | None = None, cursor: str | None = None) -> dict[str, Any]:
    """The records behind a cell of a result, with links; they add up to its n.

    `cell`: nothing for the total, `bucket=2026-03-02`, `team=payments` or both joined by `&`; `window=before` for what it was compared with;
    `counted_above=yes` (or `no`) for those in the numerator of a share (or outside it); in a report also `metric=…`.

    Returns columns, rows, next_cursor, total and a note.
    """
    kept = await replay(db, evidence)
    wanted = _cell(cell)
    document = _document(kept["result"], wanted.pop("metric", None))
    async with db.connect() as connection:
        return await _records(connection, settings, document, wanted, int(cursor or 0))


def _cell(cell: str | None) -> dict[str, str]:
    parts = [part.split("=", 1) for part in (cell or "").split("&") if part]
    if any(len(part) != 2 for part in parts):
        raise WrongQuestion(f"The cell {cell!r} must look like team=payments&bucket=2026-09-01.")
    return {name.strip(): unquote(value.strip()) for name, value in parts}


def _document(result: Mapping[str, Any], metric: str | None) -> Mapping[str, Any]:
    """The result itself, or the asked metric of a report."""
    documents: list[Mapping[str, Any]] = [part for part in result.get("metrics", [result]) if metric in (None, part.get("metric"))]
    if not documents or "metric" not in documents[0] or not metric_named(documents[0]["metric"]).aggregated:
        raise WrongQuestion("This evidence holds no metric with such records; trace the evidence of query_metric or dora_report.")
    return documents[0]


def question_of(document: Mapping[str, Any]) -> Question:
    """The question that a result answers, with its bounds and its as_of, so that it can be asked again."""
    compared = document.get("compare")
    return Question(
        metric=document["metric"],
        window=_window(document["window"]),
        compare_window=_window(compared["window"]) if compared else None,
        grain=document["grain"],
        group_by=document.get("group_by", ()),
        filters=document.get("filters", {}),
        as_of=datetime.fromisoformat(document["as_of"]),
        tz=document["window"]["tz"],
        clock=document.get("clock"),
        params=document.get("rules") or {},
        variants=document.get("variants") is not None,
        revision=document.get("revision"),
        both_clocks=document.get("known_now") is not None,
    )


def _window(document: Mapping[str, str]) -> Window:
    return Window(_instant(document["from"], document["tz"]), _instant(document["to"], document["tz"]), document["tz"])


def _instant(bound: str, tz: str) -> datetime:
    return local_midnight(date.fromisoformat(bound), tz) if len(bound) == len("2026-01-01") else datetime.fromisoformat(bound)


async def plan_of(
    connection: AsyncConnection, settings: Settings, document: Mapping[str, Any], cell: Mapping[str, str] | None = None
) -> Plan:
    """The plan behind a result, narrowed to the members of a cell that are not among its groups."""
    asked = question_of(document)
    further = {name: value for name, value in (cell or {}).items() if name not in asked.group_by}
    counted = str(document.get("counted_by", asked.metric))
    return await plan_on(connection, settings, replace(asked, metric=counted, filters={**asked.filters, **further}))


async def _records(
    connection: AsyncConnection, settings: Settings, document: Mapping[str, Any], wanted: dict[str, str], offset: int
) -> dict[str, Any]:
    asked = question_of(document)
    bucket, before = wanted.pop("bucket", None), wanted.pop("window", None) == "before"
    above = wanted.pop("counted_above", None)
    if before and asked.compare_window is None:
        raise WrongQuestion("The result was not compared with another window.")
    plan = await plan_of(connection, settings, document, wanted)
    coverage = await read_coverage(connection, settings)
    members = [wanted.get(name) for name in plan.dimensions]
    sql = with_standards(plan, _sql(plan, _place(plan, bucket), members, before=before, above=above))
    sql = looking_back(sql, older(asked.revision, coverage))
    values = parameters(plan) | {f"member_{place}": member for place, member in enumerate(members, 1)} | {"offset": offset, "page": PAGE}
    rows = (await connection.execute(text(sql), used_parameters(sql, values))).mappings().all()
    total = int(rows[0]["total"]) if rows else 0
    return {
        "columns": ["record", "title", "at", *_value_names(plan), "url"],
        "rows": [
            [row["record"], quoted(row["title"]), minute(row["at"]), *_values(plan, row["value"], row["below"]), row["url"]] for row in rows
        ],
        "next_cursor": str(offset + PAGE) if offset + PAGE < total else None,
        "total": total,
        "note": " ".join(filter(None, (_note(plan, rows[0]["num"] if rows else None), forgotten(asked.revision, coverage)))) or None,
    }


def _place(plan: Plan, bucket: str | None) -> int | None:
    if bucket is None:
        return None
    places = {str(found.label): place for place, found in enumerate(plan.buckets)}
    if bucket not in places:
        raise WrongQuestion(f"The result has no bucket {bucket!r}; its buckets are {', '.join(places) or 'none'}.")
    return places[bucket]


def _sql(plan: Plan, place: int | None, members: list[str | None], *, before: bool, above: str | None) -> str:
    """All rows of the cell, the newest first, with their count and, for ratios, how many are in the numerator."""
    fact = plan.metric.fact
    narrowed = [f"f._d{index} = :member_{index}" for index, member in enumerate(members, 1) if member is not None]
    grouped = bool(narrowed)
    source = lumped_rows(plan) if grouped else rows_of(plan, ())
    source = sized(fact, source, ("_d1", "_d2") if grouped else (), snapshot=plan.metric.snapshot is not None)
    if grouped and plan.metric.standard:
        source = beside_standard(source)
    ranked = f"with ranked as ({ranked_members(plan)}) " if grouped else ""
    if plan.compare is not None:
        narrowed.append(f"f._win = {int(before)}")
    if place is not None or plan.metric.snapshot:
        narrowed.append(f"f._bucket = {-1 if place is None else place}")
    if above is not None:
        narrowed.append(_numerator(plan, above))
    value, counted = contribution(plan)
    columns = f"{fact.key} as record, {fact.title} as title, f._at as at, {value} as value, {_below(plan)} as below, {fact.url} as url"
    totals = f"count(*) over () as total, count(*) filter (where {value_is_true(plan)}) over () as num"
    conditions = " and ".join([counted, fact.records, *narrowed])
    if isinstance(plan.metric.measure, Spread):
        once = f"{plan.metric.measure.person}, {plan.metric.measure.entity}"
        source = f"(select distinct on ({once}) f.* from {source} f where {conditions} and {plan.metric.measure.person} is not null order by {once}, f._at)"
    sql = f"select {columns}, {totals} from {source} f where {conditions} order by f._at desc, f.id limit :page offset :offset"
    return ranked + (sql.replace(STANDARD, OF_GROUP) if grouped else sql)


def _numerator(plan: Plan, above: str) -> str:
    """The condition for the records in the numerator of a ratio of counts, or outside it."""
    if above not in ("yes", "no") or not isinstance(plan.metric.measure, Ratio) or plan.metric.measure.sums:
        raise WrongQuestion("counted_above is yes or no, and only shares of counted records have it.")
    return f"({value_is_true(plan)}) is {'true' if above == 'yes' else 'not true'}"


def contribution(plan: Plan) -> tuple[str, str]:
    """What a record contributes, and which records count."""
    measure = plan.metric.measure
    if isinstance(measure, Percentile):
        return "f._v", "f._v is not null"
    if isinstance(measure, Ratio) and measure.sums:
        return f"({expand(plan, measure.numerator)})::float8", f"({expand(plan, measure.denominator)}) is not null"
    if isinstance(measure, Ratio):
        return f"({expand(plan, measure.numerator)})", f"({expand(plan, measure.denominator)})"
    if isinstance(measure, Total):
        return f"({expand(plan, measure.expression)})", "true"
    if isinstance(measure, Shares):
        return measure.column, "true"
    return "null::text", "true"


def value_is_true(plan: Plan) -> str:
    """Which records are in the numerator of a ratio of counts."""
    measure = plan.metric.measure
    return f"({expand(plan, measure.numerator)})" if isinstance(measure, Ratio) and not measure.sums else "false"


def _below(plan: Plan) -> str:
    """What a record adds to the denominator of a ratio of sums."""
    measure = plan.metric.measure
    return f"({expand(plan, measure.denominator)})::float8" if isinstance(measure, Ratio) and measure.sums else "null::float8"


def _value_names(plan: Plan) -> list[str]:
    measure = plan.metric.measure
    if isinstance(measure, Ratio):
        return ["above", "below"] if measure.sums else ["counted_above"]
    return [measure.dimension if isinstance(measure, Shares) else plan.metric.unit]


def _values(plan: Plan, *found: Any) -> list[Any]:
    """What a record contributes, to four digits, so that the records add up to the figure."""
    return [round(value, 4) if isinstance(value, float) else value for value in found[: len(_value_names(plan))]]


def _note(plan: Plan, numerator: int | None) -> str | None:
    if isinstance(plan.metric.measure, Ratio) and not plan.metric.measure.sums and numerator is not None:
        return f"{numerator} of them are in the numerator (counted_above)."
    return None
