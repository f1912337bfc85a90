"""Why a metric moved between two windows: read per group and size in one statement, and divided into parts that add up to the difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.catalogue import CATALOGUE, metric_named
from servers.metrics.compile import OTHER, UNMAPPED, chosen_sql, expand, parameters, rows_of, used_parameters
from servers.metrics.decompose import MAX_GROUPS, Cell, Parts, Side, adding_up, decompose
from servers.metrics.engine import measure_on
from servers.metrics.metric import Count, Metric, Percentile, Ratio, Shares, Spans, Spread, Total
from servers.metrics.plan import Plan, WrongQuestion, dimension_of, own_column
from servers.metrics.planning import plan_on
from servers.metrics.question import Question
from servers.metrics.shape import weeks
from servers.metrics.standards import with_standards
from store.database import Database
from store.settings import Settings

CUTS = ("team", "service", "repo", "project", "work_class", "issue_type", "severity", "kind")
"""What a change is laid to, the first of these that has several members."""
POINTS = 33
"""A larger cell is read as so many of its percentiles; the ends of the path stay exact."""
_QUANTILES = ", ".join(f"{(place + 0.5) / POINTS:.6f}" for place in range(POINTS))
_MIDDLE = "_place between 0.25 and 0.75"
"""The stages of a median are those of the entities around it: the middle half."""


@dataclass(frozen=True)
class Read:
    """What the statement found: cells, and each group in both periods."""

    cells: list[Cell]
    sides: dict[str, tuple[Side | None, Side | None]]


async def explain_change(db: Database, settings: Settings, question: Question) -> dict[str, Any]:
    """The envelope of the metric with its comparison, and `parts` that add up to `delta`.

    Raises:
        WrongQuestion: the metric has no single number that could be divided, or nothing to compare with was asked for.
    """
    explainable(question)
    asked = replace(question, grain="total", group_by=(), compare=question.compare or "previous")
    async with db.connect() as connection:
        document = (await measure_on(connection, settings, asked)).document()
        before = document.get("compare") or {}
        if document["value"] is None or before.get("value") is None:
            return document | unexplained(document, before)
        plan = await plan_on(connection, settings, replace(asked, metric=str(document.get("counted_by", asked.metric))))
        cut = await _cut(connection, plan)
        read = await _read(connection, plan, cut)
    return document | parts_document(plan, cut, read, before["delta"])


def explainable(question: Question) -> None:
    """Refuse what cannot be divided.

    Raises:
        WrongQuestion: with what can be asked instead.
    """
    metric = metric_named(question.metric)
    if not metric.aggregated:
        names = ", ".join(sorted(found.id for found in CATALOGUE.values() if found.aggregated))
        raise WrongQuestion(f"{metric.id} is not made of entities that could be divided; a change can be explained for {names}.")
    if isinstance(metric.measure, Spread):
        raise WrongQuestion(
            f"{metric.id} says how evenly work is spread, which is no sum of parts; ask for it by {metric.dimensions[0]} instead."
        )
    named = {dimension_of(word) for word in question.filters}
    if isinstance(metric.measure, Shares) and not named & {metric.measure.dimension, *metric.measure.also}:
        raise WrongQuestion(f"{metric.id} has one value per {metric.measure.dimension}; choose one with filters, such as defect.")
    if question.compare == "none":
        raise WrongQuestion("A change needs two windows: compare is previous, to_date, year_ago or a period.")


def unexplained(document: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """What is said where one of the two windows has no value."""
    lacking = "window" if document["value"] is None else "compared window"
    status = document["status"] if document["value"] is None else before.get("status", "no_coverage")
    reason = document.get("message") or f"The {lacking} has no value, so there is no change to divide."
    return {"status": status, "delta": None, "by": None, "parts": [], "stages": [], "message": reason}


async def _cut(connection: AsyncConnection, plan: Plan) -> str | None:
    """The first dimension in which the entities of the two windows have several members; None when there is none."""
    fact, own = plan.metric.fact, own_column(plan)
    names = [name for name in CUTS if name in plan.metric.dimensions and name not in fact.once and name != own]
    counts = ", ".join(f"count(distinct coalesce({fact.dimensions[name]}, '')) as n{place}" for place, name in enumerate(names))
    if not counts:
        return None
    row = (await _run(connection, plan, f"select {counts} from {rows_of(plan, ())} f where {_standing(plan)}"))[0]
    return next((name for place, name in enumerate(names) if row[f"n{place}"] > 1), None)


async def _run(connection: AsyncConnection, plan: Plan, sql: str) -> Sequence[Mapping[str, Any]]:
    found = await connection.execute(text(sql), used_parameters(sql, parameters(plan)))
    return [dict(row) for row in found.mappings()]


def _standing(plan: Plan) -> str:
    """Of a snapshot only the instants at the ends of the two windows."""
    return "f._bucket = -1" if plan.metric.snapshot else "true"


async def _read(connection: AsyncConnection, plan: Plan, cut: str | None) -> Read:
    """Cells and sides, by one statement."""
    rows = await _run(connection, plan, statement(plan, cut))
    cells = [
        Cell(row["grp"], row["size"], 1 - row["win"], float(row["weight"] or 0), row["points"] or (), float(row["amount"] or 0))
        for row in rows
        if not row["whole"]
    ]
    return Read(cells, sides(plan, rows))


def sides(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Side | None, Side | None]]:
    """Each group of the rows of a statement, earlier and later."""
    found: dict[str, list[Side | None]] = {}
    for row in rows:
        if row["whole"] and row["weight"]:
            found.setdefault(row["grp"], [None, None])[1 - row["win"]] = _side(plan, row)
    return {name: (pair[0], pair[1]) for name, pair in found.items()}


def _side(plan: Plan, row: Mapping[str, Any]) -> Side:
    """A group's own value in one period, with its stages made to add up to it."""
    medians = is_median(plan.metric)
    weight = float(row["weight"])
    amounts = isinstance(plan.metric.measure, Count | Total)
    value = float(row["middle"]) if medians else float(row["amount"] or 0) / (length(plan, 1 - row["win"]) if amounts else weight)
    names = [] if amounts else stage_names(plan)
    raw = [float(row[f"s{place}"] or 0) / (1 if medians else weight) for place in range(len(names))]
    whole = sum(raw)
    held = [part * value / whole for part in raw] if whole else adding_up([0.0] * len(raw), value)
    return Side(value, weight, dict(zip(names, held, strict=True)))


