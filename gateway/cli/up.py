"""`pulse up`: everything in one process tree."""

from typing import Annotated

import typer

from gateway.cli import invocation


def up(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on; PULSE_HOST otherwise.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; PULSE_PORT otherwise.")] = None,
    demo: Annotated[
        bool | None, typer.Option("--demo/--no-demo", help="The demo company, or never; default: when no source is configured.")
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the chat in a browser.")] = False,
) -> None:
    """Start everything: database, first sync, worker, REST, MCP and chat. Ctrl-C stops it."""
    from gateway.cli.bar import sync_bar
    from gateway.memory import postmaster_of, resident_mib
    from gateway.up import Terminal
    from gateway.up import up as run_up
    from store.embedded import EmbeddedServer

    call = invocation.of(context)
    call.log_to_file("up")
    given = {"pulse_host": host, "pulse_port": port}
    settings = call.settings.model_copy(update={name: value for name, value in given.items() if value is not None})

    def ready(address: str, took_s: float) -> None:
        memory = resident_mib(postmaster_of(EmbeddedServer(settings.pulse_home).root / "data"))
        call.say(f"Pulse is ready at {address} after {took_s:.1f} s ({memory:.0f} MiB in use). Ctrl-C stops it.")

    terminal = Terminal(call.say, lambda: sync_bar(call.console), ready)
    call.run(run_up(settings, terminal, demo=demo, open_browser=open_browser))
