"""Rows as tools return them: a compact table for reading, the same rows as arrays for programs."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fastmcp.tools.base import ToolResult
from pydantic import BaseModel, Field

_WORTH_SHARING = 3
CELL_CHARS = 64
"""Longest text of one cell in the readable table."""
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]+"
    r"|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d"
)
"""Signs that nobody sees; the one that joins two emoji into one is kept between emoji."""


class Listing(BaseModel):
    """A table: `columns` name the members of each of `rows`; `next_cursor` asks for the page after this one."""

    columns: list[str]
    rows: list[list[Any]]
    next_cursor: str | None = None
    total: int | None = Field(None, description="rows over all pages, where known")
    note: str | None = None


LISTING_SCHEMA = Listing.model_json_schema()


def quoted(text: str | None, limit: int = CELL_CHARS) -> str:
    """Text of a ticket or pull request as data: one line, printable, at most `limit` characters, no column or markup signs, no link or image."""
    clean = _UNPRINTABLE.sub(" ", text or "").replace("|", "¦").replace("<", "‹").replace(">", "›").replace("](", "] (").strip()
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def day(at: datetime | None) -> str | None:
    """The UTC day of an instant."""
    return at.astimezone(UTC).date().isoformat() if at else None


def minute(at: datetime | None) -> str | None:
    """An instant to the minute, UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ") if at else None


def rounded(value: float | None, digits: int = 1) -> float | None:
    """`value` to so many digits (0: a whole number); unknown stays unknown."""
    return None if value is None else round(value, digits or None)


def as_result(listing: Listing, title: str) -> ToolResult:
    """`listing` with its readable form."""
    return ToolResult(content=text_of(listing, title), structured_content=listing.model_dump(mode="json", exclude_none=True))


def text_of(listing: Listing, title: str) -> str:
    """Title, what all rows share, header, one line per row, then what follows."""
    shared = _shared(listing)
    kept = [place for place, column in enumerate(listing.columns) if column not in shared]
    lines = [title + (f"; all: {', '.join(f'{column} {value}' for column, value in shared.items())}" if shared else "")]
    lines.append("|".join(listing.columns[place] for place in kept))
    lines += ["|".join(_cell(row[place]) for place in kept) for row in listing.rows]
    if not listing.rows:
        lines.append("(none)")
    if listing.note:
        lines.append(listing.note)
    if listing.next_cursor:
        lines.append(f"more: cursor={listing.next_cursor}")
    return "\n".join(lines)


def _shared(listing: Listing) -> dict[str, str]:
    """Columns with one value in all rows: said once, to save tokens."""
    if len(listing.rows) < _WORTH_SHARING:
        return {}
    values = {column: {_cell(row[place]) for row in listing.rows} for place, column in enumerate(listing.columns)}
    return {column: found.pop() for column, found in values.items() if len(found) == 1}


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Sequence):
        return ",".join(_cell(part) for part in value)
    return str(value)


def as_fields(members: dict[str, Any]) -> ToolResult:
    """One record: `name: value` lines for reading, the same members as structured content."""
    lines = [f"{name}: {_field(value)}" for name, value in members.items() if value not in (None, [], {})]
    return ToolResult(content="\n".join(lines), structured_content=members)


def _field(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_cell(part)}" for name, part in value.items() if part is not None)
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "; ".join(" ".join(_cell(part) for part in row) for row in value)
    return quoted(value, 200) if isinstance(value, str) else _cell(value)
