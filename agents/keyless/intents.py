"""Which shape of answer a reading asks for; the first rule that holds wins."""

import re

from agents.keyless import shape
from agents.keyless.reading import Reading
from agents.keyless.rules import SPRINT_METRICS
from agents.plan import Intent

FORECASTABLE = frozenset(
    {
        "throughput",
        "epic_progress",
        "wip",
        "milestone_on_time_rate",
        "net_flow",
        "sprint_velocity",
        "sprint_say_do",
        "work_item_age",
        "issue_cycle_time",
        "sprint_report",
    }
)
WHEN_WILL = re.compile(r"(?<!\w)when (?:will|are|is|do|does|can|could)(?!\w)")
FORECAST_WORD = re.compile(r"forecast|predict|prognose|previs")


def intent_of(reading: Reading, groups: list[str]) -> Intent:
    """The intent of a question that is neither refused nor a follow-up."""
    for intent, holds in CHOICES:
        if holds(reading, groups):
            return intent
    return Intent.VALUE


def is_meta(r: Reading, groups: list[str]) -> bool:
    """The question is about Pulse itself."""
    return bool(shape.META.search(r.text)) and not r.metrics


def is_status(r: Reading, groups: list[str]) -> bool:
    """The question is about the freshness of the data."""
    return bool(shape.ABOUT_DATA.search(r.text)) or (bool(shape.STATUS.search(r.text)) and not (set(r.metrics) - {"stale_pr_count"}))


def is_definition(r: Reading, groups: list[str]) -> bool:
    """A metric is to be explained, not measured."""
    if not r.metrics or r.periods or r.entities.filters:
        return False
    bare = (
        shape.BARE_WHAT_IS.match(r.text)
        and not shape.OURS.search(r.text.replace(" to me", ""))
        and not groups
        and not r.has("COUNT")
        and not shape.TREND.search(r.text)
    )
    return bool(shape.DEFINITION.search(r.text) or bare)


def is_explain(r: Reading, groups: list[str]) -> bool:
    """The records behind a number are wanted."""
    return bool(shape.EXPLAIN.search(r.text))


def is_anomaly(r: Reading, groups: list[str]) -> bool:
    """Signal or noise."""
    return bool(shape.ANOMALY.search(r.text))


def is_briefing(r: Reading, groups: list[str]) -> bool:
    """A summary over several metrics is wanted."""
    return bool(shape.BRIEFING.search(r.text)) and not (set(r.metrics) - {"kpi_scorecard"}) and not is_of_a_sprint(r, groups)


def is_dashboard(r: Reading, groups: list[str]) -> bool:
    """The DORA board is wanted."""
    named = set(r.metrics) - {"kpi_scorecard"}
    return (bool(shape.DASHBOARD.search(r.text)) or (r.has("DORA") and not shape.COMPARE.search(r.text))) and not named and not groups


def is_forecast(r: Reading, groups: list[str]) -> bool:
    """The future is asked for."""
    ahead = any(p.role in ("until", "future") for p in r.periods)
    if r.has("NEXTSPRINT") and not set(r.metrics) - FORECASTABLE:
        return True
    if set(r.metrics) - FORECASTABLE - (
        {"issue_lead_time"} if r.text.startswith(("when ", "by when ")) or WHEN_WILL.search(r.text) else set()
    ) and not FORECAST_WORD.search(r.text):
        return False
    return (
        (bool(shape.FORECAST.search(r.text)) or (ahead and r.has("COUNT")))
        and (not is_listing(r) or bool(WHEN_WILL.search(r.text)))
        and (ahead or all(p.role == "within" for p in r.periods))
        and not shape.RISK.search(r.text.replace("at risk of", ""))
    )


def is_risk(r: Reading, groups: list[str]) -> bool:
    """What could go wrong."""
    if "contributor_absence_factor" in r.metrics:
        return False
    return bool(shape.RISK.search(r.text)) or (
        r.has("SPRINT") and r.sprint in ("current", None) and not r.metrics and bool(WILL_IT.search(r.text))
    )


WILL_IT = re.compile(
    r"(?<!\w)(?:(?:going to|gonna|will|can|could|able to|likely to|about to) (?:[\w']+ ){0,4}?(?:make|finish|complete|reach|hit|meet|deliver|manage|close|succeed|fail|pull off|get)|on (?:track|course|target|schedule)|in good shape)(?!\w)"
)
"""Whether the running sprint will be made."""
HOW_IT_WENT = re.compile(
    r"(?<!\w)(?:what happened|how (?:did|was|has|is|went)|went|going|was (?:it|this|that|los)|review|recap|summary|good|bad|lief|laufen|gelaufen|verlaufen"
    r"|que paso|como (?:fue|foi|salio)|o que aconteceu|s.est (?:il )?passe|passe)(?!\w)"
)


