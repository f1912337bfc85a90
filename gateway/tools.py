"""Calling our own MCP tools from the front door."""

from typing import Any

from fastmcp import Client

from store.errors import InvalidQuestion


async def call(tools: "Client[Any]", name: str, **arguments: Any) -> Any:
    """The structured result of a tool; arguments that are None are left out.

    Raises:
        InvalidQuestion: the tool refused; its message says what to do.
    """
    given = {key: value for key, value in arguments.items() if value is not None}
    result = await tools.call_tool(name, given, raise_on_error=False)
    if result.is_error:
        raise InvalidQuestion("\n".join(block.text for block in result.content if block.type == "text"))
    return result.structured_content
