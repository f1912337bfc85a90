"""`pulse logs`: the files that the services write."""

from typing import Annotated

import typer

from gateway.cli import invocation


def logs(
    context: typer.Context,
    service: Annotated[str | None, typer.Argument(help="up, serve, worker or scheduler; without it the files are listed.")] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=100_000, help="The newest lines.")] = 100,
    find: Annotated[str | None, typer.Option("--find", help="Only lines with these words.")] = None,
    delete_older_than: Annotated[int | None, typer.Option(min=1, metavar="DAYS", help="Delete files not written for so many days.")] = None,
) -> None:
    """Log files of the services on this machine; each begins a new one at 5 MiB and keeps four older ones."""
    from store.logfile import delete_old, log_files, tail

    call = invocation.of(context)
    home = call.settings.pulse_home
    if delete_older_than is not None:
        deleted = delete_old(home, delete_older_than)
        call.emit({"deleted": deleted}, f"{deleted} files are deleted.")
    elif service is None:
        found = [{"file": str(one.path), "bytes": one.bytes, "age_days": round(one.age_days, 2)} for one in log_files(home)]
        call.emit(
            found, "\n".join(f"{one['bytes']:>10,}  {one['age_days']:>7.1f} days  {one['file']}" for one in found) or "No log files yet."
        )
    else:
        found_lines = tail(home, service, lines, find)
        call.emit(found_lines, "\n".join(found_lines))
