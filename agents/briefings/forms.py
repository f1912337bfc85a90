"""The forms of a briefing: Markdown, a page of its own, and Slack's blocks."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from agents.compose.words import table

Block = Mapping[str, Any]
SLACK_CHARS = 2900
"""Longest text of one Slack section; Slack allows 3,000."""
STYLE = (
    "body{font:16px/1.5 Inter,'Segoe UI',Arial,sans-serif;color:#1d2430;background:#fff;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #e4e7eb}"
)


def markdown(blocks: Sequence[Block]) -> str:
    """The briefing as Markdown."""
    return "\n\n".join(_markdown(block, first=place == 0) for place, block in enumerate(blocks)) + "\n"


def _markdown(block: Block, *, first: bool) -> str:
    if block["kind"] == "heading":
        return f"{'#' if first else '##'} {block['text']}"
    if block["kind"] == "list":
        return "\n".join(f"- {item}" for item in block["items"])
    return table(block["header"], block["rows"]) if block["kind"] == "table" else str(block["text"])


def html(blocks: Sequence[Block]) -> str:
    """The briefing as one HTML page that loads nothing."""
    title = escape(str(blocks[0]["text"])) if blocks else "Briefing"
    body = "\n".join(_html(block, first=place == 0) for place, block in enumerate(blocks))
    return f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n'


def _html(block: Block, *, first: bool) -> str:
    if block["kind"] == "heading":
        level = 1 if first else 2
        return f"<h{level}>{escape(str(block['text']))}</h{level}>"
    if block["kind"] == "list":
        return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in block['items'])}</ul>"
    if block["kind"] == "table":
        return (
            f"<table><thead>{_row(block['header'], 'th')}</thead><tbody>{''.join(_row(row, 'td') for row in block['rows'])}</tbody></table>"
        )
    return f"<p>{escape(str(block['text']))}</p>"


def _row(cells: Sequence[str], kind: str) -> str:
    return f"<tr>{''.join(f'<{kind}>{escape(cell)}</{kind}>' for cell in cells)}</tr>"


def slack(blocks: Sequence[Block]) -> dict[str, Any]:
    """A message for an incoming webhook; what comes from tickets is escaped, so that it mentions nobody."""
    shown = [_slack(block, first=place == 0) for place, block in enumerate(blocks)]
    return {"text": _safe(str(blocks[0]["text"])) if blocks else "Briefing", "blocks": shown}


def _slack(block: Block, *, first: bool) -> dict[str, Any]:
    if block["kind"] == "heading" and first:
        return {"type": "header", "text": {"type": "plain_text", "text": str(block["text"])[:150]}}
    if block["kind"] == "heading":
        text = f"*{_safe(str(block['text']))}*"
    elif block["kind"] == "list":
        text = "\n".join(f"• {_safe(item)}" for item in block["items"])
    elif block["kind"] == "table":
        text = "\n".join(f"{_safe(row[0])}: *{_safe(row[1])}* (before {_safe(row[2])}; {_safe(row[4])})" for row in block["rows"])
    else:
        text = _safe(str(block["text"]))
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:SLACK_CHARS]}}


def _safe(text: str) -> str:
    return escape(text, quote=False)


FORMS: Mapping[str, Callable[[Sequence[Block]], Any]] = {"md": markdown, "html": html, "slack": slack}
"""The forms that are text or JSON; the PDF is drawn from the same blocks."""
