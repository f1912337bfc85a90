"""Yes or no before a figure, where the question names a bound (“is our change fail rate below 15 %?”), and neither where it cannot be told."""

from agents.figures import Source
from agents.keyless.bounds import SIGNS, Bound, bounds_in, is_share_within
from agents.plan import Intent, Plan

_LEVELS = (("p50", 0.5), ("p75", 0.75), ("p85", 0.85), ("p90", 0.9))
_SHARES = frozenset({"ratio", "share", "shares"})


def verdict(source: Source, plan: Plan, question: str) -> str:
    """Yes or no with its reason, before the figure; empty where the question has no bound that fits the figure."""
    bounds, doc = bounds_in(question), source.document
    if not bounds or len(bounds) > 2 or plan.intent not in (Intent.VALUE, Intent.TREND, Intent.COMPARE) or doc.get("groups"):
        return ""
    if is_share_within(bounds) and source.unit in ("hours", "days"):
        return _of_a_share(source, bounds[0], bounds[1])
    if len(bounds) == 1 and _fits(source, bounds[0]):
        return _of_the_value(source, plan, bounds[0])
    return ""


def _fits(source: Source, bound: Bound) -> bool:
    if bound.unit == "hours":
        return source.unit in ("hours", "days")
    return (bound.unit == "%") == (source.unit in _SHARES) and source.unit not in ("hours", "days", "date")


def _in_hours(source: Source, value: float, bound: Bound) -> float:
    return value * 24 if bound.unit == "hours" and source.unit == "days" else value


def _of_the_value(source: Source, plan: Plan, bound: Bound) -> str:
    doc = source.document
    stats = doc.get("stats") or {}
    value = stats.get(plan.stat) if plan.stat and plan.stat != "value" and stats.get(plan.stat) is not None else doc.get("value")
    if not isinstance(value, int | float):
        return f"**Cannot be said:** {source.missing(doc)}." if value is None else ""
    holds = bound.holds(_in_hours(source, value, bound))
    if doc.get("lower_bound") and holds == (bound.sign in ("under", "most")):
        return f"**Cannot be said:** what is seen is only the least it can be, and {source.value(doc)} is not {_other(bound)} {bound.said}."
    words = f"{SIGNS[bound.sign]} {bound.said}"
    shown = source.value(doc, stat=plan.stat if value is stats.get(plan.stat or "") else None)
    rounded, just = (" (rounded)", "just ") if shown.split()[0] == bound.said.split()[0] else ("", "")
    return f"**{'Yes' if holds else 'No'}:** {shown}{rounded} is {'' if holds else 'not '}{just if holds else ''}{words}."


def _other(bound: Bound) -> str:
    return "above" if bound.sign in ("under", "most") else "below"


def _of_a_share(source: Source, share: Bound, within: Bound) -> str:
    """Whether so large a share keeps a duration, as far as the percentiles of the figure tell."""
    stats = source.document.get("stats") or {}
    known = [(name, level, stats[name]) for name, level in _LEVELS if stats.get(name) is not None]
    if not known:
        return f"**Cannot be said:** {source.missing(source.document)}."
    keeps = [(name, level) for name, level, value in known if within.holds(_in_hours(source, value, within))]
    below = within.sign in ("most", "under")
    reached = max((level for _, level in keeps), default=0.0) if below else 1 - min((level for _, level in keeps), default=1.0)
    others = [level for _, level, value in known if not within.holds(_in_hours(source, value, within))]
    limit = min(others, default=1.0) if below else 1 - max(others, default=0.0)
    told = f"{_between(source, reached, limit)} {SIGNS[within.sign]} {within.said}"
    sure, never = share.holds(reached) and share.holds(limit), not share.holds(reached) and not share.holds(limit)
    answer = "**Yes:**" if sure else "**No:**" if never else "**Cannot be said exactly:**"
    return f"{answer} {told}; asked is {SIGNS[share.sign]} {share.said}."


def _between(source: Source, least: float, most: float) -> str:
    """A share of the records as far as it is known."""
    low, high = (source.keep(level, "share", source.document, {}, unit="ratio") for level in (least, most))
    if least <= 0:
        return f"at most {high} are"
    return f"at least {low} are" if most >= 1 else f"{low} to {high} are"
