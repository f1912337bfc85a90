"""Wrong arguments as a caller can act on them: one sentence each."""

from typing import Any

from fastmcp.exceptions import FastMCPError, ToolError
from fastmcp.server.middleware import CallNext, Middleware, MiddlewareContext
from fastmcp.tools.base import ToolResult
from mcp.types import CallToolRequestParams
from pydantic import ValidationError


class PlainErrors(Middleware):
    """Turns the validation errors of a call into one sentence that names the arguments."""

    async def on_call_tool(
        self, context: MiddlewareContext[CallToolRequestParams], call_next: CallNext[CallToolRequestParams, Any]
    ) -> ToolResult:
        """Run the tool; arguments that do not fit leave as a `ToolError` that names them."""
        try:
            result: ToolResult = await call_next(context)
        except ValidationError as error:
            raise ToolError(_wrong_arguments(context.message.name, error)) from error
        except FastMCPError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(_wrong_arguments(context.message.name, error.__cause__)) from error
            raise
        return result


def _wrong_arguments(tool: str, error: ValidationError) -> str:
    problems = [
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False)[:5]
    ]
    return f"{tool} cannot take these arguments. " + "; ".join(problems)
