"""The tool list as a whole."""

import json
from typing import Any

from fastmcp import Client
from reading import tokens

ALL_TOOLS_TOKENS = 2500
ONE_TOOL_TOKENS = 250


def cost(tool: Any) -> int:
    """Tokens of a tool as a model sees it: name, description, input schema."""
    return tokens(
        json.dumps({"name": tool.name, "description": tool.description, "input_schema": tool.input_schema}, separators=(",", ":"))
    )


async def test_the_tool_list_stays_within_its_token_budget(client: Client[Any]) -> None:
    """Goals T1 and T2: the whole list and the largest tool."""
    costs = {tool.name: cost(tool) for tool in await client.list_tools()}
    assert max(costs.values()) <= ONE_TOOL_TOKENS, costs
    assert sum(costs.values()) <= ALL_TOOLS_TOKENS, costs


async def test_every_tool_says_what_it_does_and_returns(client: Client[Any]) -> None:
    """Annotations, an output schema and a description on each, no `null` clutter in the arguments."""
    for tool in await client.list_tools():
        assert tool.description, tool.name
        assert tool.output_schema, tool.name
        assert tool.annotations is not None, tool.name
        assert tool.annotations.read_only_hint is not None, tool.name
        assert '"null"' not in json.dumps(tool.input_schema), tool.name


async def test_names_of_the_store_are_a_resource(client: Client[Any]) -> None:
    """A planner learns the spellings that filters accept without a tool call."""
    found = await client.read_resource("pulse://names")
    document = json.loads(found[0].text)
    assert (document["teams"], document["repos"]) == (
        [{"key": "payments", "name": "Payments", "projects": []}],
        ["acme-shop/docs", "acme-shop/payments-api"],
    )
