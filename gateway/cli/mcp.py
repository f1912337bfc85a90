"""`pulse mcp`: the MCP servers over stdio or HTTP, and their entry in the hosts that use them."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli import invocation
from gateway.cli.arguments import DefaultGroup

if TYPE_CHECKING:
    from store.settings import Settings

app = typer.Typer(
    help="The MCP servers, for Claude Desktop, IDEs and agents.", cls=DefaultGroup, no_args_is_help=True, rich_markup_mode=None
)


class Server(StrEnum):
    """Which tools a server offers."""

    JIRA = "jira"
    GITHUB = "github"
    METRICS = "metrics"
    ALL = "all"


class Transport(StrEnum):
    """How a host talks to a server."""

    STDIO = "stdio"
    HTTP = "http"


class HostName(StrEnum):
    """Programs that use MCP servers."""

    CLAUDE_DESKTOP = "claude-desktop"
    CLAUDE_CODE = "claude-code"
    CURSOR = "cursor"
    VSCODE = "vscode"


@app.command()
def run(
    context: typer.Context,
    server: Annotated[Server, typer.Argument(help="Which server; `all` has every tool, prefixed.")],
    transport: Annotated[Transport, typer.Option(help="stdio for a host that starts us, http for one that calls us.")] = Transport.STDIO,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port for http; PULSE_PORT otherwise.")] = None,
) -> None:
    """Serve one MCP server, or all of them."""
    call = invocation.of(context)
    settings = call.settings
    call.run(
        _stdio(settings, server) if transport is Transport.STDIO else _http(call, server, settings.pulse_port if port is None else port)
    )


async def _stdio(settings: "Settings", server: Server) -> None:
    from gateway.own_servers import open_server

    async with open_server(settings, server.value) as built:
        await built.run_async("stdio", show_banner=False)


async def _http(call: invocation.Invocation, server: Server, port: int) -> None:
    from gateway.app import check_exposure
    from gateway.listening import listen, serving
    from gateway.own_servers import open_server
    from servers.app import http_app

    settings = call.settings
    check_exposure(settings)
    async with open_server(settings, server.value) as built:
        with listen(settings.pulse_host, port) as sock:
            call.say(f"MCP server {server.value} at http://{settings.pulse_host}:{sock.getsockname()[1]}/mcp")
            hosts = [form for host in (settings.pulse_host, "localhost") for form in (host, f"{host}:*")]
            await serving(http_app(built, path="/mcp", allowed_hosts=hosts), sock)


@app.command()
def install(
    context: typer.Context,
    host: Annotated[HostName, typer.Argument(help="The program that shall use Pulse.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the entry and its place, change nothing.")] = False,
) -> None:
    """Add Pulse to the MCP servers of a host; the rest of its configuration stays as it is."""
    from gateway import hosts

    call = invocation.of(context)
    target = hosts.HOSTS[host.value]
    planned = hosts.plan(target, target.path(Path.home()), hosts.entry(target, hosts.own_command(), hosts.environment(call.settings)))
    if not dry_run and planned.changed:
        hosts.write(planned)
    document = {"host": host.value, "path": str(planned.path), "changed": planned.changed and not dry_run, "entry": planned.entry}
    call.emit(document, _report(host.value, planned, dry_run=dry_run))


def _report(host: str, planned: Any, *, dry_run: bool) -> str:
    import json

    shown = json.dumps({"pulse": planned.entry}, indent=2, ensure_ascii=False)
    if dry_run:
        return f"{planned.path} would get:\n{shown}"
    if not planned.changed:
        return f"{planned.path} already has this entry."
    return f"{planned.path} now has:\n{shown}\nRestart {host} to use it."
