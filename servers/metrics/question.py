"""A question to a metric, as the engine takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from servers.metrics.buckets import Grain
from store.clock import Window


@dataclass(frozen=True)
class Question:
    """Which metric, over which window, cut, filtered and compared how.

    `period` is a period word, `window` explicit bounds (it wins); without either the last 90 days. `compare`: previous, to_date, year_ago, none
    or a period word; `compare_window` explicit bounds (it wins). `filters`: dimension to a value or values.
    `params`: a variant of the definition, such as `start`.
    """

    metric: str
    period: str | None = None
    window: Window | None = None
    grain: Grain | None = None
    group_by: Sequence[str] = ()
    filters: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    compare: str | None = None
    compare_window: Window | None = None
    as_of: datetime | None = None
    tz: str | None = None
    clock: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    explain: bool = False
    revision: int | None = None
    """The version of the data to answer from; without it the newest, or with `as_of` the one of that moment."""
    both_clocks: bool = False
    """With `as_of`: also say what is known now, and which records changed in between."""
    variants: bool = False
    """Also compute the value under the other defensible rules of the definition."""
