"""`pulse serve`, `pulse worker`, `pulse scheduler`: one role each, for several machines."""

from typing import Annotated

import typer

from gateway.cli import invocation

Host = Annotated[str | None, typer.Option(help="Address to listen on; PULSE_HOST otherwise.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port; PULSE_PORT otherwise.")]


def serve(context: typer.Context, host: Host = None, port: Port = None) -> None:
    """The front door alone: REST, MCP and chat."""
    from gateway import roles

    call = invocation.of(context)
    given = {"pulse_host": host, "pulse_port": port}
    call.log_to_file("serve")
    settings = call.settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    call.run(roles.serve(settings, lambda address: call.say(f"Pulse is ready at {address}. Ctrl-C stops it.")))


def worker(context: typer.Context) -> None:
    """A worker: does the syncs and other jobs in the queue."""
    from gateway import roles

    call = invocation.of(context)
    call.log_to_file("worker")
    call.run(roles.work(call.settings))


def scheduler(context: typer.Context) -> None:
    """The scheduler: puts recurring jobs into the queue when they are due."""
    from gateway import roles

    call = invocation.of(context)
    call.log_to_file("scheduler")
    call.run(roles.schedule(call.settings))
