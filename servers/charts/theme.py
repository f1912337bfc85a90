"""How charts look: one theme in two lights, with colours that read on both and for colour-blind eyes."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Theme = Literal["light", "dark"]
PALETTE = ("#3a7fc8", "#d97a1d", "#1f9e89", "#c4528e", "#8368d8", "#8f8a23", "#d1495b", "#5f8f3a", "#3593a9", "#a86b4c")
"""Told apart by hue and by lightness; contrast of at least 3:1 on white and on the dark background."""
RAMP = ("#8fc1ec", "#5c9dd8", "#3a7fc8", "#e3a25b", "#d97a1d", "#a5521b")
"""Small to large: three blues, then three browns, told apart by lightness as well."""
ACCENT, SECOND, QUIET = PALETTE[0], PALETTE[1], "#8b929c"
GOOD, BAD = "#1f9e89", "#d1495b"
MEMBERS: Mapping[str, Mapping[str, str]] = {
    "severity": {"sev1": BAD, "sev2": SECOND, "sev3": ACCENT, "sev4": QUIET},
    "work_class": {
        "new_capability": PALETTE[0],
        "improvement": PALETTE[8],
        "defect": PALETTE[6],
        "tech_debt": PALETTE[1],
        "ktlo": PALETTE[4],
        "risk": PALETTE[5],
        "unclassified": QUIET,
    },
    "ai_level": {"agent": PALETTE[4], "assisted": ACCENT, "none": QUIET},
}
"""Colours of members that mean something, by dimension: the same in every chart."""
FONT = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
_LIGHTS: dict[str, dict[str, str]] = {
    "light": {"background": "#ffffff", "text": "#1d2430", "quiet": "#5c6572", "grid": "#e4e7eb"},
    "dark": {"background": "#14181f", "text": "#e8ebf0", "quiet": "#a3acb8", "grid": "#2b323c"},
}


def colours(theme: Theme) -> dict[str, str]:
    """Background, text, quiet text and grid of a light."""
    return _LIGHTS[theme]


INKS = ("#000000", "#ffffff")
"""Text upon the colours of data: whichever of the two stands out more."""


def luminance(colour: str) -> float:
    """How light a colour is, 0..1, as WCAG measures it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """How far two colours stand out from each other, 1..21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(colour: str) -> str:
    """The colour of text upon a colour of data."""
    return max(INKS, key=lambda ink: contrast(ink, colour))


def member_scale(dimension: str, names: Sequence[str]) -> dict[str, list[str]] | None:
    """Order and colours of the members of a dimension that mean something, the others after them; None where none does."""
    known = MEMBERS.get(dimension, {})
    if not any(name in known for name in names):
        return None
    ranked = [name for name in known if name in names] + [name for name in names if name not in known]
    spare = iter([PALETTE[9], PALETTE[5], *PALETTE])
    return {"domain": ranked, "range": [known.get(name) or next(spare) for name in ranked]}


def config(theme: Theme) -> dict[str, Any]:
    """The Vega-Lite configuration of a light."""
    found = _LIGHTS[theme]
    label = {
        "labelColor": found["quiet"],
        "titleColor": found["quiet"],
        "labelFont": FONT,
        "titleFont": FONT,
        "labelFontSize": 12,
        "titleFontSize": 12,
    }
    return {
        "font": FONT,
        "background": found["background"],
        "view": {"stroke": None},
        "padding": 12,
        "axis": {
            **label,
            "titleFontWeight": "normal",
            "gridColor": found["grid"],
            "domainColor": found["grid"],
            "tickColor": found["grid"],
            "labelOverlap": True,
        },
        "axisX": {"grid": False},
        "axisY": {"labelPadding": 6},
        "legend": {**label, "title": None, "orient": "top", "symbolType": "circle", "labelLimit": 220},
        "header": label,
        "title": {
            "anchor": "start",
            "color": found["text"],
            "subtitleColor": found["quiet"],
            "font": FONT,
            "subtitleFont": FONT,
            "fontSize": 15,
            "fontWeight": 600,
            "subtitleFontSize": 12,
            "offset": 12,
        },
        "range": {"category": list(PALETTE)},
        "text": {"font": FONT, "color": found["text"]},
    }
