"""From a plan to one SQL statement that returns every bucket and group of both windows, and all that goes with them.

The rows of the answer are cells: `no_bucket`, `no_group`, `win` (0 asked for, 1 compared), `bucket` (its place), `d1`, `d2`, then the aggregates; the
first row also carries `doc`, the asides. Parameters that fragments may use: `:as_of`, `:known_end`, `:include_bots`, `:stale_days`, `:tz`, and for
rows that are made day by day `:span_from` and `:span_to`, which hold both windows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from servers.metrics.durations import clock_params, day_params, with_clock
from servers.metrics.facts import FACTS, LISTS, Fact, folded_sql
from servers.metrics.instants import at_instants, instant_params, standing
from servers.metrics.metric import LIST_LIMIT, Metric, Percentile, Ratio, Shares, Spread, Total
from servers.metrics.plan import Filter, Plan, own_column
from servers.metrics.sizes import sized
from servers.metrics.spread import spread_sql

UNMAPPED = "(unmapped)"
OTHER = "(other)"
MAX_MEMBERS = 20
"""More members than this: the largest `MAX_MEMBERS` - 1 and `(other)`."""
PERCENTILES = (0.5, 0.75, 0.85, 0.9)
LINKS = 5
STANDARD = "{standard}"
"""In a fragment: what is usual before the window (`servers.metrics.standards`)."""
OF_GROUP = "f._standard"


@dataclass(frozen=True)
class Statement:
    """SQL with named parameters and their values."""

    sql: str
    params: dict[str, Any]


def compile_plan(plan: Plan, further: Mapping[str, str] = MappingProxyType({})) -> Statement:
    """The one statement that answers a plan; `further` are scalar selects by name that come back beside the asides of the metric."""
    levels = _levels(plan)
    ranked = f"ranked as ({ranked_members(plan)}), " if plan.dimensions else ""
    sql = (
        f"with asides as materialized (select {_asides(plan, further)} as doc), {ranked}levels as ({levels})\n"
        "select l.*, case when row_number() over () = 1 then a.doc end as doc from asides a left join levels l on true"
    )
    return Statement(sql, used_parameters(sql, parameters(plan)))


def used_parameters(sql: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Only the parameters that the statement names; PostgreSQL refuses others."""
    return {name: value for name, value in params.items() if re.search(rf"(?<!:):{name}\b", sql)}


def parameters(plan: Plan) -> dict[str, Any]:
    """The values of every parameter that a fragment may name."""
    params: dict[str, Any] = {
        "as_of": plan.as_of,
        "known_end": plan.known_end,
        "w_from": plan.window.start,
        "w_to": plan.known_end,
        "include_bots": plan.include_bots,
        "stale_days": float(plan.params["stale_days"]),
        "sle_days": plan.params.get("sle_days"),
        "baseline_at": plan.params.get("baseline_at"),
        "epic_named": plan.filter_on("epic") is not None,
        "tz": plan.tz,
        "weekdays": sorted(plan.calendar.weekdays),
        "holidays": sorted(plan.calendar.holidays),
        "edges": [bucket.start for bucket in plan.buckets],
        "sprints": [bucket.key for bucket in plan.buckets],
    }
    if plan.compare is not None:
        params |= {"c_from": plan.compare.start, "c_to": max(plan.compare.start, min(plan.compare.end, plan.as_of))}
    if plan.metric.standard:
        days = timedelta(days=plan.metric.standard.days)
        params |= {
            f"b{win}_{end}": params[f"{win}_from"] - days * (end == "from")
            for win in "wc"
            if f"{win}_from" in params
            for end in ("from", "to")
        }
    params |= {
        "span_from": min(params["w_from"], params.get("c_from", params["w_from"])),
        "span_to": max(params["w_to"], params.get("c_to", params["w_to"])),
    }
    for found in plan.filters:
        params |= {
            f"keys_{found.dimension}": list(found.keys),
            f"shown_{found.dimension}": [found.stands_for.get(key, key) for key in found.keys],
        }
    return params | day_params(plan, params["span_from"], params["span_to"]) | instant_params(plan) | clock_params(plan)


