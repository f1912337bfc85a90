"""What a change is made of: an exact division of the difference between two periods into mix, size, groups and stages.

The value of a metric is seen as a function of three things: which share of the entities each group has (mix), how large the entities of each group are
(size), and what happens in each group, given both. Each is switched from the earlier to the later period; the parts are Shapley values over all orders
of switching, so they add up to the difference whatever the order, and what does not change gets nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import comb

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
MAX_GROUPS = 8
"""More groups than this are put under `(other)`: every subset of the groups is valued."""


@dataclass(frozen=True)
class Cell:
    """The entities of one group and size in one period: how many there are (or their denominator), and their values or their numerator."""

    group: str
    size: str
    period: int
    """0 earlier, 1 later."""
    weight: float
    values: Sequence[float] = ()
    amount: float = 0.0


@dataclass(frozen=True)
class Side:
    """One group in one period: its own value, and how that is made up of stages."""

    value: float
    weight: float
    stages: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Parts:
    """Contributions that add up: `mix` and `size` (None where there is only one group or size), one per group, and those of the groups per stage."""

    mix: float | None
    size: float | None
    groups: Mapping[str, float]
    stages: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def shapley(count: int, value: Callable[[Sequence[bool]], float]) -> list[float]:
    """The share of each of `count` switches in `value(all on)` - `value(all off)`, averaged over every order of switching."""
    masks = range(1 << count)
    values = [value([bool(mask >> place & 1) for place in range(count)]) for mask in masks]
    shares = []
    for place in range(count):
        off = [mask for mask in masks if not mask >> place & 1]
        weights = [1 / (count * comb(count - 1, mask.bit_count())) for mask in off]
        shares.append(sum(weight * (values[mask | 1 << place] - values[mask]) for weight, mask in zip(weights, off, strict=True)))
    return shares


def median(values: Numbers, weights: Numbers) -> float:
    """The weighted median; with equal weights the one of R-7, which PostgreSQL computes. `values` ascend.

    Equal values stand in the order of their weights, so that it does not matter whose they are.
    """
    held = weights > 0
    kept, share = values[held], weights[held] / weights[held].sum()
    if len(kept) == 1:
        return float(kept[0])
    share = share[np.lexsort((share, kept))]
    places = (np.cumsum(share) - share) / (1 - share)
    return float(np.interp(0.5, places, kept))


class _Cells:
    """Shares and contents of every group and size in both periods; what is missing in one period is taken as in the other."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.groups = sorted({cell.group for cell in cells})
        self.sizes = sorted({cell.size for cell in cells})
        self.found = {(cell.period, cell.group, cell.size): cell for cell in cells if cell.weight > 0}
        shape = (2, len(self.groups), len(self.sizes))
        counts = [self.found[place].weight if place in self.found else 0.0 for place in product((0, 1), self.groups, self.sizes)]
        weights = np.array(counts, dtype=np.float64).reshape(shape)
        self.mix = weights.sum(axis=2) / weights.sum(axis=(1, 2))[:, None]
        totals = weights.sum(axis=2)[:, :, None]
        within = np.divide(weights, totals, out=np.zeros_like(weights), where=totals > 0)
        self.within = np.where(totals > 0, within, within[::-1])
        self.values, self.owners = self._points()
        self.rates = np.array([self._rate(*place) for place in product((0, 1), self.groups, self.sizes)]).reshape(shape)

    def source(self, period: int, group: str, size: str) -> Cell | None:
        """The cell of a period, else the one of the other period."""
        return self.found.get((period, group, size)) or self.found.get((1 - period, group, size))

    def _points(self) -> tuple[Numbers, NDArray[np.intp]]:
        """All values of both periods in order, each with the place of its cell."""
        values, owners = [], []
        for place, (period, group, size) in enumerate(product((0, 1), self.groups, self.sizes)):
            cell = self.source(period, group, size)
            points = cell.values if cell is not None else ()
            values += list(points)
            owners += [place] * len(points)
        order = np.argsort(np.array(values, dtype=np.float64), kind="stable")
        return np.array(values, dtype=np.float64)[order], np.array(owners, dtype=np.intp)[order]

    def weights(self, mix: bool, size: bool, later: Sequence[bool]) -> Numbers:
        """Weight of each period, group and size when the mix, the sizes and the groups' contents are of the later period or not."""
        place = self.mix[int(mix)][:, None] * self.within[int(size)]
        chosen = np.array(later, dtype=np.float64)[:, None]
        return np.stack([place * (1 - chosen), place * chosen])

    def median(self, weights: Numbers) -> float:
        """The median with these weights."""
        flat = weights.reshape(-1)
        counts = np.bincount(self.owners, minlength=len(flat))
        return median(self.values, flat[self.owners] / counts[self.owners])

    def ratio(self, weights: Numbers) -> float:
        """Numerator over denominator with these weights."""
        return float((weights * self.rates).sum())

    def _rate(self, period: int, group: str, size: str) -> float:
        cell = self.source(period, group, size)
        return cell.amount / cell.weight if cell is not None else 0.0


def decompose(cells: Sequence[Cell], sides: Mapping[str, tuple[Side | None, Side | None]], delta: float, *, medians: bool) -> Parts:
    """The parts of a change of a median or of a ratio; both periods have entities. They add up to `delta`."""
    table = _Cells(cells)
    has_mix, has_size = len(table.groups) > 1, len(table.sizes) > 1
    leading = int(has_mix) + int(has_size)

    def value(switches: Sequence[bool]) -> float:
        mix = switches[0] if has_mix else True
        size = switches[leading - 1] if has_size else True
        weights = table.weights(mix, size, switches[leading:])
        return table.median(weights) if medians else table.ratio(weights)

    shares = adding_up(shapley(leading + len(table.groups), value), delta)
    groups = dict(zip(table.groups, shares[leading:], strict=True))
    return Parts(
        mix=shares[0] if has_mix else None,
        size=shares[leading - 1] if has_size else None,
        groups=groups,
        stages={name: by_stage(part, *sides.get(name, (None, None)), _share(table, name)) for name, part in groups.items()},
    )


def _share(table: _Cells, group: str) -> float:
    """The mean share of a group over both periods."""
    place = table.groups.index(group)
    return float(table.mix[:, place].mean())


def adding_up(parts: Sequence[float], whole: float) -> list[float]:
    """`parts` made to add up to `whole`: what is missing is laid on them by their size, so that what is nothing stays nothing."""
    missing, size = whole - sum(parts), sum(abs(part) for part in parts)
    if size == 0:
        return [missing / len(parts) for _ in parts] if parts else []
    return [part + missing * abs(part) / size for part in parts]


def by_stage(part: float, before: Side | None, after: Side | None, share: float) -> dict[str, float]:
    """A group's part divided over its stages, by how much each moved; a group that was there in one period only has no stages to compare."""
    if before is None or after is None or not after.stages or not before.stages:
        return {}
    names = list(dict.fromkeys([*before.stages, *after.stages]))
    moved = [share * (after.stages.get(name, 0.0) - before.stages.get(name, 0.0)) for name in names]
    return dict(zip(names, adding_up(moved, part), strict=True))
