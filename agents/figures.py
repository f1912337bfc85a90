"""Numbers on their way into words: every one that is said is written down with its unit, window, n and evidence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from servers.units import delta_said, percent, plain, said

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass
class Book:
    """The figures of one answer, in the order in which they were said."""

    figures: list[dict[str, Any]] = field(default_factory=list)

    def note(self, **figure: Any) -> None:
        """Write a figure down once."""
        if figure not in self.figures:
            self.figures.append(figure)


@dataclass(frozen=True)
class Source:
    """A result that numbers are taken from: the envelope of a metric and the evidence it stands on."""

    document: Mapping[str, Any]
    evidence: str
    book: Book

    @property
    def unit(self) -> str:
        """Unit of the metric."""
        return str(self.document.get("unit", ""))

    @property
    def title(self) -> str:
        """The metric's name."""
        return str(self.document.get("title") or self.document.get("metric", ""))

    def main_stat(self, part: Mapping[str, Any]) -> str:
        """What `value` is where percentiles come with it: the median, or the mean of what has few values."""
        told = [found for found in (self.document, part) if (found.get("stats") or {}).get("p50") is not None]
        if any(found.get("value") == found["stats"].get("mean") != found["stats"]["p50"] for found in told):
            return "mean"
        return "p50" if told else "value"

    def value(self, part: Mapping[str, Any], *, stat: str | None = None, dimensions: Mapping[str, Any] | None = None) -> str:
        """A value in words, written down; unknown values come with the reason."""
        chosen = stat or self.main_stat(part)
        stats = part.get("stats") or {}
        value = part.get("value") if chosen in ("value", "p50", "mean") and stats.get(chosen) is None else stats.get(chosen)
        if isinstance(value, dict):
            return ", ".join(
                f"{label(name)} {self.keep(share, 'value', part, {**(dimensions or {}), 'work_class': name})}"
                for name, share in value.items()
            )
        return self.keep(value, chosen, part, dimensions or {})

    def keep(
        self, value: float | None, stat: str, part: Mapping[str, Any], dimensions: Mapping[str, Any], *, unit: str | None = None
    ) -> str:
        """Write one number down and say it."""
        shown_unit = self.unit if unit is None else unit
        self.book.note(
            metric=self.document.get("metric", ""), stat=stat, status=part.get("status", "ok"), value=value, unit=shown_unit, n=base_of(part),
            window=dict(part.get("window") or self.document.get("window") or {}), dimensions={**scope_of(self.document), **dimensions}, evidence=self.evidence,
        )  # fmt: skip
        return said(value, shown_unit)

    def base(self, part: Mapping[str, Any], dimensions: Mapping[str, Any] | None = None) -> str:
        """What a value stands on, for a table: `312`, or `2 of 10`."""
        return self.n(part, dimensions).removeprefix("n ")

    def n(self, part: Mapping[str, Any], dimensions: Mapping[str, Any] | None = None) -> str:
        """What a value stands on: `n 312`, `2 of 10` for a share, `46 in all` for a rate per week."""
        if part.get("denominator") is not None and isinstance(part.get("value"), dict):
            return f"of {self.count(part['denominator'], part, dimensions)}"
        if part.get("denominator") is not None:
            above = self.count(part.get("numerator") or 0, part, dimensions)
            return f"{above} of {self.count(part['denominator'], part, dimensions)}"
        if part.get("n") is None:
            return "n unknown"
        counted = self.count(part["n"], part, dimensions, stat="n")
        return f"{counted} in all" if self.unit.endswith("/week") else f"n {counted}"

    def count(self, value: float, part: Mapping[str, Any], dimensions: Mapping[str, Any] | None = None, *, stat: str = "count") -> str:
        """A plain count, written down."""
        self.keep(value, stat, part, dimensions or {}, unit="count")
        return plain(value)

    def delta(self, part: Mapping[str, Any], dimensions: Mapping[str, Any] | None = None) -> str:
        """The difference to what was before, absolute and relative, with signs."""
        before = part.get("compare") or {}
        if before.get("delta") is None:
            return ""
        self.keep(before["delta"], "delta", before, dimensions or {})
        words = delta_said(before["delta"], self.unit)
        if before.get("relative") is None:
            return words
        self.keep(before["relative"], "relative", before, dimensions or {}, unit="ratio")
        return f"{words} ({percent(before['relative'])})"

    def quote(self, text: str) -> str:
        """Words of a tool, whose numbers are written down as they stand."""
        for number in NUMBER.findall(without_times(text)):
            self.keep(float(number.replace(",", "")), "count", {}, {}, unit="count") if number.count(".") < 2 else None
        return text

    def missing(self, part: Mapping[str, Any]) -> str:
        """Why there is no value, in words."""
        status = str(part.get("status", "ok"))
        if status == "not_enough_data" and part.get("needs") is not None:
            if isinstance(part["needs"], Mapping):
                lacking = (
                    f"{label(name)} {self.count(part.get(name) or 0, part)} of {self.count(least, part)} needed"
                    for name, least in part["needs"].items()
                )
                return f"not enough data ({', '.join(lacking)})"
            have = base_of(part) or 0
            return f"not enough data ({self.count(have, part, stat='n')} of {self.count(part['needs'], part)} needed)"
        return REASONS.get(status, status.replace("_", " "))


REASONS = {
    "not_enough_data": "not enough data",
    "no_denominator": "nothing to divide by: no events of the kind in this window",
    "no_coverage": "the source was not synced for this window",
    "not_configured": "a mapping is missing",
    "ok": "no value",
}


def base_of(part: Mapping[str, Any]) -> float | None:
    """How many things a value stands on."""
    base = part.get("denominator") if part.get("denominator") is not None else part.get("n")
    return base if isinstance(base, int | float) else None


def scope_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Filters of a result as dimensions; one value plain, several joined."""
    return {
        name: values[0] if isinstance(values, list) and len(values) == 1 else values
        for name, values in (document.get("filters") or {}).items()
    }


def without_times(text: str) -> str:
    """`text` without dates, instants, quarters and quoted names, whose digits are no figures."""
    return re.sub(
        r"`[^`]*`|\d{4}-\d{2}(?:-\d{2})?(?:T[\d:.]+Z?)?|\d{4}-[QHW]\d+|\b[Qq][1-4]\b|\bp\d{2}\b|\b[A-Z][A-Z0-9]+-\d+\b|#\d+", " ", text
    )


def label(name: str) -> str:
    """A member's name as people read it."""
    return name.replace("_", " ")
