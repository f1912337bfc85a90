"""Points or items (R14): where enough of a set is estimated and all of it is one team's, amounts are points, else every item counts one."""

from servers.metrics.facts import Fact

ESTIMATED = 0.8
"""From this share of estimated items on, amounts are points."""
BASIS = "case when bool_and(f._points) then 'points' else 'items' end"
"""The aggregate that names the unit of the amounts."""
UNESTIMATED = "count(*) filter (where f._points and not f._estimated)"
"""Items that count nothing because they have no estimate."""


def unit(items: int, estimated: int) -> str:
    """`points` where enough of the items are estimated, else `items`."""
    return "points" if items and estimated >= ESTIMATED * items else "items"


def sized(fact: Fact, source: str, groups: tuple[str, ...], *, snapshot: bool) -> str:
    """`source` with the sizes of the fact as columns, in one unit for the whole and for each group, in both windows alike."""
    if fact.sizes is None:
        return source
    sizes = fact.sizes
    current = f"f._win = 0 and {sizes.counted}" + (" and f._bucket = -1" if snapshot else "")
    window = f"window w as (partition by {', '.join(f'f.{name}' for name in groups) or '1'})"
    estimated = f"count(*) filter (where {current} and {sizes.estimated}) over w >= {ESTIMATED} * count(*) filter (where {current}) over w"
    one_scale = f"min({sizes.scale}) over w is not distinct from max({sizes.scale}) over w"
    judged = f"(select f.*, ({estimated}) and ({one_scale}) as _points, {sizes.estimated} as _estimated from {source} f {window})"
    columns = ", ".join(f"case when f._points then coalesce({column}, 0) else 1 end as {name}" for name, column in sizes.columns.items())
    return f"(select f.*, {columns} from {judged} f)"
