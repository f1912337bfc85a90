"""`pulse costs`: what teams cost, for the metrics that divide it."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import invocation

app = typer.Typer(help="What teams cost, month by month.", rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def costs() -> None:
    """What teams cost, month by month."""


@app.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV with the columns team, month (2026-09), amount, currency.")
    ],
) -> None:
    """Store the costs of a file; what was imported for the same team and month before is replaced."""
    from gateway import costs as imports

    call = invocation.of(context)
    found = call.run(imports.import_file(call.settings, file))
    span = f"{found['months'][0]} to {found['months'][-1]}" if found["months"] else "no month"
    call.emit(found, f"{found['imported']} monthly costs of {len(found['teams'])} teams are stored ({span}).")
