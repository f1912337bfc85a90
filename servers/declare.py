"""The decorator that declares an MCP tool: its effect on the world, its output, and an input schema without waste."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from fastmcp.exceptions import ToolError
from fastmcp.tools.function_tool import FunctionTool
from mcp.types import ToolAnnotations

from store.errors import PulseError

Function = Callable[..., Any]


def tool(kind: ToolAnnotations, output: dict[str, Any]) -> Callable[[Function], FunctionTool]:
    """Declare the decorated function as a tool; its name, docstring and typed parameters are the contract."""

    def declare(function: Function) -> FunctionTool:
        made = FunctionTool.from_function(_with_plain_errors(function), annotations=kind, output_schema=output)
        return made.model_copy(update={"parameters": lean(made.parameters)})

    return declare


def _with_plain_errors(function: Function) -> Function:
    """Our own errors say what to do, so they reach the caller; all others stay masked."""

    @wraps(function)
    async def call(*positional: Any, **named: Any) -> Any:
        try:
            return await function(*positional, **named)
        except PulseError as error:
            raise ToolError(str(error)) from error

    return call


def lean(schema: Any) -> Any:
    """`schema` without what a model does not need: `X or null` becomes X and null defaults go, since leaving an argument out says the same."""
    if isinstance(schema, list):
        return [lean(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    slim = {name: lean(part) for name, part in schema.items() if not (name == "default" and part is None)}
    options = slim.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [option for option in options if option != {"type": "null"}]
        others = {name: part for name, part in slim.items() if name != "anyOf"}
        return {**rest[0], **others} if len(rest) == 1 else {"anyOf": rest, **others}
    return slim
