"""The catalogue is the one source of what Pulse can measure."""

from pathlib import Path

import pytest

from servers.charts.catalogue import CHARTS
from servers.metrics.catalogue import CATALOGUE, UnknownMetric, metric_named
from servers.metrics.gaming import ALARMS, RELABELLED
from servers.metrics.metric import Metric
from servers.metrics.plan import PEOPLE
from store.config import folded

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"
METRICS = list(CATALOGUE.values())


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_a_metric_says_what_it_is(metric: Metric) -> None:
    """Question, definition, edges, caveat, words people use and a chart that exists; dimensions its fact has, none of them a person."""
    assert metric.question.endswith("?")
    assert all((metric.doc, metric.edges, metric.beware, metric.needs, metric.dimensions, metric.grains))
    assert len(metric.synonyms) >= 5
    assert metric.chart in CHARTS
    assert set(metric.dimensions) <= set(metric.fact.dimensions)
    assert not PEOPLE & set(metric.dimensions)
    assert metric.usual_cut in ("", *metric.dimensions)


def test_every_alarm_that_a_metric_names_can_be_raised_for_it() -> None:
    """It exists, knows the records that the metric counts, and the metric can look better at all."""
    marks = {alarm.name: set(alarm.marked) for alarm in ALARMS} | {RELABELLED: {"incident", "deployment"}}
    named = [(metric, name) for metric in METRICS for name in metric.alarms]
    assert {name for _, name in named} == set(marks)
    assert [metric.id for metric, name in named if metric.fact.name not in marks[name]] == []
    assert [metric.id for metric, _ in named if metric.better == "context" and not metric.flattering_rise] == []


def test_every_metric_is_documented() -> None:
    """docs/metrics.md is generated from the declarations."""
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in CATALOGUE if f"## `{name}`" not in page] == []


def test_no_metric_claims_its_own_word_twice() -> None:
    """Within one metric the synonyms differ; between metrics only words that are ambiguous in speech are shared."""
    shared = {"cycletime", "mttr", "leadtime"}
    seen: dict[str, str] = {}
    for metric in METRICS:
        words = [folded(word) for word in metric.synonyms]
        assert len(words) == len(set(words)), metric.id
        assert {word: seen[word] for word in words if word in seen and word not in shared} == {}
        seen |= dict.fromkeys(words, metric.id)


def test_an_unknown_metric_is_refused_with_the_known_ones() -> None:
    """The message lists what there is."""
    with pytest.raises(UnknownMetric, match="change_fail_rate"):
        metric_named("happiness")
