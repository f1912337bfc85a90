"""docs/metrics.md: every metric as it is declared."""

from collections.abc import Iterator

from servers.metrics.catalogue import CATALOGUE
from servers.metrics.metric import Band, Computed, Count, Metric, Percentile, Ratio, Shares, Spread, Total

FAMILIES = {
    "dora": "Delivery and reliability",
    "review": "Pull requests",
    "flow": "Issue flow",
    "sprint": "Sprints",
    "portfolio": "Portfolio",
    "signals": "Signals",
}
_DIRECTIONS = {"higher": "higher is better", "lower": "lower is better", "context": "neither direction is better"}


def metrics_page() -> str:
    """Contents, then one section per metric, by family."""
    lines = [
        "# Metrics",
        "",
        "Every number comes with its unit, window, n and warnings. A count is 0 only where its sources were synced; a ratio or percentile without data is",
        "unknown, not 0. Bands are published levels for context, not targets. No metric is cut by person.",
        "",
    ]
    for family, title in FAMILIES.items():
        metrics = [metric for metric in CATALOGUE.values() if metric.family == family]
        if metrics:
            lines += [f"**{title}:** {', '.join(f'[{metric.title}](#{metric.id})' for metric in metrics)}", ""]
    for family in FAMILIES:
        for metric in (metric for metric in CATALOGUE.values() if metric.family == family):
            lines += _section(metric)
    return "\n".join(lines)


def _section(metric: Metric) -> Iterator[str]:
    yield f"## `{metric.id}`"
    yield ""
    yield f"**{metric.title}.** {metric.question} {metric.doc}"
    yield ""
    for name, text in _facts(metric):
        yield f"- {name}: {text}"
    yield ""


def _facts(metric: Metric) -> Iterator[tuple[str, str]]:
    yield "Unit", f"{metric.unit}, {_aggregation(metric)}; {_DIRECTIONS[metric.better]}"
    yield "Enough data", _enough(metric)
    yield "Cut by", ", ".join(metric.dimensions)
    yield "Grains", ("as of now, or at the end of each " if metric.snapshot else "") + ", ".join(metric.grains)
    yield "Needs", ", ".join(need.replace("_", " ") for need in metric.needs)
    if metric.provisional_days:
        yield "Provisional", f"for {metric.provisional_days:g} days after a bucket ends"
    for band in metric.bands:
        yield f"Levels ({band.source})", _levels(band, metric.better)
    for name, values in metric.parameters.items():
        yield f"Variant `{name}`", ", ".join(_choice(metric, name, value) for value in values)
    for check in metric.trust:
        yield "Asks for", f"{check.bar:.0%} of {check.words}, from {check.least} on; else {check.remedy}".replace("%", " %")
    for name, text in (("Reference", metric.reference), ("Edges", metric.edges), ("Beware", metric.beware)):
        if text:
            yield name, text
    yield "Also called", ", ".join(metric.synonyms)


def _aggregation(metric: Metric) -> str:
    if isinstance(metric.measure, Computed):
        return f"{metric.measure.words}; computed by a function, the tool `{metric.measure.tool}` takes further arguments"
    kinds = {
        Count: "a count",
        Total: "a sum",
        Ratio: "sum over sum",
        Percentile: "the median, with p75, p85, p90 and mean",
        Shares: "shares that sum to 1",
        Spread: "over what each person carries, without names",
    }
    words = kinds[type(metric.measure)]
    return "count per week" if metric.measure == Count(per_week=True) else words


def _enough(metric: Metric) -> str:
    if isinstance(metric.measure, Spread):
        people = f", {metric.people.least} people" if metric.people else ""
        return f"{metric.min_den or 'metrics.min_den (10)'} {metric.measure.counted}{people}"
    if not metric.aggregated:
        return "see Edges"
    if isinstance(metric.measure, Percentile) or metric.min_n:
        return f"n of at least {metric.min_n or 'metrics.min_n (5)'}"
    if isinstance(metric.measure, Ratio | Shares):
        people = f", {metric.people.least} people" if metric.people else ""
        return f"denominator of at least {metric.min_den or 'metrics.min_den (10)'}{people}"
    return "any"


def _choice(metric: Metric, name: str, value: str) -> str:
    """A value of a variant with what it means."""
    words = metric.variant_words.get(f"{name}={value}")
    return f"{value} ({words})" if words else value


def _levels(band: Band, better: str) -> str:
    sign = "<" if better != "higher" else ">" if band.exclusive_best else "≥"
    signs = [sign, *(["<" if better != "higher" else "≥"] * len(band.levels))]
    shown = [
        f"{name} {signs[place]} {limit:.4g}" if limit is not None else f"{name} beyond" for place, (name, limit) in enumerate(band.levels)
    ]
    return f"{', '.join(shown)}; compared with {band.stat.replace('_', ' ')}"
