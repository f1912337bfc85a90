"""`pulse teams`: who was in which team when, for organisations that keep it in a table."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import invocation

app = typer.Typer(help="Who was in which team when.", rich_markup_mode=None, no_args_is_help=True)
BY = "command line"


@app.callback()
def teams() -> None:
    """Who was in which team when."""


@app.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or YAML with team, member, from, to, parent.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file and show what it would change.")] = False,
) -> None:
    """Take over the teams of a file, instead of those of the file before; `pulse mapping undo` takes it back."""
    from gateway import teams as imports

    call = invocation.of(context)
    found = call.run(imports.import_file(call.settings, file, by=BY, dry_run=dry_run))
    changes = [*(f"+ {one}" for one in found["added"]), *(f"- {one}" for one in found["removed"])]
    ending = f"Kept as {found['decision']}." if found["decision"] else "Nothing is changed."
    call.emit(found, "\n".join([*changes, f"{found['stays']} stays in {found['teams']} teams. {ending}"]))
