"""What a metric is: a frozen declaration from which the engine compiles SQL and the documentation is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from servers.metrics.facts import Fact

Better = Literal["higher", "lower", "context"]
Family = Literal["dora", "review", "flow", "sprint", "portfolio", "signals"]
Source = Literal["deployments", "incidents", "pull_requests", "issues"]
ANY = ("day", "week", "month", "quarter", "total")
WEEK_UP = ("week", "month", "quarter", "total")
MONTH_UP = ("month", "quarter", "total")
SPRINT_AND_LONGER = ("sprint", "month", "quarter", "total")
LIST_LIMIT = 100
"""Ids in one list of a result; the rest is found by tracing the figure."""
SNAP = ANY
"""Snapshot metrics: the state at the end of each bucket."""


@dataclass(frozen=True)
class Count:
    """How many entities; `per_week` divides the value (not the series) by the weeks of the window."""

    per_week: bool = False


@dataclass(frozen=True)
class Total:
    """The sum of an SQL expression over the entities."""

    expression: str


@dataclass(frozen=True)
class Ratio:
    """Σ numerator ÷ Σ denominator; each is an SQL condition that is counted, or with `sums` an expression that is summed."""

    numerator: str
    denominator: str = "true"
    sums: bool = False


@dataclass(frozen=True)
class Percentile:
    """The median of an SQL expression, with p75, p85, p90, mean, max and n beside it; null values stay out of n."""

    expression: str
    mean: bool = False
    """Whether the value is the mean instead: medians of 1, 2 or 3 say little."""


@dataclass(frozen=True)
class Shares:
    """How the entities divide over the members of one column; the shares sum to 1.

    With a `weight` each counts for so much instead of 1, and `total` and `parts` name the sums in the result. Cut by or filtered on one of the
    dimensions in `also`, the shares are those of its members instead.
    """

    column: str
    dimension: str
    members: tuple[str, ...]
    weight: str = "1"
    total: str = ""
    parts: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spread:
    """How evenly something is spread over people: distinct values of `entity` per `person`, judged by a function of `servers.metrics.spread`.

    `counted` and `members` name the number of entities and of people in the result; who they are is never part of it.
    """

    person: str
    entity: str
    by: Literal["gini", "absence_factor"]
    counted: str
    members: str
    apart: bool = False
    """Whether each row is an entity of its own, so that none has to be told from another."""


@dataclass(frozen=True)
class Computed:
    """What no aggregate can say: a function reads small results of the store and decides.

    `by` names it as `module:function`; it is called with the open connection, settings, plan and coverage and gives the members of the result.
    `words` say in the documentation what the value is; `tool` is the tool that answers the same question with arguments of its own.
    """

    by: str
    words: str
    tool: str


Measure = Count | Total | Ratio | Percentile | Shares | Spread | Computed


@dataclass(frozen=True)
class Spans:
    """The stages of a duration, one after the other: where it begins, and the name and SQL instant of each end (null: the stage took no time).

    The last end is the end of the duration; `join` brings in what the fact lacks, under aliases of its own.
    """

    start: str
    ends: tuple[tuple[str, str], ...]
    join: str = ""


@dataclass(frozen=True)
class Splits:
    """What a figure divides into: SQL amounts that add up to the measured expression, or conditions of which one holds for all that is counted."""

    parts: tuple[tuple[str, str], ...]
    rest: str = ""
    """Name of what no part takes."""


@dataclass(frozen=True)
class Snapshot:
    """State instead of events: a row is in the state at instant T while `since` <= T < `until` (until null: still)."""

    since: str
    until: str


@dataclass(frozen=True)
class Standard:
    """What is usual: a percentile of `expression` over the `days` before a window, seen as `{standard}`; null with fewer than `least` entities."""

    expression: str
    percentile: float
    days: int
    least: int


@dataclass(frozen=True)
class Otherwise:
    """The metric that stands in while an aside (`condition`) holds, what the measure is then based on, and the sentence to say."""

    metric: str
    condition: str
    basis: str
    warning: str


@dataclass(frozen=True)
class People:
    """The people guard: how people work is only told of a group of at least `least`; `column` is the person of a row."""

    column: str
    least: int


@dataclass(frozen=True)
class Band:
    """Published levels, best first: (name, limit). A value belongs to the first level whose limit it keeps; the last one has no limit."""

    band_set: str
    source: str
    levels: tuple[tuple[str, float | None], ...]
    stat: str = "value"
    """Which statistic is compared: value, p75 or mean."""
    default: bool = True
    """Whether it is shown when the configured band set has no levels for this metric."""
    exclusive_best: bool = False
    """Whether the best level begins above its limit, not at it."""


@dataclass(frozen=True)
class Check:
    """How much of what a metric rests on is really known: the share of the rows of the window for which `have` holds.

    Below `bar` (from `least` rows on) there is not enough evidence; with `refuses` no value is given, else it is warned of. `remedy` says what to do.
    """

    code: str
    rows: str
    at: str
    have: str
    words: str
    remedy: str
    of: str = "true"
    bar: float = 0.5
    least: int = 10
    refuses: bool = True


@dataclass(frozen=True)
class Metric:
    """One metric: what it asks, what is counted, when, in which unit, and what to beware of.

    SQL fragments see the fact's columns under the alias `f`, for snapshots also the instant `f._at`, and the parameters of `servers.metrics.compile`.
    """

    id: str
    title: str
    question: str
    doc: str
    family: Family
    fact: Fact
    at: str
    measure: Measure
    unit: str
    better: Better
    dimensions: tuple[str, ...]
    grains: tuple[str, ...]
    where: str = "true"
    snapshot: Snapshot | None = None
    needs: tuple[Source, ...] = ()
    min_n: int | None = None
    min_den: int | None = None
    people: People | None = None
    standard: Standard | None = None
    otherwise: Otherwise | None = None
    provisional_days: float = 0
    bands: tuple[Band, ...] = ()
    reference: str = ""
    """A published number to quote where there are no bands."""
    clock: bool = False
    """Whether `clock: business` may be asked for; the measure then is written with `elapsed(a, b)`."""
    extras: Mapping[str, str] = field(default_factory=dict)
    """Further aggregates by name, each an SQL aggregate over the rows of the window; given for the total and each group."""
    parts: tuple[str, ...] = ()
    """Extras that each bucket of a series carries too, for charts of what a number is made of."""
    asides: Mapping[str, str] = field(default_factory=dict)
    """Further scalars by name: selects from `{rows}` (the whole selection), `{window}` (its part in the window) or `{rows:fact}` (another fact)."""
    lists: Mapping[str, str] = field(default_factory=dict)
    """Lists of ids by name: an SQL condition on rows of the window; at most `LIST_LIMIT` are given."""
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Other defensible rules: parameter to value to the SQL that replaces `{parameter}`; the first value is the default."""
    variant_words: Mapping[str, str] = field(default_factory=dict)
    """What a rule means, by `parameter=value`; those with words are computed beside the value, to show how far it depends on the rule."""
    trust: tuple[Check, ...] = ()
    warns: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Warnings by code: an SQL condition written as an aside, and the sentence to say when it holds."""
    stages: Spans | Splits | None = None
    """What its value is made of, for explaining a change."""
    configured: tuple[str, str] | None = None
    """An aside that must hold, and the setting to name when it does not (status not_configured)."""
    chart: str = "line"
    """How it is drawn first of all."""
    charts: tuple[str, ...] = ()
    """Further charts that show it; each is taken where the ones before cannot be drawn, and whenever it is asked for."""
    phase_of: str = ""
    """The metric whose duration it is a phase of; charts of phases show all of them."""
    drawn_by: str = ""
    """The dimension by which the bars of its chart are divided."""
    drawn_beside: str = ""
    """The metric that its chart shows beside it."""
    expected: tuple[float, str] | None = None
    """A value to be seen as a line in its chart, and what it is."""
    usual_cut: str = ""
    """The dimension by which it is told where none is named."""
    lower_bound: str = ""
    """Why the value is only the least that it can be; empty where it is exact."""
    is_size: bool = False
    """Whether it measures how large the work is: larger work is then its change, not a cause of it."""
    flattering_rise: bool = False
    """Whether a rise is easily taken for an improvement, though neither direction is better."""
    alarms: tuple[str, ...] = ()
    """What can make it look better without the work getting better (`servers.metrics.gaming`)."""
    edges: str = ""
    beware: str = ""
    synonyms: tuple[str, ...] = ()
    after: Callable[[Any, Any], None] | None = None
    """Called with the plan and the result, for what only this metric adds (words, per working day)."""
    beside: str = ""
    """`module:function` for what no aggregate can say beside the value: called with the open connection, settings and plan, it gives further members."""
    definition_version: int = 1

    @property
    def parameters(self) -> dict[str, list[str]]:
        """What may be varied, with the values it may take; the first is the default."""
        return {name: list(values) for name, values in self.variants.items()}

    @property
    def higher_is_better(self) -> bool | None:
        """None when neither direction is better."""
        return None if self.better == "context" else self.better == "higher"

    @property
    def aggregated(self) -> bool:
        """Whether the engine compiles it: it then has records to trace, any grain and comparisons."""
        return not isinstance(self.measure, Computed)