def _levels(plan: Plan) -> str:
    """All cells; where an entity may stand in several groups, totals are taken from rows that hold it once."""
    if not plan.dimensions:
        return _aggregate(plan, rows_of(plan, ()), totals=True, groups=False)
    grouped = lumped_rows(plan)
    if not several_groups(plan) and not plan.metric.standard:
        return _aggregate(plan, grouped, totals=True, groups=True)
    return f"{_aggregate(plan, rows_of(plan, ()), totals=True, groups=False)}\nunion all\n{_aggregate(plan, grouped, totals=False, groups=True)}"


def several_groups(plan: Plan) -> bool:
    """Whether an entity may stand in several groups, or groups may have a unit of their own."""
    return plan.metric.fact.sizes is not None or any(name in LISTS or name in plan.metric.fact.once for name in plan.dimensions)


def _aggregate(plan: Plan, source: str, *, totals: bool, groups: bool) -> str:
    keys = ("win", "bucket") if plan.metric.snapshot else ("win",)
    source = sized(plan.metric.fact, source, ("_d1", "_d2") if groups else (), snapshot=plan.metric.snapshot is not None)
    sets = []
    for wanted, dims in ((totals, ()), (groups, ("d1", "d2"))):
        if wanted:
            sets.append([*keys, *dims])
            if plan.buckets and not plan.metric.snapshot:
                sets.append([*keys, "bucket", *dims])
    d1, d2 = ("f._d1", "f._d2") if groups else ("null::text", "null::text")
    columns = {"win": "f._win", "bucket": "f._bucket", "d1": "f._d1", "d2": "f._d2"}
    no_bucket = "f._bucket = -1" if plan.metric.snapshot else "grouping(f._bucket) = 1" if plan.buckets else "true"
    no_group = "grouping(f._d1) = 1" if groups else "true"
    bucket = "f._bucket" if plan.buckets or plan.metric.snapshot else "null::int"
    place = f"{no_bucket} as no_bucket, {no_group} as no_group, f._win as win, {bucket} as bucket, {d1} as d1, {d2} as d2"
    if isinstance(plan.metric.measure, Spread):
        return spread_sql(plan.metric.measure, place, source, [[columns[name] for name in names] for names in sets])
    grouping = ", ".join("(" + ", ".join(columns[name] for name in names) + ")" for names in sets)
    aggregates = _aggregates(plan)
    if plan.metric.standard and not totals:
        source, aggregates = beside_standard(source), aggregates.replace(STANDARD, OF_GROUP)
    return f"select {place}, {aggregates}\nfrom {source} f group by grouping sets ({grouping})"


def beside_standard(source: str) -> str:
    """Grouped rows, each with the standard of its group, which `OF_GROUP` names."""
    same = "s.win = f._win and s.d1 = f._d1 and s.d2 is not distinct from f._d2"
    return f"(select f.*, s.standard as _standard from {source} f left join standards s on not s.whole and {same})"


def _aggregates(plan: Plan) -> str:
    columns = {
        "n": "count(*)",
        "num": "null::float8",
        "den": "null::float8",
        "p": "null::float8[]",
        "mean": "null::float8",
        "top": "null::float8",
        "people": f"count(distinct {plan.metric.people.column})" if plan.metric.people else "null::bigint",
    }
    columns |= measured(plan)
    columns |= {f"x_{name}": expand(plan, sql) for name, sql in plan.metric.extras.items()}
    return ", ".join(f"{sql} as {name}" for name, sql in columns.items())


