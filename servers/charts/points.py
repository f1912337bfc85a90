"""From an envelope to the rows that a chart draws: dimension members and `bucket` under their own names, helpers behind an underscore."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from servers.metrics.calendar_units import UNITS, step
from servers.units import CURRENCY, HOURS_PER_DAY, HOURS_SHOWN_BELOW, plain, said

Row = dict[str, Any]
Document = Mapping[str, Any]
SHARE_UNITS = frozenset({"ratio", "share", "shares", "0..1"})


def is_share(document: Document) -> bool:
    """Whether values are shares of 1, drawn in percent."""
    return document["unit"] in SHARE_UNITS


def drawn_unit(document: Document) -> tuple[str, float]:
    """The unit of the axis and the factor to it: long durations are drawn in days, shares in percent."""
    if document["unit"] == "hours":
        sizes = [row["value"] for row in series_rows(document) if row["value"] is not None]
        sizes += [value for part in [document, *(document.get("groups") or [])] if isinstance(value := part.get("value"), int | float)]
        return ("days", 1 / HOURS_PER_DAY) if max(sizes, default=0) >= HOURS_SHOWN_BELOW else ("hours", 1.0)
    unit = "currency as entered" if document["unit"] == CURRENCY else document["unit"]
    return ("%", 100.0) if is_share(document) else (unit, 1.0)


def base(part: Mapping[str, Any]) -> str:
    """What a figure stands on: `n 12` or `3/40`."""
    if part.get("denominator") is not None and part.get("numerator") is not None:
        return f"{_counted(part['numerator'])}/{_counted(part['denominator'])}"
    return f"n {plain(part['n'])}" if part.get("n") is not None else ""


def _counted(amount: float) -> str:
    """An amount without the decimals that nobody reads behind thousands."""
    return plain(round(amount) if abs(amount) >= 1000 else amount)


def series_rows(document: Document) -> list[Row]:
    """One row per bucket, of the whole or of each group."""
    if grouped_series(document):
        return [_row(document, point, group["dimensions"]) for group in document["groups"] for point in group.get("series") or []]
    return [_row(document, point, {}) for point in document.get("series") or []]


def grouped_series(document: Document) -> bool:
    """Whether there is a series per group; then the whole is not drawn."""
    return any(group.get("series") for group in document.get("groups") or [])


def bucket_row(document: Document, point: Mapping[str, Any]) -> Row:
    """Where a bucket begins and ends, whether it is whole, and what it stands on."""
    ends = {
        "bucket": point["bucket"],
        "_end": _end(document["grain"], point["bucket"]),
        "_middle": _middle(document["grain"], point["bucket"]),
    }
    return {**ends, "_partial": bool(point.get("partial")), "_base": base(point), "n": point.get("n")}


def _row(document: Document, point: Mapping[str, Any], members: Mapping[str, str]) -> Row:
    value = point.get("value")
    stats = point.get("stats") or {}
    row: Row = {**bucket_row(document, point), **members, "value": None if isinstance(value, dict) else value}
    row |= {"p90": stats.get("p90"), "p75": stats.get("p75"), "_group": " · ".join(members.values())}
    return row | {"_shown": _shown(document, point)}


def _shown(document: Document, point: Mapping[str, Any]) -> str:
    if point.get("status", "ok") != "ok":
        return str(point["status"]).replace("_", " ")
    value = point.get("value")
    return "" if isinstance(value, dict) else said(value, document["unit"])


def _end(grain: str, bucket: str) -> str:
    return str(step(date.fromisoformat(bucket), UNITS[grain])) if grain in UNITS else bucket


def _middle(grain: str, bucket: str) -> str:
    """Where a label over a bar stands; a sprint's name is its own place."""
    if grain not in UNITS:
        return bucket
    start, end = datetime.fromisoformat(bucket), datetime.fromisoformat(_end(grain, bucket))
    return f"{(start + (end - start) / 2).isoformat()}Z"


def scaled(rows: Sequence[Row], factor: float, *names: str) -> list[Row]:
    """Rows with the named values also in the unit of the axis, as `_value`, `_p90` …"""
    return [row | {f"_{name}": None if row.get(name) is None else row[name] * factor for name in names} for row in rows]


def piled(rows: Sequence[Row]) -> list[Row]:
    """Rows of several groups with the ends of their piece in the pile of the bucket: `_low` and `_high`."""
    height: dict[str, float] = {}
    found = []
    for row in rows:
        low = height.get(row["bucket"], 0.0)
        height[row["bucket"]] = low + (row["_value"] or 0.0)
        found.append(row | {"_low": low, "_high": height[row["bucket"]]})
    return found


def room(rows: Sequence[Row], *names: str) -> list[float]:
    """The domain of an amount with room for labels at the end of the bars."""
    values = [float(row[name]) for row in rows for name in names if row.get(name) is not None] or [1.0]
    return [min(0.0, *values) * 1.05, max(0.0, *values) * 1.3 or 1.0]


def running_mean(rows: Sequence[Row], width: int = 4) -> list[Row]:
    """Rows with `_mean`: the mean of up to `width` whole buckets up to here, per group; partial buckets are left out."""
    seen: dict[str, list[float]] = {}
    found = []
    for row in rows:
        values = seen.setdefault(row["_group"], [])
        whole = row["value"] is not None and not row["_partial"]
        if whole:
            values.append(row["_value"])
        found.append(row | {"_mean": sum(values[-width:]) / len(values[-width:]) if whole and len(values) >= width else None})
    return found


def group_rows(document: Document) -> list[Row]:
    """One row per group."""
    rows = []
    for group in document.get("groups") or []:
        stats, before = group.get("stats") or {}, group.get("compare") or {}
        row: Row = {**group["dimensions"], "value": group.get("value"), "p90": stats.get("p90"), "n": group.get("n")}
        row |= {
            "_name": " · ".join(group["dimensions"].values()),
            "_base": base(group),
            "_shown": _shown(document, group),
            "previous": before.get("value"),
        }
        rows.append(row)
    return rows


def parts_rows(document: Document) -> list[Row]:
    """Values that are maps (shares of kinds, counts of sizes) as one row per part, per bucket and group where there are any."""
    groups = document.get("groups") or []
    if document.get("series") and not any(
        _parts(group) for group in groups
    ):  # cut by the kinds themselves, the course of the whole says it all
        return [_part(point["bucket"], {}, name, part, point) for point in document["series"] for name, part in _parts(point).items()]
    if groups:
        return [_part(None, group["dimensions"], name, part, group) for group in groups for name, part in _parts(group).items()]
    return [_part(None, {}, name, part, document) for name, part in _parts(document).items()]


def _parts(figure: Mapping[str, Any]) -> Mapping[str, float]:
    value = figure.get("value")
    return value if isinstance(value, Mapping) and all(isinstance(part, int | float) for part in value.values()) else {}


def _part(bucket: str | None, members: Mapping[str, str], name: str, part: float, figure: Mapping[str, Any]) -> Row:
    place = {"bucket": bucket} if bucket else {}
    return {
        **place,
        **members,
        "part": name,
        "value": part,
        "n": figure.get("n") or figure.get("denominator"),
        "_partial": bool(figure.get("partial")),
        "_shown": said(part, "share"),
    }