def is_median(metric: Metric) -> bool:
    """Whether the value is a median; everything else is a numerator over a denominator, or an amount."""
    return isinstance(metric.measure, Percentile) and not metric.measure.mean


def stage_names(plan: Plan) -> list[str]:
    """The stages of a metric, in their order; amounts that are known by the calendar only do not divide working time."""
    stages, medians = plan.metric.stages, is_median(plan.metric)
    if isinstance(stages, Spans):
        return [name for name, _ in stages.ends]
    if stages is None or (medians and plan.clock == "business"):
        return []
    return [name for name, _ in stages.parts] + ([stages.rest] if stages.rest else [])


def statement(plan: Plan, cut: str | None) -> str:
    """SQL that gives, per window and group, and per size inside it: weight, points or amount, and the stages."""
    fact = plan.metric.fact
    group = f"coalesce(({fact.dimensions[cut]})::text, '{UNMAPPED}')" if cut else "''"
    sized = fact.size and not plan.metric.is_size and not isinstance(plan.metric.measure, Count | Total)
    size = fact.size if sized else "''"
    joins, stages = _stages(plan)
    columns = [f"f._win as win, {group} as own, {size} as size", *_measured(plan), *(f"{sql} as s{i}" for i, sql in enumerate(stages))]
    rows = f"select {', '.join(columns)} from {rows_of(plan, ())} f{joins} where {_standing(plan)}"
    placed = "select r.*, percent_rank() over (partition by win, own order by v) as _place from r where counted"
    ranked = "select own, row_number() over (order by count(*) desc, own) as place, count(*) over () as members from p group by own"
    grp = f"case when m.members > {MAX_GROUPS} and m.place >= {MAX_GROUPS} then '{OTHER}' else m.own end"
    sql = (
        f"with r as ({rows}), p as ({placed}), m as ({ranked}), q as (select p.*, {grp} as grp from p join m on m.own = p.own)\n"
        f"select win, grp, size, grouping(size) = 1 as whole, {_summed(plan, len(stages))} from q group by grouping sets ((win, grp), (win, grp, size))"
    )
    return with_standards(plan, sql)


def _measured(plan: Plan) -> list[str]:
    """Per entity: the value of a median, the numerator and weight of everything else, and whether it counts at all."""
    measure = plan.metric.measure
    if isinstance(measure, Percentile):
        return ["f._v as v", "1.0::float8 as weight", "f._v as amount", "f._v is not null as counted"]
    if isinstance(measure, Ratio):
        num, den = (f"({expand(plan, part)})" for part in (measure.numerator, measure.denominator))
        if measure.sums:
            return ["0.0::float8 as v", f"{den}::float8 as weight", f"{num}::float8 as amount", f"{den} is not null as counted"]
        return ["0.0::float8 as v", "1.0::float8 as weight", f"{num}::int::float8 as amount", f"{den} as counted"]
    if isinstance(measure, Shares):
        chosen = plan.filter_on(own_column(plan) or "")
        kept = f"coalesce({chosen_sql(plan, measure, chosen)}, false)::int::float8" if chosen else "0.0::float8"
        return ["0.0::float8 as v", f"({measure.weight})::float8 as weight", f"{kept} * ({measure.weight}) as amount", "true as counted"]
    amount = expand(plan, measure.expression) if isinstance(measure, Total) else "1"
    return ["0.0::float8 as v", "1.0::float8 as weight", f"({amount})::float8 as amount", "true as counted"]