def measured(plan: Plan) -> dict[str, str]:
    """The aggregates of the measure by name: those of `n`, `num`, `den`, `p`, `mean` and `top` that it has."""
    measure = plan.metric.measure
    if isinstance(measure, Percentile):
        levels = ", ".join(map(str, PERCENTILES))
        return {
            "n": "count(f._v)",
            "p": f"percentile_cont(array[{levels}]) within group (order by f._v)",
            "mean": "avg(f._v)::float8",
            "top": "max(f._v)::float8",
        }
    if isinstance(measure, Ratio):
        num, den = expand(plan, measure.numerator), expand(plan, measure.denominator)
        if measure.sums:
            return {
                "n": f"count({den}) filter (where {plan.metric.fact.records})",
                "num": f"sum({num})::float8",
                "den": f"sum({den})::float8",
            }
        return {
            "n": f"count(*) filter (where {den})",
            "num": f"count(*) filter (where ({den}) and ({num}))::float8",
            "den": f"count(*) filter (where {den})::float8",
        }
    if isinstance(measure, Total):
        amount = f"coalesce(sum({expand(plan, measure.expression)}), 0)::float8"
        return {"n": f"count(*) filter (where {plan.metric.fact.records})", "num": amount}
    if isinstance(measure, Shares):
        parts = ", ".join(_weighed(measure, f"{measure.column} = '{member}'") for member in measure.members)
        chosen = plan.filter_on(own_column(plan) or "")
        kept = _weighed(measure, chosen_sql(plan, measure, chosen)) if chosen else "null"
        return {"p": f"array[{parts}]::float8[]", "num": f"{kept}::float8", "den": f"{_weighed(measure, 'true')}::float8"}
    return {}


def _weighed(measure: Shares, condition: str) -> str:
    """What the rows that meet a condition weigh; rounded, so that it does not hang on the order in which they are added."""
    return f"round((sum({measure.weight}) filter (where {condition}))::numeric, 6)"


def chosen_sql(plan: Plan, measure: Shares, chosen: Filter) -> str:
    """Whether a row belongs to the members that a filter on the divided column names."""
    return _among(measure.column if chosen.dimension == measure.dimension else plan.metric.fact.dimensions[chosen.dimension], chosen)


def rows_of(plan: Plan, dimensions: tuple[str, ...], *, current_only: bool = False) -> str:
    """The rows of the window, and of the compared one, with their place in it: `_win`, `_bucket`, `_at`, `_v`, `_m1`, `_m2`."""
    metric = plan.metric
    columns = ["f.*", *_placing(plan, current_only=current_only), f"{metric.fact.url} is not null as _linked"]
    if isinstance(metric.measure, Percentile):
        columns.append(f"({expand(plan, metric.measure.expression).replace('f._at', 't.at')})::float8 as _v")
    columns += [f"{_member(plan, name)} as _m{place}" for place, name in enumerate(dimensions, 1)]
    if len(dimensions) == 1:
        columns.append("null::text as _m2")
    relation, conditions = metric.fact.relation, [*_conditions(metric.fact, plan), expand(plan, metric.where), *_once(plan, dimensions)]
    if metric.snapshot:
        relation, conditions = standing(plan, metric.snapshot, conditions, current_only=current_only)
    source = f"{relation} f{_unnested(metric.fact, dimensions)}{_windows(plan, current_only=current_only)}"
    if not metric.snapshot and (plan.compare is None or current_only):
        conditions.append(f"{metric.at} >= :w_from and {metric.at} < :w_to")
    return f"(select {', '.join(columns)} from {source} where {' and '.join(f'({condition})' for condition in conditions)})"


def _placing(plan: Plan, *, current_only: bool) -> list[str]:
    metric = plan.metric
    if metric.snapshot:
        return ["t.win as _win", "t.bucket as _bucket", "t.at as _at"]
    one = plan.compare is None or current_only
    bucket = f"width_bucket({metric.at}, cast(:edges as timestamptz[])) - 1"
    if plan.grain == "sprint":
        bucket = "array_position(cast(:sprints as text[]), f.sprint_id) - 1"
    if not plan.buckets:
        bucket = "null::int"
    elif not one:
        bucket = f"case when w.win = 0 then {bucket} end"
    return ["0 as _win" if one else "w.win as _win", f"{bucket} as _bucket", f"{metric.at} as _at"]


def _windows(plan: Plan, *, current_only: bool) -> str:
    metric = plan.metric
    if metric.snapshot:
        return at_instants(metric.snapshot, current_only=current_only)
    if plan.compare is None or current_only:
        return ""
    bounds = "(values (0, cast(:w_from as timestamptz), cast(:w_to as timestamptz)), (1, cast(:c_from as timestamptz), cast(:c_to as timestamptz)))"
    return f" join {bounds} as w(win, starts, ends) on {metric.at} >= w.starts and {metric.at} < w.ends"