def is_of_a_sprint(r: Reading, groups: list[str]) -> bool:
    """What became of a sprint is asked, and no figure of it."""
    return r.has("SPRINT") and not r.metrics and not groups and bool(r.sprint or HOW_IT_WENT.search(r.text)) and not is_listing(r)


def is_why(r: Reading, groups: list[str]) -> bool:
    """A cause or contribution is asked for."""
    return bool(shape.WHY.search(r.text)) or r.has("BOTTLENECK")


def is_listing(r: Reading) -> bool:
    """Records are wanted, not a number over them."""
    return bool(shape.LIST.search(r.text))


def is_list(r: Reading, groups: list[str]) -> bool:
    """Records of one kind are wanted."""
    if not is_listing(r) or r.has("COUNT") or (groups and r.metrics and shape.RANK.search(r.text)):
        return False
    if shape.CHART.search(r.text) and r.metrics:
        return False
    return (
        bool(r.concepts & {"PR", "DEPLOY", "TICKET", "REPO", "PROJECT", "BUG", "INCIDENT"})
        and not r.has("SHARE")
        and not shape.grain_of(r.text)
    )


def names_several(r: Reading) -> bool:
    """Whether two teams, or two of any other kind, are named."""
    kinds = [kind for kind, _ in r.entities.filters]
    return any(kinds.count(kind) > 1 for kind in kinds)


def is_compare(r: Reading, groups: list[str]) -> bool:
    """Two things are held against each other."""
    several = names_several(r)
    two_windows = len([p for p in r.periods if p.role in ("main", "before")]) > 1 or any(p.role in ("split", "year_ago") for p in r.periods)
    return (
        (bool(shape.COMPARE.search(r.text)) and (several or two_windows or bool(groups) or r.ai_split))
        or two_windows
        or (several and bool(shape.COMPARE.search(r.text)))
    )


def is_rank(r: Reading, groups: list[str]) -> bool:
    """Members are to be put in order."""
    return bool(groups) and bool(shape.RANK.search(r.text) or shape.SUPERLATIVES & set(r.words))


WENT_DOWN = re.compile(
    r"(?<!\w)(?:systems?|services?|sites?|apps?|websites?|production|platform) (?:\w+ )?(?:go|goes|went|gone) down(?!\w)"
)
"""A system that went down failed; no figure did."""


def is_trend(r: Reading, groups: list[str]) -> bool:
    """A course over time is wanted."""
    grain = shape.grain_of(r.text)
    text = WENT_DOWN.sub("failed", r.text)
    plotted = bool(shape.CHART.search(r.text)) and not groups
    return bool(shape.TREND.search(text)) or grain is not None or plotted or r.has("FASTER") or r.has("NETFLOW") or r.has("BACKLOG", "GROW")


def is_breakdown(r: Reading, groups: list[str]) -> bool:
    """A whole is to be split into parts."""
    return bool(groups) or r.has("PHASE")


def is_inside(r: Reading, groups: list[str]) -> bool:
    """Who moved within the window."""
    return bool(groups) and bool(shape.INSIDE.search(r.text))


def not_sprint_series(r: Reading) -> bool:
    """Sprint metrics have no weeks."""
    return not set(r.metrics) & SPRINT_METRICS


CHOICES = (
    (Intent.EXPLAIN, is_explain),
    (Intent.STATUS, is_status),
    (Intent.META, is_meta),
    (Intent.DEFINITION, is_definition),
    (Intent.ANOMALY, is_anomaly),
    (Intent.BRIEFING, is_briefing),
    (Intent.DASHBOARD, is_dashboard),
    (Intent.FORECAST, is_forecast),
    (Intent.RISK, is_risk),
    (Intent.VALUE, is_of_a_sprint),
    (Intent.WHY, is_why),
    (Intent.LIST, is_list),
    (Intent.TREND, is_inside),
    (Intent.RANK, is_rank),
    (Intent.COMPARE, is_compare),
    (Intent.TREND, is_trend),
    (Intent.BREAKDOWN, is_breakdown),
)
