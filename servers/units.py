"""How a number is said: rounding happens here and nowhere else (metrics.md, Units)."""

from typing import Any

HOURS_PER_DAY = 24
MINUTES_PER_HOUR = 60
HOURS_SHOWN_BELOW = 48
THOUSAND = 1000
CURRENCY = "currency"
"""The unit of amounts of money whose currency nobody said; others have its three letters."""
WHOLE_FROM = 100
"""From so much on the cents of an amount of money are left out."""
ONE_OF = {
    "items": "item", "pull requests": "pull request", "incidents": "incident", "rounds": "round", "epics": "epic", "signals": "signal", "people": "person",
}  # fmt: skip
"""Units of counts as they are said of one."""


def said(value: float | str | None, unit: str) -> str:
    """`value` with its unit as people read it: below 1 h minutes, below 48 h hours, else days; shares in percent; unknown is a dash."""
    if value is None:
        return "–"
    if isinstance(value, str):  # a date says itself
        return value
    if unit == "hours":
        return _duration(value)
    if unit == "days":
        return _duration(value * HOURS_PER_DAY)
    if unit in ("ratio", "share", "shares"):
        return f"{value * 100:.1f} %"
    if unit in ("count", "0..1"):
        return plain(value)
    if is_money(unit):
        return f"{plain(round(value) if abs(value) >= WHOLE_FROM else value)} {unit.removeprefix(CURRENCY)}".strip()
    return f"{plain(value)} {ONE_OF.get(unit, unit) if abs(value) == 1 else unit}".strip()


def is_money(unit: str) -> bool:
    """Whether a unit is a currency: one of three letters, or one that nobody named."""
    return unit == CURRENCY or (len(unit) == len("EUR") and unit.isupper())


def delta_said(delta: float | None, unit: str) -> str:
    """A difference with its sign; of shares in percentage points."""
    if delta is None:
        return "–"
    sign = "+" if delta > 0 else "−" if delta < 0 else "±"
    if unit in ("ratio", "share", "shares"):
        return f"{sign}{abs(delta) * 100:.1f} points"
    return sign + said(abs(delta), unit)


def percent(share: float | None) -> str:
    """A relative change with its sign, in percent."""
    return "–" if share is None else f"{share * 100:+.0f} %".replace("-", "−")


def plain(value: float) -> str:
    """A bare number: whole when it is, else one decimal (two below 10); thousands apart."""
    if float(value).is_integer():
        return f"{int(value):,}"
    decimals = 2 if abs(value) < 10 else 1
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _duration(hours: float) -> str:
    sign, size = ("−", -hours) if hours < 0 else ("", hours)
    if size < 1:
        return f"{sign}{size * MINUTES_PER_HOUR:.0f} min"
    if size < HOURS_SHOWN_BELOW:
        return f"{sign}{_one(size)} h"
    return f"{sign}{_one(size / HOURS_PER_DAY)} days"


def _one(value: float) -> str:
    text = f"{value:,.1f}"
    return text.removesuffix(".0")


def short(value: Any, unit: str) -> str:
    """A table cell: like `said` without spaces and without the unit of counts."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {said(part, unit)}" for name, part in value.items())
    return said(value, unit).replace(" ", "")
