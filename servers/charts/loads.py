"""How a load lies on the people of a group, one bar each: without names, without an order that would be anybody's rank, and of three or more."""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import Spec, amount_axis, framed, haloed, tooltip
from servers.charts.points import Row
from servers.charts.theme import ACCENT, QUIET, SECOND, Theme, colours
from servers.units import plain, said

HALF = 0.5
NAMED = {"review_load_gini": "reviews", "contributor_absence_factor": "commits"}
"""What is carried, by metric."""


def _suits(document: Mapping[str, Any]) -> bool:
    return not document.get("groups") and len(document.get("loads") or []) > 1 and str(document.get("metric")) in NAMED


def _fits(document: Mapping[str, Any]) -> bool:
    return not document.get("series") and not document.get("compare")


def _rows(document: Mapping[str, Any]) -> list[Row]:
    """The loads as shares, the largest first; the first ones that together carry half are marked."""
    carried = sorted((float(load["carried"]) for load in document["loads"]), reverse=True)
    whole = sum(carried) or 1.0
    before = [0.0, *accumulate(carried)]
    return [
        {
            "_place": place,
            "share": load / whole,
            "_shown": said(load / whole, "share"),
            "_count": plain(load),
            "_half": before[place] < HALF * whole,
        }
        for place, load in enumerate(carried)
    ]


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    rows, unit = _rows(document), NAMED[str(document["metric"])]
    half = sum(row["_half"] for row in rows)
    x: Spec = {"field": "_place", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.12, "paddingOuter": 0.3}}
    y = amount_axis("share", f"share of all {unit}")
    y["axis"] |= {"format": ".0%"}
    y["scale"] |= {"domainMax": max(1.15 * rows[0]["share"], 2.2 / len(rows))}
    words = [f"the {half} who carry half" if half > 1 else "one carries half", "everybody else"]
    scale = {"domain": words if half < len(rows) else words[:1], "range": [ACCENT, QUIET]}
    for row in rows:
        row["_part"] = words[0] if row["_half"] else words[1]
    bar: Spec = {
        "mark": {"type": "bar", "cornerRadiusEnd": 1.5},
        "encoding": {
            "x": x,
            "y": y,
            "color": {"field": "_part", "type": "nominal", "scale": scale},
            "tooltip": tooltip(("_shown", "share"), ("_count", unit)),
        },
    }
    layers = [bar, *_even(len(rows), theme)]
    if len(rows) <= 16:
        place: Spec = {"x": x, "y": {"field": "share", "type": "quantitative"}, "text": {"field": "_shown"}}
        layers += haloed([], place, {"dy": -9}, theme, ink="quiet")
    drawn = framed({**document, "series": None}, {"layer": layers}, theme, what="Bars", rows=rows, unit=f"share of {unit} per person")
    drawn["title"]["subtitle"] += f" · {len(rows)} people, one bar each, nobody named"
    return drawn


def _even(people: int, theme: Theme) -> list[Spec]:
    """The share that each would carry if all carried the same, named at the right end, where the bars are low."""
    data = {"values": [{"_even": 1 / people, "_words": f"even share {said(1 / people, 'share')}"}]}
    y = {"field": "_even", "type": "quantitative"}
    rule: Spec = {"data": data, "mark": {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 2, "color": SECOND}, "encoding": {"y": y}}
    text = {"type": "text", "align": "right", "x": "width", "dx": -2, "dy": -20, "fontSize": 11}
    words: Spec = {"data": data, "mark": text | {"color": colours(theme)["text"]}, "encoding": {"y": y, "text": {"field": "_words"}}}
    return [rule, words]


loads = Chart(
    "loads",
    _suits,
    _draw,
    weight=9,
    fits=_fits,
    reads="loads",
    words=("load bars", "anonymous bars", "load distribution", "distribution of load"),
)
