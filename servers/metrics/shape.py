"""From the rows of the statement to the envelope: zero or unknown, enough or too little, what to say beside the number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from servers.metrics import spread
from servers.metrics.bands import MIN_WINDOW_DAYS, band_for, level
from servers.metrics.buckets import Bucket
from servers.metrics.change import relative_change, verdict
from servers.metrics.compile import OTHER, UNMAPPED
from servers.metrics.coverage import Coverage
from servers.metrics.metric import Count, Metric, Percentile, Ratio, Shares, Spread, Total
from servers.metrics.plan import Plan, own_column
from servers.metrics.result import Comparison, Group, Point, Result, Status, Value, WindowDocument
from servers.metrics.trust import member_refusal, refusal, thin, trusted
from store.clock import Window, local_date, zone

Members = tuple[str, ...]


@dataclass
class Cell:
    """The aggregates of one place: a window, maybe a bucket, maybe a group."""

    n: int = 0
    num: float | None = None
    den: float | None = None
    p: Sequence[float | None] = ()
    mean: float | None = None
    top: float | None = None
    people: int | None = None
    extras: dict[str, Any] = field(default_factory=dict)


@dataclass
class Answer:
    """Everything the statement returned, by place."""

    cells: dict[tuple[int, int | None, Members | None], Cell]
    doc: dict[str, Any]

    def cell(self, win: int, bucket: int | None = None, members: Members | None = None) -> Cell:
        """The cell of a place; an empty one where nothing happened."""
        return self.cells.get((win, bucket, members), Cell())


def read_answer(plan: Plan, rows: Sequence[Mapping[str, Any]], doc: dict[str, Any]) -> Answer:
    """Sort the rows into cells."""
    cells = {}
    for row in rows:
        if row["win"] is None or (not row["no_bucket"] and row["bucket"] is None):
            continue  # nothing at all, or of a sprint that is none of the buckets
        members = None if row["no_group"] else tuple(row[name] for name in ("d1", "d2")[: len(plan.dimensions)])
        bucket = None if row["no_bucket"] else row["bucket"]
        extras = {name.removeprefix("x_"): plain(value) for name, value in row.items() if name.startswith("x_")}
        cells[row["win"], bucket, members] = Cell(
            row["n"], row["num"], row["den"], row["p"] or (), row["mean"], row["top"], row["people"], extras
        )
    return Answer(cells, doc)


def plain(value: Any) -> Any:
    """Decimals as floats, floats steady; everything else as it is."""
    return steady(float(value)) if isinstance(value, Decimal | float) else value


def figure(plan: Plan, cell: Cell, *, known: bool, window: Window, whole: Cell | None = None) -> dict[str, Any]:
    """Value, status and what it stands on. `known`: the sources cover the place wholly; `whole`: what a share is a share of."""
    metric, measure = plan.metric, plan.metric.measure
    if isinstance(measure, Spread):
        return _guarded(metric, cell, _spread(plan, measure, cell))
    if isinstance(measure, Percentile):
        return _percentile(plan, measure, cell)
    if isinstance(measure, Ratio):
        return _guarded(metric, cell, _ratio(plan, cell))
    if isinstance(measure, Shares):
        return _shares(plan, measure, cell, whole)
    if cell.n == 0 and not known:
        return {"status": "no_coverage"}
    if isinstance(measure, Total):
        return {"value": _tidy(steady(cell.num) or 0.0), "n": cell.n}
    per_week = cell.n / weeks(plan, window) if isinstance(measure, Count) and measure.per_week else cell.n
    return {"value": per_week, "n": cell.n} | ({"stats": {"count": cell.n}} if metric.measure == Count(per_week=True) else {})


def steady(value: float | None) -> float | None:
    """A sum of floats without its last digits, which depend on the order in which rows were read."""
    return None if value is None else round(value, 9)


def _guarded(metric: Metric, cell: Cell, found: dict[str, Any]) -> dict[str, Any]:
    """The figure, unless too few people stand behind it: then only how many they are."""
    if metric.people is None or (cell.people or 0) >= metric.people.least:
        return found
    return {"status": "not_enough_data", "n": found["n"], "needs": {"people": metric.people.least}, "people": cell.people or 0}


def _tidy(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _percentile(plan: Plan, measure: Percentile, cell: Cell) -> dict[str, Any]:
    if cell.n < plan.min_n:
        return {"status": "not_enough_data", "n": cell.n, "needs": plan.min_n, "stats": {"count": cell.n}}
    p50, p75, p85, p90 = cell.p
    stats = {"p50": p50, "p75": p75, "p85": p85, "p90": p90, "mean": steady(cell.mean), "max": cell.top, "count": cell.n}
    return {"value": stats["mean"] if measure.mean else p50, "n": cell.n, "stats": stats}


def _ratio(plan: Plan, cell: Cell) -> dict[str, Any]:
    num, den = steady(cell.num) or 0.0, steady(cell.den) or 0.0
    found: dict[str, Any] = {"n": cell.n, "numerator": _tidy(num), "denominator": _tidy(den)}
    if den == 0:
        return found | {"status": "no_denominator"}
    least, have = (plan.min_n, cell.n) if plan.metric.min_n else (plan.min_den, den)
    return found | ({"status": "not_enough_data", "needs": least} if have < least else {"value": num / den})


def _spread(plan: Plan, measure: Spread, cell: Cell) -> dict[str, Any]:
    """How evenly the entities lie on the people, none of whom is named."""
    loads = [load or 0.0 for load in cell.p]
    total = int(sum(loads))
    found: dict[str, Any] = {"n": total, measure.counted: total, measure.members: len(loads)}
    if total == 0:
        return found | {"status": "no_denominator"}
    if total < plan.min_den:
        return found | {"status": "not_enough_data", "needs": plan.min_den}
    return found | {"value": spread.JUDGES[measure.by](loads), "top_share": spread.top_share(loads)}


def _shares(plan: Plan, measure: Shares, cell: Cell, whole: Cell | None) -> dict[str, Any]:
    """All shares, or with a filter or group on the divided column the share of its members."""
    parts = {member: amount for member, amount in zip(measure.members, cell.p, strict=False) if amount}
    base = (cell if whole is None else whole).den or 0.0
    found: dict[str, Any] = {"n": cell.n, "denominator": _tidy(base)}
    if measure.total:
        found |= {measure.total: _tidy(cell.den or 0.0), measure.parts: {member: _tidy(amount) for member, amount in parts.items()}}
    if base == 0:
        return found | {"status": "no_denominator"}
    if base < plan.min_den:
        return found | {"status": "not_enough_data", "needs": plan.min_den}
    chosen = cell.den if whole is not None else cell.num if plan.filter_on(own_column(plan) or "") else None
    if chosen is None and whole is None and not plan.filter_on(own_column(plan) or ""):
        return found | {"value": {member: amount / base for member, amount in parts.items()}}
    return found | {"numerator": _tidy(chosen or 0.0), "value": (chosen or 0.0) / base}


def weeks(plan: Plan, window: Window) -> float:
    """Length of the window up to as_of in weeks of local time, so that a clock change does not stretch it."""
    home = zone(plan.tz)
    end = max(window.start, min(window.end, plan.as_of))
    length = end.astimezone(home).replace(tzinfo=None) - window.start.astimezone(home).replace(tzinfo=None)
    return max(length / timedelta(weeks=1), 1 / 168)


def window_document(window: Window, tz: str) -> WindowDocument:
    """Bounds as local dates when both fall on midnight, else as ISO instants."""
    home = zone(tz)
    local = [instant.astimezone(home) for instant in (window.start, window.end)]
    if all(instant.time() == time() for instant in local):
        return WindowDocument(from_=str(local[0].date()), to=str(local[1].date()), tz=tz)
    return WindowDocument(from_=local[0].isoformat(), to=local[1].isoformat(), tz=tz)


def series(plan: Plan, answer: Answer, coverage: Coverage, members: Members | None = None) -> list[Point] | None:
    """One point per bucket that has begun; a count shows 0 only where the sources cover the bucket. A sprint is a point of its own team only."""
    if not plan.buckets:
        return None
    known_from = coverage.known_from(plan.metric.needs)
    return [
        _point(plan, answer, known_from, place, bucket, members)
        for place, bucket in enumerate(plan.buckets)
        if bucket.start <= plan.as_of and (plan.grain != "sprint" or (0, place, members) in answer.cells)
    ]


def _point(plan: Plan, answer: Answer, known_from: datetime | None, place: int, bucket: Bucket, members: Members | None) -> Point:
    known = known_from is None or bucket.start >= known_from
    cell = answer.cell(0, place, members)
    found = figure(plan, cell, known=known, window=Window(bucket.start, bucket.end), whole=_whole(plan, answer, 0, place, members))
    if isinstance(plan.metric.measure, Count) and "value" in found:
        found["value"] = cell.n
    found.pop("stats" if isinstance(plan.metric.measure, Count) else "", None)
    provisional = plan.metric.provisional_days and bucket.end > plan.as_of - timedelta(days=plan.metric.provisional_days)
    partial = bucket.cut or bucket.end > plan.as_of or (not known and cell.n > 0)
    parts = {name: cell.extras[name] for name in plan.metric.parts if name in cell.extras}
    return Point(bucket=str(bucket.label), partial=partial, provisional=True if provisional else None, **(parts | found))


def _whole(plan: Plan, answer: Answer, win: int, bucket: int | None, members: Members | None) -> Cell | None:
    """What a group of the divided column is a share of: all rows with the same other members; what is left of all wholes is a share of everything."""
    own = own_column(plan)
    if members is None or own not in plan.dimensions:
        return None
    place = plan.dimensions.index(own)
    rest = members[:place] + members[place + 1 :]
    if not rest or set(members) == {OTHER}:
        return answer.cell(win, bucket)
    alike = [
        cell for (w, b, m), cell in answer.cells.items() if (w, b) == (win, bucket) and m is not None and m[:place] + m[place + 1 :] == rest
    ]
    return Cell(n=sum(cell.n for cell in alike), den=round(sum(cell.den or 0.0 for cell in alike), 6))


def groups(plan: Plan, answer: Answer, coverage: Coverage) -> list[Group] | None:
    """One entry per member or pair, the largest first, `(other)` and `(unmapped)` last; members asked for by name are there even when empty."""
    if not plan.dimensions:
        return None
    found = {members for (_, bucket, members) in answer.cells if members is not None and bucket is None}
    if len(plan.dimensions) == 1 and (asked := plan.filter_on(plan.dimensions[0])) is not None:
        own = own_column(plan) == plan.dimensions[0]
        found = (
            {members for members in found if members[0] in asked.shown} if own else found | {(name,) for name in asked.shown if asked.exact}
        )
    return [_group(plan, answer, coverage, members) for members in sorted(found, key=lambda members: _rank(answer, members))]


def _rank(answer: Answer, members: Members) -> tuple[bool, bool, float, Members]:
    return UNMAPPED in members, OTHER in members, -answer.cell(0, None, members).n, members


def _group(plan: Plan, answer: Answer, coverage: Coverage, members: Members) -> Group:
    cell = answer.cell(0, None, members)
    known = covers(plan, coverage, plan.window)
    found = figure(plan, cell, known=known, window=plan.window, whole=_whole(plan, answer, 0, None, members))
    if thin := member_refusal(plan, answer.doc, members[0]):
        found = {"status": "not_enough_data", "n": cell.n, "message": thin}
    return Group(
        dimensions=dict(zip(plan.dimensions, members, strict=True)),
        series=series(plan, answer, coverage, members),
        compare=comparison(plan, answer, coverage, found.get("value"), members),
        **(cell.extras | found),
    )


def covers(plan: Plan, coverage: Coverage, window: Window) -> bool:
    """Whether the sources cover the window from its start (its end is as_of's business)."""
    known_from = coverage.known_from(plan.metric.needs)
    return (known_from is None or known_from <= window.start) and window.start <= plan.as_of


def comparison(plan: Plan, answer: Answer, coverage: Coverage, value: Value, members: Members | None = None) -> Comparison | None:
    """The same number over the compared window, and what the difference means."""
    if plan.compare is None:
        return None
    known_from = coverage.known_from(plan.metric.needs)
    document = window_document(plan.compare, plan.tz)
    bucket = None
    if known_from is not None and known_from >= plan.compare.end:
        return Comparison(window=document, status="no_coverage", verdict="not enough data")
    cell = answer.cell(1, bucket, members)
    found = figure(
        plan, cell, known=covers(plan, coverage, plan.compare), window=plan.compare, whole=_whole(plan, answer, 1, bucket, members)
    )
    before = found.get("value")
    if isinstance(value, dict) or isinstance(before, dict):
        return Comparison(window=document, verdict="changed" if value != before else "no clear change", **found)
    delta = value - before if value is not None and before is not None else None
    return Comparison(
        window=document, delta=delta, relative=relative_change(value, before), verdict=verdict(value, before, plan.metric.better), **found
    )


def band(plan: Plan, metric: Metric, found: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The published level of a value and its set, for windows of at least four weeks."""
    levels = band_for(metric, plan.band_set)
    long_enough = plan.window.duration >= timedelta(days=MIN_WINDOW_DAYS, hours=-2)
    if levels is None or not long_enough or found.get("value") is None:
        return None, None
    value = (found.get("stats") or {}).get(levels.stat, found.get(levels.stat, found["value"]))
    return (level(levels, value, metric.better), levels.band_set) if isinstance(value, float | int) else (None, None)


def mean_of_complete(points: Sequence[Point] | None) -> float | None:
    """Mean over the whole buckets of a count; partial ones stay out."""
    whole = [float(point.value) for point in points or [] if not point.partial and isinstance(point.value, float | int)]
    return sum(whole) / len(whole) if whole else None


def status_of_coverage(plan: Plan, coverage: Coverage, doc: Mapping[str, Any]) -> tuple[Status, str] | None:
    """Why there can be no number at all: nothing synced, the window lies outside, or a mapping is missing."""
    metric = plan.metric
    if missing := coverage.missing(metric.needs):
        return "no_coverage", f"Nothing of {' and '.join(missing)} has been synced yet; run `pulse sync`."
    if reason := coverage.unconfigured(metric.needs):
        return "not_configured", reason
    known_from = coverage.known_from(metric.needs)
    if (known_from is not None and known_from >= plan.window.end) or plan.window.start > plan.as_of:
        return (
            "no_coverage",
            f"The stored data reach from {_day(known_from, plan)} to {_day(plan.as_of, plan)}; sync further back with `pulse sync --since`.",
        )
    if metric.configured and doc.get("configured") is False:
        return "not_configured", metric.configured[1]
    thin = refusal(plan, trusted(plan, doc))
    return ("not_enough_data", thin) if thin else None


def _day(instant: datetime | None, plan: Plan) -> str:
    return str(local_date(instant, plan.tz)) if instant else "the beginning"


def warnings(plan: Plan, coverage: Coverage, doc: Mapping[str, Any]) -> list[str]:
    """What to say beside the number, each as `code: sentence`."""
    found = []
    known_from = coverage.known_from(plan.metric.needs)
    if plan.window.end > plan.as_of:
        found.append(f"data_until: the data reach to {plan.as_of:%Y-%m-%dT%H:%MZ}, before the end of the window.")
    if known_from is not None and plan.window.start < known_from < plan.window.end:
        found.append(f"data_from: the data begin on {_day(known_from, plan)}, after the start of the window.")
    if plan.compare is not None and known_from is not None and plan.compare.start < known_from:
        found.append(f"compare_data_from: the compared window begins before the data do ({_day(known_from, plan)}).")
    chosen = plan.filter_on("repo")
    found += coverage.laggards(plan.metric.needs, chosen.keys if chosen else None)
    found += thin(plan, trusted(plan, doc))
    found += [f"name_read_as: {note}." for asked in plan.filters for note in asked.notes]
    found += [f"{code}: {sentence}" for code, (_, sentence) in plan.metric.warns.items() if doc.get(f"warn:{code}")]
    return found


def chosen_rules(plan: Plan) -> dict[str, str] | None:
    """The rules of the definition that differ from its default."""
    chosen = {name: str(plan.params[name]) for name, values in plan.metric.variants.items() if plan.params[name] != next(iter(values))}
    return chosen or None


def result(plan: Plan, coverage: Coverage, answer: Answer) -> Result:
    """The whole envelope."""
    metric, total = plan.metric, answer.cell(0)
    blocked = status_of_coverage(plan, coverage, answer.doc)
    found: dict[str, Any] = figure(plan, total, known=covers(plan, coverage, plan.window), window=plan.window)
    asides = {name: plain(value) for name, value in answer.doc.items() if ":" not in name and name not in ("links", "configured")}
    if blocked:
        found, asides = {"status": blocked[0], "message": blocked[1]}, {}
    elif found.get("status") == "no_coverage":
        found["message"] = (
            f"The sources do not cover the whole window (from {_day(coverage.known_from(metric.needs), plan)}), so none is not the same as 0."
        )
    extras = {} if blocked else asides | total.extras
    shown_band = band(plan, metric, extras | found)
    points = None if blocked else series(plan, answer, coverage)
    if isinstance(metric.measure, Count | Total) and points:
        extras["mean_of_complete"] = mean_of_complete(points)
    if metric.lower_bound:
        extras["lower_bound"] = True
    late = metric.provisional_days and plan.window.end > plan.as_of - timedelta(days=metric.provisional_days)
    return Result(
        metric=metric.id, title=metric.title, definition_version=metric.definition_version, unit=metric.unit,
        window=window_document(plan.window, plan.tz), grain=plan.grain,
        filters={chosen.dimension: list(chosen.shown) for chosen in plan.filters}, group_by=list(plan.dimensions),
        series=points, groups=None if blocked else groups(plan, answer, coverage),
        compare=None if blocked else comparison(plan, answer, coverage, found.get("value")),
        partial=plan.window.end > plan.as_of or not covers(plan, coverage, plan.window), provisional=bool(late),
        as_of=plan.as_of, coverage=coverage.by_source(metric.needs), warnings=warnings(plan, coverage, answer.doc),
        band=shown_band[0], band_set=shown_band[1], clock=plan.clock if metric.clock else None, rules=chosen_rules(plan),
        trust=trusted(plan, answer.doc) or None,
        links=answer.doc.get("links") or [], **(extras | found),
    )  # fmt: skip
