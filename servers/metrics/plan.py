"""From a question to a plan: every word resolved, nothing left to guess."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from servers.metrics.buckets import Bucket, Grain, buckets, default_grain
from servers.metrics.coverage import Coverage
from servers.metrics.lookback import looking_back
from servers.metrics.metric import Metric, Shares
from servers.metrics.names import KINDS, Names
from servers.metrics.periods import Period, comparison_window, period_of_window, resolve_period
from servers.metrics.question import Question
from servers.metrics.working_time import WorkingCalendar, calendar_of
from store.clock import Window, now, zone
from store.errors import InvalidQuestion
from store.settings import Settings

ALIASES = {
    "repository": "repo", "repositories": "repo", "squad": "team", "env": "environment", "type": "issue_type", "class": "work_class",
    "work_type": "work_class", "labels": "label", "components": "component", "branch": "base_branch", "ai": "ai_level", "size": "size_bucket",
    "owner": "owner_team", "project_key": "project",
}  # fmt: skip
"""Other words for dimensions."""
MAX_DIMENSIONS = 2
PEOPLE = frozenset({"person", "people", "author", "user", "assignee", "engineer", "developer", "reviewer"})


class WrongQuestion(InvalidQuestion):
    """The question asks for something that this metric does not offer; the message says what it does."""


@dataclass(frozen=True)
class Filter:
    """The members to keep of one dimension: as asked (`shown`), and every stored key that stands for each of them."""

    dimension: str
    shown: tuple[str, ...]
    keys: tuple[str, ...]
    stands_for: Mapping[str, str] = field(default_factory=dict)
    """Stored key to the member as asked: a child team to the parent that was named."""
    notes: tuple[str, ...] = ()
    """Which spellings were read as which name."""
    exact: bool = True
    """Whether keys are compared as they are, or folded."""


@dataclass(frozen=True)
class Plan:
    """A question with every word resolved."""

    metric: Metric
    period: Period
    compare: Window | None
    grain: Grain
    buckets: tuple[Bucket, ...]
    dimensions: tuple[str, ...]
    filters: tuple[Filter, ...]
    as_of: datetime
    tz: str
    clock: str
    calendar: WorkingCalendar
    include_bots: bool
    min_n: int
    min_den: int
    band_set: str
    params: Mapping[str, Any]
    variants: bool = False
    revision: int | None = None
    """The version of the data that is read."""
    looked_up: int | None = None
    """Where the facts have to be looked up in what they were; None where they stand."""

    def seen(self, sql: str) -> str:
        """The statement over the facts as they were known."""
        return looking_back(sql, self.looked_up)

    @property
    def window(self) -> Window:
        """The window asked for."""
        return self.period.window

    @property
    def known_end(self) -> datetime:
        """The end of the window, or as_of if that comes first: rows later than now are not read."""
        return max(self.window.start, min(self.window.end, self.as_of))

    def filter_on(self, dimension: str) -> Filter | None:
        """The filter on a dimension, if any."""
        return next((found for found in self.filters if found.dimension == dimension), None)


def make_plan(settings: Settings, metric: Metric, question: Question, names: Names, coverage: Coverage) -> Plan:
    """Resolve the words of a question.

    Raises:
        PulseError: something in it is unknown or not offered; the message lists what is.
    """
    moment = question.as_of or now(settings)
    as_of = question.as_of or coverage.known_until(metric.needs, moment)
    tz = question.tz or (question.window.tz if question.window else None) or settings.timezone
    zone(tz)
    fiscal = settings.pulse.org.fiscal_year_start_month
    standing = metric.snapshot is not None and question.period is None and question.window is None and question.grain is None
    period = _period(question, moment, tz, fiscal)
    compare = question.compare_window or comparison_window(period, question.compare)
    if standing:  # a state needs no window: it is as of now
        period = period_of_window(Window(as_of, as_of, tz), now=moment)
    grain = _grain(metric, question, period.window)
    house = settings.pulse.metrics
    return Plan(
        metric=metric,
        period=period,
        compare=compare,
        grain=grain,
        buckets=tuple(buckets(period.window, grain, tz, fiscal)),
        dimensions=_dimensions(metric, question.group_by),
        filters=tuple(_filters(metric, question.filters, names)),
        as_of=as_of,
        tz=tz,
        clock=_clock(metric, question, settings),
        calendar=question.params.get("calendar") or calendar_of(settings.pulse.org.working_hours, tz, settings.pulse.org.holidays),
        include_bots=bool(question.params.get("include_bots", house.include_bots))
        or "author_type" in question.filters
        or question.params.get("bots") == "in",
        min_n=int(question.params.get("min_n") or metric.min_n or house.min_n),
        min_den=int(question.params.get("min_den") or metric.min_den or house.min_den),
        band_set=str(question.params.get("band_set") or house.band_set),
        params=_parameters(metric, question.params) | {"stale_days": question.params.get("stale_days", house.stale_days)},
        variants=question.variants,
    )


def _period(question: Question, moment: datetime, tz: str, fiscal: int) -> Period:
    if question.window is not None:
        return period_of_window(Window(question.window.start, question.window.end, tz), now=moment, fiscal_year_start_month=fiscal)
    return resolve_period(question.period, now=moment, tz=tz, fiscal_year_start_month=fiscal)


def _grain(metric: Metric, question: Question, window: Window) -> Grain:
    if question.grain is None and "sprint" in question.filters and "sprint" in metric.grains:
        return "sprint"
    if question.grain is None:
        return "total" if question.group_by else default_grain(window, metric.grains)
    if question.grain != "total" and question.grain not in metric.grains:
        raise WrongQuestion(f"{metric.id} is not given by {question.grain}; its grains are {', '.join(metric.grains)}.")
    return question.grain


def _clock(metric: Metric, question: Question, settings: Settings) -> str:
    wished = question.clock or (settings.pulse.metrics.clock if metric.clock else "calendar")
    if wished not in ("calendar", "business"):
        raise WrongQuestion(f"The clock {wished!r} is unknown; it is calendar or business.")
    if wished == "business" and not metric.clock:
        raise WrongQuestion(f"{metric.id} is always counted by the calendar clock.")
    return wished


def _parameters(metric: Metric, given: Mapping[str, Any]) -> dict[str, Any]:
    """The chosen variant of each parameter of the metric, and everything else as given."""
    chosen = dict(given)
    for name, variants in metric.variants.items():
        value = str(given.get(name, next(iter(variants)))).lower()
        if value not in variants:
            raise WrongQuestion(f"{metric.id}: {name} is one of {', '.join(variants)}, not {value}.")
        chosen[name] = value
    return chosen


def split_rules(metric: Metric, filters: Mapping[str, str | Sequence[str]]) -> tuple[dict[str, str | Sequence[str]], dict[str, str]]:
    """Filters on dimensions, and apart from them the rules of the definition that were chosen in the same place, such as `start`."""
    rules = {name: str(value) for name, value in filters.items() if name in metric.variants and name not in metric.dimensions}
    return {name: value for name, value in filters.items() if name not in rules}, rules


def dimension_of(word: str) -> str:
    """The dimension that a word stands for, whether or not a metric has it."""
    folded_word = word.strip().lower().replace("-", "_").replace(" ", "_")
    return ALIASES.get(folded_word, folded_word)


def known_dimension(metric: Metric, word: str) -> str:
    """The dimension that a word names.

    Raises:
        WrongQuestion: the metric does not have it.
    """
    name = dimension_of(word)
    if name in PEOPLE:
        raise WrongQuestion("No metric is cut by person; ask for a team, service, repository or another dimension.")
    if name not in metric.dimensions:
        raise WrongQuestion(f"{metric.id} has no dimension {word!r}; it has {', '.join(metric.dimensions)}.")
    return name


def _dimensions(metric: Metric, group_by: Sequence[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(known_dimension(metric, word) for word in group_by))
    if len(found) > MAX_DIMENSIONS:
        raise WrongQuestion("At most two dimensions can be combined; drop one of them.")
    return found


def _filters(metric: Metric, given: Mapping[str, str | Sequence[str]], names: Names) -> list[Filter]:
    found = []
    for word, members in given.items():
        values = [members] if isinstance(members, str) else list(members)
        dimension, values = _translated(metric, word, values, names)
        found.append(_filter(dimension, values, names))
    return found


def _translated(metric: Metric, word: str, values: list[str], names: Names) -> tuple[str, list[str]]:
    """A project stands for its team, a repository for its service and the other way round, where the metric only knows one of them."""
    name = dimension_of(word)
    if name in metric.dimensions or name not in KINDS:
        return known_dimension(metric, word), values
    keys = [names.find(KINDS[name], value).key for value in values]
    if name == "project" and "team" in metric.dimensions and (teams := names.teams_of(keys)):
        return "team", teams
    if name == "repo" and "service" in metric.dimensions and (services := names.services_of(keys)):
        return "service", services
    if name == "service" and "repo" in metric.dimensions:
        return "repo", [repo for key in keys for repo in names.find("service", key).related]
    return known_dimension(metric, word), values


def _filter(dimension: str, values: Sequence[str], names: Names) -> Filter:
    if dimension not in KINDS:
        return Filter(dimension, tuple(values), tuple(values), exact=False)
    kind = KINDS[dimension]
    keys = [value if value.startswith("(") else names.find(kind, value).key for value in values]
    stands_for = {member: key for key in reversed(keys) for member in (names.family(key) if kind == "team" else [key])}
    notes = tuple(
        f"{value!r} is read as {key}"
        for value, key in zip(values, keys, strict=True)
        if not value.startswith("(") and not names.exact(kind, value)
    )
    return Filter(dimension, tuple(keys), tuple(stands_for), stands_for, notes)


def own_column(plan: Plan) -> str | None:
    """The dimension over which a metric of shares divides; filters and groups on it choose members and never remove rows."""
    measure = plan.metric.measure
    if not isinstance(measure, Shares):
        return None
    asked = (*plan.dimensions, *(found.dimension for found in plan.filters))
    return next((name for name in asked if name in measure.also), measure.dimension)