def _summed(plan: Plan, stages: int) -> str:
    columns = ["sum(weight) as weight", "sum(amount) as amount"]
    if not is_median(plan.metric):
        return ", ".join(columns + ["null::float8[] as points", "null::float8 as middle"] + [f"sum(s{i}) as s{i}" for i in range(stages)])
    exact, rough = "array_agg(v order by v)", f"percentile_cont(array[{_QUANTILES}]) within group (order by v)"
    columns += [f"case when count(*) <= {POINTS} then {exact} else {rough} end as points"]
    columns += ["percentile_cont(0.5) within group (order by v) as middle"]
    return ", ".join(columns + [f"coalesce(avg(s{i}) filter (where {_MIDDLE}), avg(s{i})) as s{i}" for i in range(stages)])


def _stages(plan: Plan) -> tuple[str, list[str]]:
    """Joins and one amount per stage and entity; together they are the entity's value or its part of the numerator."""
    stages = plan.metric.stages
    if isinstance(stages, Spans):
        return _spans(plan, stages)
    if stages is None or not stage_names(plan):
        return "", []
    parts = [f"({expand(plan, sql)})" for _, sql in stages.parts]
    if is_median(plan.metric):
        return "", parts + ([f"f._v - {' - '.join(f'coalesce({part}, 0)' for part in parts)}"] if stages.rest else [])
    measured = _measured(plan)[2].removesuffix(" as amount")
    rest = [f"case when not coalesce({' or '.join(parts)}, false) then {measured} else 0 end"] if stages.rest else []
    return "", [f"case when {part} then {measured} else 0 end" for part in parts] + rest


def _spans(plan: Plan, spans: Spans) -> tuple[str, list[str]]:
    """Each end is held between the one before it and the last, so that no stage is negative and none is lost."""
    last = expand(plan, spans.ends[-1][1])
    joins = f" {spans.join} cross join lateral (select {expand(plan, spans.start)} as t0) l0"
    for place, (_, end) in enumerate(spans.ends, 1):
        before = f"l{place - 1}.t{place - 1}"
        joins += (
            f" cross join lateral (select greatest({before}, least(coalesce({expand(plan, end)}, {before}), {last})) as t{place}) l{place}"
        )
    per_unit = " / {day_hours}" if plan.metric.unit == "days" else ""
    steps = [f"elapsed(l{place}.t{place}; l{place + 1}.t{place + 1}){per_unit}" for place in range(len(spans.ends))]
    return joins, [expand(plan, step) for step in steps]


def parts_document(plan: Plan, cut: str | None, read: Read, delta: float) -> dict[str, Any]:
    """The members that an explanation adds to the envelope."""
    additive = isinstance(plan.metric.measure, Count | Total)
    medians = is_median(plan.metric)
    parts = _amounts(plan, read, delta) if additive else decompose(read.cells, read.sides, delta, medians=medians)
    kind = cut or "all"
    listed = [
        {"kind": part, "name": said, "contribution": value}
        for part, said, value in (
            ("mix", f"share of each {kind.replace('_', ' ')}", parts.mix),
            ("size", "size of the work", parts.size),
        )
        if value is not None
    ]
    groups = [_group(kind, name, value, read, parts) for name, value in parts.groups.items()]
    groups.sort(key=lambda part: (-abs(part["contribution"]), part["name"]))
    return {"delta": delta, "by": cut, "parts": listed + groups, "stages": _margin(plan, parts)}


def _amounts(plan: Plan, read: Read, delta: float) -> Parts:
    """Amounts need no counterfactual: each group's own difference, per week where the value is."""
    sums: dict[str, list[float]] = {}
    for cell in read.cells:
        sums.setdefault(cell.group, [0.0, 0.0])[cell.period] += cell.amount / length(plan, cell.period)
    moved = adding_up([after - before for before, after in sums.values()], delta)
    return Parts(None, None, dict(zip(sums, moved, strict=True)))


def length(plan: Plan, period: int) -> float:
    """What an amount is divided by: the weeks of its window where the metric is given per week."""
    window = plan.window if period else plan.compare
    per_week = isinstance(plan.metric.measure, Count) and plan.metric.measure.per_week
    return weeks(plan, window) if per_week and window is not None else 1.0


def _group(kind: str, name: str, value: float, read: Read, parts: Parts) -> dict[str, Any]:
    """One group's part, with its own value, number and share of all in both periods."""
    before, after = read.sides.get(name, (None, None))
    whole = [sum(side.weight for pair in read.sides.values() if (side := pair[period])) for period in (0, 1)]
    shown: dict[str, Any] = {"kind": kind, "name": name or "all", "contribution": value}
    for said, side, total in (("before", before, whole[0]), ("after", after, whole[1])):
        shown[said] = (
            {"value": side.value, "n": side.weight, "share": side.weight / total} if side else {"value": None, "n": 0, "share": 0.0}
        )
    return shown | ({"stages": stages} if (stages := parts.stages.get(name)) else {})


def _margin(plan: Plan, parts: Parts) -> list[dict[str, Any]]:
    """The groups' parts added over all groups, per stage; together they are what the groups contribute."""
    names = [name for name in stage_names(plan) if any(name in found for found in parts.stages.values())]
    return [{"name": name, "contribution": sum(found.get(name, 0.0) for found in parts.stages.values())} for name in names]
