"""What a fault may cost at most, what it cost, and both beside each other."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Bar:
    """The bar of one fault; `better` says on which side of `bound` the figure must lie."""

    row: str
    """Which fault: `A1` … `A14` for ingestion, `B1` … `B5` for manners, `H8` and `H9` for webhooks."""
    what: str
    bound: float
    unit: str = ""
    better: Literal["lower", "higher"] = "lower"


@dataclass(frozen=True)
class Figure:
    """A figure beside its bar."""

    bar: Bar
    value: float
    note: str = ""

    @property
    def reached(self) -> bool:
        """Whether the bar is kept."""
        return self.value <= self.bar.bound if self.bar.better == "lower" else self.value >= self.bar.bound

    def __str__(self) -> str:
        sign = "≤" if self.bar.better == "lower" else "≥"
        mark = "ok  " if self.reached else "MISS"
        bound = f"{sign} {self.bar.bound:,g} {self.bar.unit}"
        return f"{mark} {self.bar.row:<4}{self.bar.what:<72}{self.value:>10,.5g}   {bound:<16} {self.note}".rstrip()
