"""list_metrics and describe_metric."""

from typing import Any

from fastmcp import Client
from reading import text_of, tokens

from servers.metrics.catalogue import CATALOGUE

DEFAULT_TOKENS = 1000


async def test_the_metrics_are_found_by_words_people_use(client: Client[Any]) -> None:
    """A synonym finds the metric; a family narrows the list."""
    found = await client.call_tool("metrics_list_metrics", {"search": "mttr"})
    family = await client.call_tool("metrics_list_metrics", {"family": "dora"})
    assert "time_to_restore" in [row[0] for row in found.structured_content["rows"]]
    assert {row[2] for row in family.structured_content["rows"]} == {"dora"}


async def test_the_whole_list_of_metrics_is_short(client: Client[Any]) -> None:
    """Goal T6: a default result within 1,000 tokens."""
    assert tokens(text_of(await client.call_tool("metrics_list_metrics", {}))) <= DEFAULT_TOKENS


async def test_every_metric_can_be_described(client: Client[Any]) -> None:
    """The definition, its unit and its version are told for each."""
    for name in CATALOGUE:
        described = (await client.call_tool("metrics_describe_metric", {"metric": name})).structured_content
        assert described["definition"], name
        assert described["unit"], name


async def test_an_unknown_metric_is_answered_with_the_known_ones(client: Client[Any]) -> None:
    """No masked error: the message lists the metrics."""
    result = await client.call_tool("metrics_describe_metric", {"metric": "happiness"}, raise_on_error=False)
    assert result.is_error
    assert "change_lead_time" in text_of(result)
