"""Windows, scopes and tables in words."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from agents.figures import label
from agents.plan import Plan

LABELS = {
    "last_24_hours": "the last 24 hours", "this_week": "this week so far", "this_month": "this month so far", "this_quarter": "this quarter so far",
    "this_year": "this year so far", "qtd": "this quarter so far", "mtd": "this month so far", "wtd": "this week so far", "ytd": "this year so far",
}  # fmt: skip
STATS = {"p50": "median", "mean": "average", "value": "", "p75": "75th percentile", "p85": "85th percentile", "p90": "90th percentile"}
GRAINS = {"day": "Day", "week": "Week of", "month": "Month", "quarter": "Quarter from", "sprint": "Sprint"}

DAY = re.compile(r"\d{4}-\d\d-\d\d")


def window_words(window: Mapping[str, Any] | None, plan: Plan | None = None) -> str:
    """`last quarter (2026-07-01 to 2026-09-30)`, both days included; a running window ends at its instant."""
    if not window:
        return ""
    start, end = str(window["from"]), str(window["to"])
    running = plan is not None and plan.period is not None and plan.period.to_date
    last = end[:16].replace("T", " ") if len(end) > 10 else end if running else (date.fromisoformat(end) - timedelta(days=1)).isoformat()
    days = f"{start[:10]} to {last}"
    zone = f" {window['tz']}" if window.get("tz") else ""
    return f"{period_label(plan)} ({days}{zone})" if plan is not None and plan.period is not None else f"{days}{zone}"


def period_label(plan: Plan) -> str:
    """The period as a person would say it."""
    value = plan.period.value if plan.period else ""
    if value.startswith("since:"):
        return f"since {value[6:]}"
    if ".." in value:
        return "the window" if DAY.search(value) else value.replace("..", " to ")  # the days stand beside it
    return LABELS.get(value, value.replace("_", " ") if value.startswith(("last_", "this_")) else value)


def scope_words(document: Mapping[str, Any]) -> str:
    """` of team payments`; nothing for the whole organisation."""
    parts = [
        f"{label(name)} {', '.join(map(as_data if name == 'sprint' else str, values if isinstance(values, list) else [values]))}"
        for name, values in (document.get("filters") or {}).items()
    ]
    return f" ({'; '.join(parts)})" if parts else ""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; cells cannot break out of their column."""
    if not rows:
        return ""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(cell.replace("|", "¦").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def member(group: Mapping[str, Any]) -> str:
    """The name of a group, as data: names come from outside."""
    return " · ".join(as_data(str(value)) for value in group.get("dimensions", {}).values())


def as_data(text: str, limit: int = 80) -> str:
    """Text of others as a code span: no link, image or markup in it takes effect."""
    visible = "".join(c for c in text if c.isprintable()).replace("`", "'").strip()
    plain = visible if len(visible) <= limit else visible[: limit - 1] + "…"
    return plain if plain.replace("-", "").replace("_", "").isalpha() else f"`{plain}`"


def bucket_words(bucket: str, grain: str) -> str:
    """A bucket by its first day, months without the day; a sprint by its name, which is text of others."""
    return bucket[:7] if grain == "month" else as_data(bucket) if grain == "sprint" else bucket


def blocks(*parts: str) -> str:
    """Paragraphs, empty ones left out."""
    return "\n\n".join(part for part in parts if part)