def _unnested(fact: Fact, dimensions: tuple[str, ...]) -> str:
    """One row per member for dimensions that are lists; an empty list is a member of its own."""
    joins = ""
    for name in dimensions:
        if name in LISTS:
            column = fact.dimensions[name]
            members = f"case when cardinality({column}) = 0 then array['{UNMAPPED}'] else {column} end"
            joins += f" cross join lateral unnest({members}) as u_{name}(member)"
    return joins


def _member(plan: Plan, dimension: str) -> str:
    """The member of a dimension that a row belongs to; a child team belongs to the parent that was asked for."""
    column = f"u_{dimension}.member" if dimension in LISTS else plan.metric.fact.dimensions[dimension]
    found = plan.filter_on(dimension)
    if found is not None and found.stands_for:
        column = f"(cast(:shown_{dimension} as text[]))[array_position(cast(:keys_{dimension} as text[]), {column})]"
    return f"coalesce({column}, '{UNMAPPED}')"


def lumped_rows(plan: Plan) -> str:
    """The grouped rows with everything beyond the largest members put under `(other)`; of pairs of shares the rest of each whole stays with it."""
    other = f"r.members > {MAX_MEMBERS} and r.place > {MAX_MEMBERS - 1}"
    lumped = {place: other if place != divided_over(plan) else f"{other} and not r.alike" for place in (1, 2)}
    second = f"case when {lumped[2]} then '{OTHER}' else f._m2 end" if len(plan.dimensions) > 1 else "null::text"
    join = "r.d1 = f._m1" + (" and r.d2 = f._m2" if len(plan.dimensions) > 1 else "")
    first = f"case when {lumped[1]} then '{OTHER}' else f._m1 end"
    return f"(select f.*, {first} as _d1, {second} as _d2 from {rows_of(plan, plan.dimensions)} f join ranked r on {join})"


def divided_over(plan: Plan) -> int | None:
    """Which of two dimensions names the wholes that shares are parts of, counted from 1; None where there are none."""
    own = own_column(plan)
    return 2 - plan.dimensions.index(own) if own in plan.dimensions and len(plan.dimensions) > 1 else None


def ranked_members(plan: Plan) -> str:
    """Members by size in the window, of equal ones the larger sum first, with their place; the smaller ones are put under `(other)`.

    `alike`: whether a pair of shares has a larger one of the same whole.
    """
    current = "f._win = 0" + (" and f._bucket = -1" if plan.metric.snapshot else "")
    measure = plan.metric.measure
    summed = (
        f", sum(({expand(plan, measure.expression)})::float8) filter (where {current}) desc nulls last"
        if isinstance(measure, Total)
        else ""
    )
    ranked = (
        f"select f._m1 as d1, f._m2 as d2, row_number() over (order by count(*) filter (where {current}) desc{summed}, f._m1, f._m2) as place,"
        f" count(*) over () as members from {rows_of(plan, plan.dimensions)} f group by 1, 2"
    )
    whole = divided_over(plan)
    return f"select k.*, bool_or(k.place < {MAX_MEMBERS}) over (partition by k.d{whole}) as alike from ({ranked}) k" if whole else ranked


def _conditions(fact: Fact, plan: Plan) -> list[str]:
    own = own_column(plan)
    return [fact.where, *(_kept(fact, found) for found in plan.filters if found.dimension != own)]


def _kept(fact: Fact, found: Filter, alias: str = "f") -> str:
    column = fact.dimensions[found.dimension].replace("f.", f"{alias}.")
    keys = f"cast(:keys_{found.dimension} as text[])"
    if found.dimension in LISTS:
        kept = f"exists (select 1 from unnest({column}) m where lower(m) = any(select lower(k) from unnest({keys}) k))"
        return f"({kept} or ('{UNMAPPED}' = any({keys}) and cardinality({column}) = 0))"
    return _among(column, found)


def _among(column: str, found: Filter) -> str:
    """Whether a column holds one of the members of a filter, or nothing where that is one of them."""
    keys = f"cast(:keys_{found.dimension} as text[])"
    kept = f"{column} = any({keys})" if found.exact else f"{folded_sql(column)} = any(select {folded_sql('k')} from unnest({keys}) k)"
    return f"({kept} or ({column} is null and '{UNMAPPED}' = any({keys})))" if UNMAPPED in found.shown else kept


