"""Single things with an amount each, the largest first: what each late epic costs, by how many days each promise was missed."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import ROW_HEIGHT, Spec, amount_axis, framed, tooltip
from servers.charts.points import room
from servers.charts.theme import ACCENT, Theme, colours
from servers.units import plain

MOST = 15
LISTS = {"by_epic": "so far, currency as entered", "slips_days": "days late", "silent": "days without activity"}
"""Members of a result that name things with an amount, and what the amount is."""


def _suits(document: Mapping[str, Any]) -> bool:
    return not document.get("series") and not document.get("groups") and any(_amounts(document, name) for name in LISTS)


def _amounts(document: Mapping[str, Any], name: str) -> dict[str, float]:
    found = document.get(name)
    if isinstance(found, list):
        return {row["record"]: row["value"] for row in found if row.get("value")}
    return {key: amount for key, amount in found.items() if amount} if isinstance(found, Mapping) else {}


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    name = next(name for name in LISTS if _amounts(document, name))
    ranked = sorted(_amounts(document, name).items(), key=lambda item: (-item[1], item[0]))
    rows = [{"record": key, "value": amount, "_label": plain(round(amount))} for key, amount in ranked[:MOST]]
    y: Spec = {"field": "record", "type": "nominal", "sort": [row["record"] for row in rows]}
    y |= {"axis": {"title": None, "labelLimit": 200, "ticks": False, "domain": False}}
    x = amount_axis("value", LISTS[name])
    x["scale"] |= {"domain": room(rows, "value"), "nice": False}
    bar: Spec = {
        "mark": {"type": "bar", "color": ACCENT, "cornerRadiusEnd": 2, "height": {"band": 0.66}},
        "encoding": {"y": y, "x": x, "tooltip": tooltip(("record", "item"), ("_label", LISTS[name]))},
    }
    text: Spec = {
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 11.5, "color": colours(theme)["text"]},
        "encoding": {"y": y, "x": {"field": "value", "type": "quantitative"}, "text": {"field": "_label"}},
    }
    body: Spec = {"layer": [bar, text], "height": max(2, len(rows)) * ROW_HEIGHT}
    drawn = framed(document, body, theme, what="Bars", rows=rows, unit=LISTS[name])
    drawn["title"]["subtitle"] += f" · the {MOST} largest of {len(ranked)}" if len(ranked) > MOST else ""
    return drawn


def _listing(document: Mapping[str, Any]) -> bool:
    return bool(document.get("silent")) and not document.get("series") and not document.get("groups")


silent = Chart("silent", _listing, _draw, weight=36, reads="silent", words=("longest silent", "days without activity"))
listed = Chart("listed", _suits, _draw, weight=35, instead="grouped")
