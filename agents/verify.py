"""The last look at an answer: every number resolves to a figure, and nothing in it can load or lead anywhere."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

NUMBER = re.compile(
    r"(?<![\w.,])[-−+±]?(\d[\d,]*(?:\.\d+)?)(?![\d]*\w*[A-Za-z_])|(?<![\w.,])(\d[\d,]*(?:\.\d+)?)(?=\s?(?:h|min|days|%|x)\b)"
)
NOT_FIGURES = re.compile(
    r"""`[^`]*`                                            # names and titles
    | ^>.*$                                                # quoted definitions
    | \d{4}-\d{2}-\d{2}(?:[T\ ]\d{2}:\d{2}(?::\d{2})?Z?)?  # dates and instants
    | \b(?:19|20)\d{2}-(?:\d{2}|[QHW]\d{1,2})\b            # months, quarters, weeks
    | \b(?:last|past|next|previous)[ _]\d+[ _](?:hours|days|weeks|months|quarters|sprints|years) # periods
    | \b(?:19|20)\d{2}\b                                   # years
    | \b[QqHh][1-4]\b | \b[pP]\d{2}\b | \b\d{2}th\ percentile\b
    | \b[A-Z][A-Z0-9]+-\d+\b | \#\d+                       # issue keys, pull requests
    | \b\w*[A-Za-z_]\w*\d\w*\b                             # names with digits in them
    """,
    re.VERBOSE | re.MULTILINE,
)
LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
REFERENCE = re.compile(r"!?\[([^\]]*)\]\[[^\]]*\]|^\s*\[[^\]]+\]:\s.*$", re.MULTILINE)
BARE = re.compile(r"(?:https?|ftp|javascript|data|vbscript|file):\S*|\bwww\.\S+", re.IGNORECASE)
MARKUP = re.compile(r"<[^>\n]{0,300}>?|&(?:#\w+|\w+);")


def numbers_in(text: str, question: str = "") -> list[str]:
    """The numbers of a text that must be figures: not those of names, dates, periods, quoted definitions or the question itself."""
    asked = set(re.findall(r"\d+(?:[.,]\d+)*", question))
    bare = NOT_FIGURES.sub(" ", LINK.sub(" ", text))
    return [n for match in NUMBER.finditer(bare) if (n := match[1] or match[2]) not in asked]


def unresolved(text: str, figures: Iterable[Mapping[str, Any]], question: str = "") -> list[str]:
    """The numbers of a text that no figure shows, as displayed."""
    shown = [size for figure in figures for size in displays(figure)]
    return [number for number in numbers_in(text, question) if not any(agrees(number, size) for size in shown)]


def displays(figure: Mapping[str, Any]) -> list[float]:
    """The sizes in which a value may be said: shares in percent, hours in minutes, hours or days."""
    value, unit = figure.get("value"), figure.get("unit")
    if not isinstance(value, int | float):
        return []
    size = abs(float(value))
    if unit in ("ratio", "share", "shares", "0..1"):
        return [size * 100, size]
    if unit == "hours":
        return [size * 60] if size < 1 else [size, size / 24]
    if unit == "days":
        return [size * 1440] if size * 24 < 1 else [size * 24, size]
    return [size]


def agrees(number: str, size: float) -> bool:
    """Whether a number in words is this size, rounded to the digits it shows."""
    plain = number.replace(",", "")
    digits = len(plain.partition(".")[2])
    tolerance: float = 0.5 / 10**digits
    return abs(float(plain) - size) <= tolerance + 1e-9


def harmless(text: str, hosts: Iterable[str] = ()) -> str:
    """`text` without images, markup and addresses; links stay only to the given hosts, others leave their words."""
    allowed = tuple(f"https://{host}/" for host in hosts)
    kept: list[str] = []

    def link(match: re.Match[str]) -> str:
        if not match[0].startswith("!") and match[2].startswith(allowed) and allowed:
            kept.append(f"[{match[1]}]({match[2]})")
            return f"\x00{len(kept) - 1}\x00"
        return match[1]

    pieces = re.split(r"(`[^`\n]*`)", text)
    clean = "".join(piece if i % 2 else scrubbed(LINK.sub(link, piece)) for i, piece in enumerate(pieces))
    return re.sub(r"\x00(\d+)\x00", lambda m: kept[int(m[1])], clean)


def scrubbed(text: str) -> str:
    """Free text without references, markup and bare addresses."""
    without = REFERENCE.sub(lambda m: m[1] or "", text)
    return BARE.sub(
        "(address removed)",
        MARKUP.sub(lambda m: "" if m[0].startswith("<") and len(m[0]) > 1 and (m[0][1].isalpha() or m[0][1] in "/!?") else m[0], without),
    )
