"""Results as props of our elements. Pure; texts of tickets stay data and are never Markdown or HTML."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from servers.charts.theme import colours

BUNDLE_URL = "/chat/public/vega.js"
HIDDEN_COLUMN = re.compile(r"^_")
INK = {"light": "#162231", "dark": "#e7eef3"}
QUIET = {"light": "#5b6875", "dark": "#9fb0bd"}
GRID = {"light": "#e2e9ee", "dark": "#2a3743"}
CARD = {"light": "#ffffff", "dark": "#151d28"}
"""Ground, text, quiet text and grid of the page's two themes; see public/theme.json."""
MAX_ROWS = 500
"""Most rows of the table behind a chart that are sent to the page."""


def chart_props(chart: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Props of PulseChart for one entry of `charts` of an answer document."""
    evidence = chart.get("evidence")
    spec = dict(chart["spec"])
    columns, rows = table_behind(spec)
    return {
        "title": chart.get("title", ""),
        "description": spec.get("description") or chart.get("title", ""),
        "light": themed(spec, "light"),
        "dark": themed(spec, "dark"),
        "bundle": BUNDLE_URL,
        "evidence": receipt_of(document, evidence),
        "metric": metric_of(document, evidence),
        "columns": columns,
        "rows": rows,
        "file": re.sub(r"[^a-z0-9]+", "-", str(chart.get("title", "chart")).lower()).strip("-")[:60],
    }


def themed(spec: Mapping[str, Any], theme: str) -> dict[str, Any]:
    """`spec` on the page's own background, as wide as its box, with text and grid of the theme; colours of data stay."""
    config = dict(spec.get("config", {}))
    ink, quiet, grid = INK[theme], QUIET[theme], GRID[theme]
    config |= {
        "background": "transparent",
        "axis": {
            **config.get("axis", {}),
            "labelColor": quiet,
            "titleColor": quiet,
            "gridColor": grid,
            "domainColor": grid,
            "tickColor": grid,
        },
        "legend": {**config.get("legend", {}), "labelColor": ink, "titleColor": quiet},
        "title": {**config.get("title", {}), "color": ink, "subtitleColor": quiet},
        "header": {**config.get("header", {}), "labelColor": ink, "titleColor": quiet},
        "view": {**config.get("view", {}), "stroke": None},
    }
    old = colours("light")
    paints = {old["text"]: ink, old["quiet"]: quiet, old["grid"]: grid, old["background"]: CARD[theme], _background(spec): CARD[theme]}
    bare = _repainted({name: part for name, part in spec.items() if name not in ("config", "data", "datasets")}, paints)
    made = {**spec, **bare, "config": config, "background": "transparent"}
    return made if _composed(spec) else {**made, "width": "container", "autosize": {"type": "fit", "contains": "padding"}}


def _background(spec: Mapping[str, Any]) -> str:
    """The colour that hollow marks are filled with: the chart's own ground."""
    return str(spec.get("background") or spec.get("config", {}).get("background") or "#ffffff")


def _repainted(part: Any, paints: Mapping[str, str]) -> Any:
    """`part` with ground, text, quiet text and grid of the chart's light replaced by the page's, wherever they stand."""
    if isinstance(part, Mapping):
        return {name: _repainted(value, paints) for name, value in part.items()}
    if isinstance(part, list):
        return [_repainted(value, paints) for value in part]
    return paints.get(part, part) if isinstance(part, str) else part


def _composed(spec: Mapping[str, Any]) -> bool:
    return any(key in spec for key in ("facet", "hconcat", "vconcat", "concat", "repeat", "columns"))


def table_behind(spec: Mapping[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """The rows a chart draws, as columns and cells."""
    values = _values(spec)
    columns = list(dict.fromkeys(key for row in values for key in row if not HIDDEN_COLUMN.match(key)))
    return columns, [[_cell(row.get(column)) for column in columns] for row in values[:MAX_ROWS]]


def _values(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The first inline data of a chart or of its layers."""
    for part in (spec, *spec.get("layer", []), *spec.get("vconcat", []), *spec.get("hconcat", [])):
        data = part.get("data", {})
        if isinstance(data.get("values"), list):
            return [row for row in data["values"] if isinstance(row, dict)]
        if data.get("name") in spec.get("datasets", {}):
            return list(spec["datasets"][data["name"]])
    return []


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 2)
    return value if value is None or isinstance(value, str | int | bool) else json.dumps(value, ensure_ascii=False)


def listing_props(listing: Mapping[str, Any], caption: str, more: Mapping[str, Any] | None) -> dict[str, Any]:
    """Props of PulseTable for a tool's table (columns, rows, total, note, next_cursor); a column `url` becomes the link of the first one."""
    columns = [str(name) for name in listing.get("columns", [])]
    rows = [list(row) for row in listing.get("rows", [])]
    if "url" in columns:
        columns, rows = _linked(columns, rows)
    total = listing.get("total")
    counted = f"{len(rows)} of {total}" if total and total > len(rows) else None
    notes = [text for text in (counted, listing.get("note")) if text]
    return {"caption": caption, "columns": columns, "rows": rows, "note": " · ".join(notes) or None, "more": dict(more) if more else None}


def _linked(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> tuple[list[str], list[list[Any]]]:
    at = columns.index("url")
    kept = [index for index in range(len(columns)) if index != at]
    linked = []
    for row in rows:
        cells = [row[index] for index in kept]
        if row[at] and cells:
            cells[0] = {"text": cells[0], "url": row[at]}
        linked.append(cells)
    return [columns[index] for index in kept], linked


def receipt_of(document: Mapping[str, Any], evidence: str | None) -> str | None:
    """The receipt that a piece of evidence of the document stands for; trace_figure takes it."""
    found: Mapping[str, Any] = next((item for item in document.get("evidence", []) if item.get("id") == evidence), {})
    receipt = (found.get("result") or {}).get("evidence")
    return str(receipt) if receipt else None


def metric_of(document: Mapping[str, Any], evidence: str | None) -> str | None:
    """The metric whose figures stand on `evidence`, when it is one."""
    found = {figure["metric"] for figure in document.get("figures", []) if figure.get("evidence") == evidence and figure.get("metric")}
    return found.pop() if len(found) == 1 else None


def words(document: Mapping[str, Any]) -> str:
    """The answer as Markdown, with what to beware of below it as far as the answer does not say it."""
    answer = document.get("answer", "")
    warnings = [text for text in document.get("warnings", []) if text and text not in answer]
    beware = "\n\n" + "\n".join(f"- *{text}*" for text in warnings) if warnings else ""
    return f"{answer}{beware}"


def cell(datum: Mapping[str, Any] | None) -> str | None:
    """The cell of a result that a clicked mark stands for, as trace_figure takes it."""
    if not datum:
        return None
    named = {"bucket": datum.get("bucket"), **{name: value for name, value in datum.items() if name in DIMENSIONS}}
    return "&".join(f"{name}={value}" for name, value in named.items() if isinstance(value, str)) or None


DIMENSIONS = frozenset(
    {
        "team",
        "owner_team",
        "service",
        "repo",
        "environment",
        "kind",
        "source",
        "author_type",
        "ai_level",
        "size_bucket",
        "base_branch",
        "label",
    }
    | {"project", "issue_type", "work_class", "priority", "epic", "component", "board", "sprint", "initiative"}
)
"""Names under which a chart's rows carry members of dimensions."""


def definition(metric: Mapping[str, Any]) -> str:
    """A metric's definition as Markdown."""
    lines = [f"**{metric.get('title', metric.get('id'))}**: {metric.get('definition', '')}"]
    facts = {
        "Unit": metric.get("unit"),
        "Better": metric.get("better"),
        "Reference": metric.get("reference"),
        "Beware": metric.get("beware"),
    }
    lines += [f"- {name}: {value}" for name, value in facts.items() if value]
    return "\n".join(lines)


UNKNOWN_NAME = re.compile(r"“([^”]+)”")
LONGEST_NAME_WORDS = 4


def asked_by(document: Mapping[str, Any], choice: str) -> str:
    """The question that a button asks: a choice that is only a name takes the place of the name that was not known."""
    question = str(document.get("question", ""))
    unknown = UNKNOWN_NAME.search(str(document.get("answer", "")))
    if not document.get("choices") or unknown is None or len(choice.split()) > LONGEST_NAME_WORDS:
        return choice
    place = re.compile(re.escape(unknown[1]), re.IGNORECASE)
    return place.sub(lambda _: choice, question, count=1) if place.search(question) else choice
