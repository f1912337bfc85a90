"""Better or worse? One rule for every comparison of two values."""

from collections.abc import Mapping

CLEAR_CHANGE = 0.1
"""A difference of a tenth of the earlier value is worth a word."""
_WORDS: Mapping[str, tuple[str, str]] = {"higher": ("better", "worse"), "lower": ("worse", "better"), "context": ("changed", "changed")}
"""Per direction: what a rise and what a fall is."""


def relative_change(current: float | None, previous: float | None) -> float | None:
    """The difference as a share of the earlier value; None without both or when the earlier one is 0."""
    if current is None or previous is None or previous == 0:
        return None
    return (current - previous) / abs(previous)


def verdict(current: float | None, previous: float | None, better: str, *, xmr_signal: bool = False) -> str:
    """better, worse, changed, no clear change or not enough data.

    A difference counts when it is at least a tenth of the earlier value, or when the series signals (`xmr_signal`).
    """
    if current is None or previous is None:
        return "not enough data"
    relative = relative_change(current, previous)
    clear = xmr_signal or (relative is not None and abs(relative) >= CLEAR_CHANGE)
    if not clear or current == previous:
        return "no clear change"
    return _WORDS[better][0 if current > previous else 1]