def _once(plan: Plan, dimensions: tuple[str, ...]) -> list[str]:
    """A change counts at its first deployment of the selection: overall, or within the services, environments … that were asked for."""
    fact = plan.metric.fact
    grouped = [name for name in dimensions if name in fact.once]
    filtered = [found for found in plan.filters if found.dimension in fact.once]
    if not fact.once:
        return []
    if not grouped and not filtered:
        return ["f.is_first"]
    same = [f"{fact.dimensions[name].replace('f.', 'e.')} is not distinct from {fact.dimensions[name]}" for name in grouped]
    same += [_kept(fact, found, "e") for found in filtered]
    before = "e.pr_id = f.pr_id and e.kind is distinct from 'rollback' and (e.deployed_at, e.id) < (f.deployed_at, f.id)"
    return [f"f.is_first or not exists (select 1 from {fact.relation} e where {' and '.join([before, *same])})"]


def _asides(plan: Plan, further: Mapping[str, str]) -> str:
    metric = plan.metric
    selects = {name: f"({sql})" for name, sql in metric.asides.items()}
    selects |= {name: _id_list(metric, sql) for name, sql in metric.lists.items()}
    selects |= {f"warn:{code}": f"({condition})" for code, (condition, _) in metric.warns.items()}
    if metric.otherwise:
        selects["otherwise"] = f"({metric.otherwise.condition})"
    if metric.configured:
        selects["configured"] = f"({metric.configured[0]})"
    selects["links"] = _links(metric)
    found = {name: expanded for name, sql in selects.items() if (expanded := expand(plan, sql)) is not None}
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in {**found, **further}.items())
    return f"jsonb_build_object({pairs})"


def _id_list(metric: Metric, condition: str) -> str:
    key = metric.fact.listed
    return f"(select coalesce(jsonb_agg(key), '[]') from (select {key} as key from {{window}} f where {condition} order by f.id limit {LIST_LIMIT}) l)"


def _links(metric: Metric) -> str:
    """The records most worth opening: the longest ones, or those of the numerator."""
    if isinstance(metric.measure, Percentile):
        condition, order = "f._v is not null", "f._v desc, f.id"
    elif isinstance(metric.measure, Ratio) and not metric.measure.sums:
        condition, order = f"({metric.measure.denominator}) and ({metric.measure.numerator})", "f._at desc, f.id"
    else:
        return "'[]'::jsonb"
    fields = f"{metric.fact.key} as label, {metric.fact.title} as title, {metric.fact.url} as url"
    picked = f"from {{window}} f where {condition} and f._linked order by {order} limit {LINKS}"
    if metric.fact.stored:  # what is shown of them is looked up for these alone
        picked = f"from (select f.* {picked}) p join {metric.fact.relation} r on r.id = p.id order by {order.replace('f.', 'p.')}"
        fields = fields.replace("f.", "r.")
    return f"(select coalesce(jsonb_agg(l), '[]') from (select {fields} {picked}) l)"


def expand(plan: Plan, sql: str) -> str:
    """Fill in the rows, variants and the clock of a fragment; a fact that lacks a filtered dimension makes the fragment null."""
    for name, variants in plan.metric.variants.items():
        sql = sql.replace(f"{{{name}}}", variants[plan.params[name]])
    sql = with_clock(plan, sql)
    for match in re.findall(r"\{rows:(\w+)\}", sql):
        fact = FACTS[match]
        if any(found.dimension not in fact.dimensions for found in plan.filters):
            return "null"
        sql = sql.replace(f"{{rows:{match}}}", selection(fact, plan))
    if "{rows}" in sql:
        sql = sql.replace("{rows}", selection(plan.metric.fact, plan))
    return sql.replace("{window}", rows_of(plan, (), current_only=True)) if "{window}" in sql else sql


def selection(fact: Fact, plan: Plan) -> str:
    """The rows of a fact that count and pass the filters, in whatever window."""
    return f"(select f.* from {fact.relation} f where {' and '.join(f'({condition})' for condition in _conditions(fact, plan))})"
