"""A briefing as PDF: the blocks set as lines of text on one page as long as it takes."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import vl_convert

WIDTH, MARGIN = 794, 60
"""A4 at 96 dots per inch."""
CHARS = 92
"""Characters that fit into a line of the text size."""
SIZES = {"title": 22, "heading": 16, "text": 13}
LEADING = 1.45
CELL_CHARS = 24


def pdf(blocks: Sequence[Mapping[str, Any]]) -> bytes:
    """The bytes of the page."""
    y, drawn = float(MARGIN), []
    for kind, text in _lines(blocks):
        size = SIZES[kind]
        y += size * LEADING + (size if kind == "heading" else 0)
        weight = ' font-weight="600"' if kind != "text" else ""
        drawn.append(f'<text x="{MARGIN}" y="{y:.0f}" font-size="{size}"{weight} xml:space="preserve">{escape(text)}</text>')
    height = y + MARGIN
    page = f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" font-family="Helvetica, Arial, sans-serif" '
        f'fill="#1d2430">{page}{"".join(drawn)}</svg>'
    )
    return bytes(vl_convert.svg_to_pdf(svg))


def _lines(blocks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for place, block in enumerate(blocks):
        if block["kind"] == "heading":
            for line in textwrap.wrap(str(block["text"]), CHARS // 2):
                yield ("heading" if place else "title"), line
        elif block["kind"] == "list":
            for item in block["items"]:
                yield from (("text", line) for line in textwrap.wrap(f"•  {item}", CHARS, subsequent_indent="    "))
        elif block["kind"] == "table":
            for row in [block["header"], *block["rows"]]:
                yield "text", "  ·  ".join(cell[:CELL_CHARS] for cell in row)
        else:
            yield from (("text", line) for line in textwrap.wrap(str(block["text"]), CHARS))
