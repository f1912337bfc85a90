"""How numbers of a result become words."""

import pytest

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
