"""Where the time from start to done was spent, status by status: work in blues, waiting in browns, the rest grey."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import Spec, amount_axis, bar_axis, framed, tooltip
from servers.charts.points import Row, bucket_row, piled
from servers.charts.theme import QUIET, Theme, colours
from servers.units import said

ACTIVE = ("#3a7fc8", "#74aee4", "#2b5f98", "#9ac7f0")
WAITING = ("#d97a1d", "#edab62", "#a5521b", "#f3c793")
REST = "put back"
MOST = 4
"""Statuses of one kind that have a colour; the others of the kind stand together."""


def _suits(document: Mapping[str, Any]) -> bool:
    found = document.get("statuses") or []
    return len(found) > 1 and bool(document.get("series")) and not document.get("groups") and not document.get("xmr")


def _spent(document: Mapping[str, Any]) -> list[tuple[str, str, str, float]]:
    """Bucket, kind, name and hours of each row; of a status that is usually something else, the other part says what it is."""
    sums: dict[str, dict[str, float]] = {}
    for row in document["statuses"]:
        kinds = sums.setdefault(row["status"], {})
        kinds[row["kind"]] = kinds.get(row["kind"], 0.0) + row["hours"]
    usual = {status: max(kinds, key=lambda kind: kinds[kind]) for status, kinds in sums.items()}
    return [
        (
            row["bucket"],
            row["kind"],
            row["status"] if row["kind"] == usual[row["status"]] else f"{row['status']}, {row['kind']}",
            row["hours"],
        )
        if row["category"] == "in_progress"
        else (row["bucket"], REST, REST, row["hours"])
        for row in document["statuses"]
    ]


def _kinds(document: Mapping[str, Any]) -> dict[str, str]:
    """Each status that is drawn with its colour: active ones first, the longest of each kind first."""
    sums: dict[tuple[str, str], float] = {}
    for _, kind, name, hours in _spent(document):
        sums[kind, name] = sums.get((kind, name), 0.0) + hours
    found: dict[str, str] = {}
    for kind, paints in (("active", ACTIVE), ("waiting", WAITING)):
        names = sorted((name for of, name in sums if of == kind), key=lambda name: -sums[kind, name])
        kept = names if len(names) <= MOST else names[: MOST - 1]
        found |= dict(zip(kept, paints, strict=False))
        found |= {f"other {kind}": paints[MOST - 1]} if len(kept) < len(names) else {}
    return found | ({REST: QUIET} if any(of == REST for of, _ in sums) else {})


def _rows(document: Mapping[str, Any], kinds: Mapping[str, str]) -> list[Row]:
    """One row per bucket and status, lowest first, as shares of the time of the bucket."""
    points = {point["bucket"]: point for point in document["series"]}
    hours: dict[str, dict[str, float]] = {}
    for bucket, kind, name, amount in _spent(document):
        spent, drawn = hours.setdefault(bucket, {}), name if name in kinds else f"other {kind}"
        spent[drawn] = spent.get(drawn, 0.0) + amount
    rows: list[Row] = []
    for bucket, spent in sorted(hours.items()):
        whole = sum(spent.values()) or 1.0
        for name in kinds:
            share = spent.get(name, 0.0) / whole
            row = bucket_row(document, points.get(bucket, {"bucket": bucket}))
            rows.append(row | {"status": name, "_edge": name, "value": share, "_value": share, "_shown": said(share, "share")})
    return piled(rows)


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    kinds = _kinds(document)
    rows = _rows(document, kinds)
    paint: Spec = {"field": "status", "type": "nominal", "scale": {"domain": list(kinds), "range": list(kinds.values())}}
    edge = {**paint, "field": "_edge", "legend": None}  # its own field: see parts.py
    y = amount_axis("_high", "share of the time from start to done")
    y["axis"] |= {"format": ".0%"}
    y["scale"] |= {"domain": [0, 1], "nice": False}
    encoding: Spec = {
        "x": bar_axis(document["grain"], rows),
        "x2": {"field": "_end"},
        "y": y,
        "y2": {"field": "_low"},
        "fill": paint | {"legend": {"title": None, "columns": 5}},
        "stroke": {"condition": {"test": "datum._partial", **edge}, "value": colours(theme)["background"]},
        "fillOpacity": {"condition": {"test": "datum._partial", "value": 0.15}, "value": 0.95},
        "tooltip": tooltip(("bucket", "from"), ("status", "status"), ("_shown", "share of the time")),
    }
    body: Spec = {"mark": {"type": "bar", "xOffset": 1, "x2Offset": -1, "strokeWidth": 1.2}, "encoding": encoding}
    return framed(document, body, theme, what="Stacked bars of time by status", rows=rows, unit="time by status")


statuses = Chart(
    "statuses", _suits, _draw, weight=13, reads="statuses", instead="ratio", words=("by status", "per status", "status by status")
)
