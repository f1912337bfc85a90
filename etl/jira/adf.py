"""Rich text of Jira Cloud (Atlassian Document Format) as plain text; the wiki text of Data Center passes through."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from etl.jira.values import text

Node = dict[str, Any]
_DEEPEST = 200
"""Levels that are followed; deeper documents are hostile, the rest of theirs is left out."""
_BLOCKS = frozenset(
    {"doc", "blockquote", "bulletList", "orderedList", "taskList", "decisionList", "panel", "expand", "nestedExpand", "table"}
    | {"tableCell", "tableHeader", "listItem", "layoutSection", "layoutColumn", "mediaSingle", "mediaGroup", "bodiedExtension"}
)


def plain_text(document: object) -> str | None:
    """`document` as text, one line per block; None when there is none.

    Args:
        document: a node, a list of nodes, text (returned as it is) or nothing.
    """
    if document is None or document == {}:
        return None
    if isinstance(document, str):
        return text(document)
    return _written(document, 0)


def _written(node: object, depth: int) -> str:
    if depth > _DEEPEST:
        return ""
    if isinstance(node, list):
        return "\n".join(_written(child, depth + 1) for child in node)
    if not isinstance(node, dict):
        return ""
    kind = str(node.get("type", ""))
    writer = _WRITERS.get(kind)
    return writer(node) if writer else _content(node, "\n" if kind in _BLOCKS else "", depth)


def _content(node: Node, between: str, depth: int) -> str:
    content = node.get("content")
    if not isinstance(content, list):
        return ""
    return between.join(_written(child, depth + 1) for child in content)


def _attribute(node: Node, *names: str, default: str = "") -> str:
    attributes = node.get("attrs")
    if isinstance(attributes, dict):
        for name in names:
            if attributes.get(name) not in (None, ""):
                return str(attributes[name])
    return default


def _text(node: Node) -> str:
    return str(node.get("text") or "")


def _mention(node: Node) -> str:
    name = _attribute(node, "text", "id", default="unknown")
    return name if name.startswith("@") else f"@{name}"


def _date(node: Node) -> str:
    stamp = _attribute(node, "timestamp")
    try:
        return datetime.fromtimestamp(int(stamp) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return stamp


def _card(node: Node) -> str:
    attributes = node.get("attrs")
    data = attributes.get("data") if isinstance(attributes, dict) else None
    named = str(data.get("name") or data.get("url") or "") if isinstance(data, dict) else ""
    return _attribute(node, "url", default=named)


_WRITERS: dict[str, Callable[[Node], str]] = {
    "text": _text,
    "hardBreak": lambda _node: "\n",
    "rule": lambda _node: "---",
    "mention": _mention,
    "emoji": lambda node: _attribute(node, "text", "shortName"),
    "date": _date,
    "status": lambda node: f"[{_attribute(node, 'text')}]",
    "inlineCard": _card,
    "blockCard": _card,
    "embedCard": _card,
    "media": lambda node: _attribute(node, "alt"),
    "codeBlock": lambda node: f"```\n{_content(node, '', 0)}\n```",
}
