"""How numbers of a result become words."""

import pytest

from agents.compose.metric import since_then
from agents.figures import Book, Source


@pytest.mark.parametrize(
    ("value", "stats", "said", "stat"),
    [
        (41.2, {"p50": 41.2, "mean": 60.0}, "41.2 h", "p50"),
        (1.33, {"p50": 1.0, "mean": 1.33}, "1.3 h", "mean"),
        (5.0, {"p50": 5.0, "mean": 5.0}, "5 h", "p50"),
        (7.0, {"count": 7}, "7 h", "value"),
    ],
)
def test_the_number_that_is_said_is_the_value(value: float, stats: dict[str, float], said: str, stat: str) -> None:
    """A metric whose value is a mean is never said with its median, and what is written down says which it is."""
    source = Source({"metric": "m", "unit": "hours", "value": value, "stats": stats}, "e1", Book())
    assert (source.value(source.document), source.main_stat(source.document)) == (said, stat)
    assert [(figure["value"], figure["stat"]) for figure in source.book.figures] == [(value, stat)]


def test_a_group_is_said_by_the_statistic_of_the_whole() -> None:
    """Where median and mean of a group happen to be equal it is still the mean, as in the line above it."""
    document = {"metric": "m", "unit": "rounds", "value": 1.33, "stats": {"p50": 1.0, "mean": 1.33}}
    group = {"value": 1.0, "stats": {"p50": 1.0, "mean": 1.0}}
    source = Source(document, "e1", Book())
    assert (source.value(group), source.main_stat(group)) == ("1 round", "mean")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (None, ""),
        ({"value": 0.1, "n": 20, "changed": 0}, "This is what was known on 2026-10-02 00:00, and nothing about it was learnt since."),
        (
            {"value": 0.15, "numerator": 3, "denominator": 20, "changed": 1},
            "This is what was known on 2026-10-02 00:00; as known now it is 15.0 % (3 of 20), 1 record differs.",
        ),
        (
            {"value": None, "status": "no_coverage", "changed": 2},
            "This is what was known on 2026-10-02 00:00; now there is no value, the source was not synced for this window.",
        ),
    ],
)
def test_a_figure_of_a_past_day_says_what_it_has_become(now: dict[str, object] | None, said: str) -> None:
    """As known then, as known now, and how many records differ."""
    document = {"metric": "m", "unit": "ratio", "value": 0.1, "as_of": "2026-10-02T00:00:00+00:00", "known_now": now}
    assert since_then(Source(document, "e1", Book())) == said


def test_a_past_day_of_which_changes_are_not_kept_is_not_said_to_be_the_same() -> None:
    """Nothing is known to differ there, which is not the same as nothing having been learnt."""
    document = {
        "metric": "m",
        "unit": "ratio",
        "value": 0.1,
        "as_of": "2026-10-02T00:00:00+00:00",
        "warnings": ["known_since: changes are kept since today."],
    }
    assert since_then(Source(document | {"known_now": {"value": 0.1, "n": 20, "changed": 0}}, "e1", Book())) == ""
    assert "1 record differs" in since_then(Source(document | {"known_now": {"value": 0.2, "n": 20, "changed": 1}}, "e1", Book()))
