"""Values as Jira's REST API writes them."""

from datetime import date, datetime
from typing import Any

Json = dict[str, Any]


def instant(value: datetime | None) -> str | None:
    """As Jira writes instants."""
    return value.strftime("%Y-%m-%dT%H:%M:%S.000+0000") if value else None


def short(value: datetime | None) -> str | None:
    """As the agile API writes instants."""
    return value.strftime("%Y-%m-%dT%H:%M:%S.000Z") if value else None


def adf(text: str) -> Json:
    """Plain text as an Atlassian document, one paragraph for each block of lines."""
    blocks = [block for block in text.split("\n\n") if block]
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": block}]} for block in blocks],
    }


def day(value: date | None) -> str | None:
    """As Jira writes days."""
    return value.isoformat() if value else None


def option(value: str | None) -> Json | None:
    """A choice of a select field; its id follows from its words."""
    return {"value": value, "id": str(20_000 + sum(value.encode()))} if value else None
