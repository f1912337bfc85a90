"""`pulse db`: migrate, empty and look into the database."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli import invocation

if TYPE_CHECKING:
    from store.database import Database

app = typer.Typer(help="The database: migrate, reset, look inside.", no_args_is_help=True, rich_markup_mode=None)


def _as_owner(call: invocation.Invocation, work: "Callable[[Database], Awaitable[Any]]") -> Any:
    """Open the database as its owner (starting and migrating it) and do `work` in it."""

    async def do() -> Any:
        from store.database import open_database

        async with open_database(call.settings, role="owner") as db:
            return await work(db)

    return call.run(do())


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database to the newest version; every other command does so as well."""
    from gateway import database

    call = invocation.of(context)
    revision = _as_owner(call, database.revision)
    call.emit({"revision": revision}, f"The database is at revision {revision}.")


@app.command()
def downgrade(context: typer.Context, to: Annotated[str, typer.Argument(help="Revision to go back to, or `base`.")]) -> None:
    """Undo the migrations after a revision. The next command that opens the database migrates it again."""
    from gateway import database

    call = invocation.of(context)
    revision = _as_owner(call, lambda db: database.downgrade(db, to))
    call.emit({"revision": revision}, f"The database is at revision {revision or 'base'}.")


@app.command()
def reset(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Everything, connections and conversations too (the default).")] = False,
    recreate_tables: Annotated[
        bool, typer.Option("--recreate-tables", help="Only what syncs have stored; connections, users, decisions and conversations stay.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete what Pulse has stored and make empty tables. What GitHub and Jira hold is not touched."""
    from gateway import database

    call = invocation.of(context)
    if everything and recreate_tables:
        raise typer.BadParameter("--all and --recreate-tables exclude each other.")
    what = "all synced data" if recreate_tables else "all synced data, conversations and settings"
    if not yes:
        typer.confirm(f"Delete {what} in this database?", abort=True, err=True)
    if recreate_tables:
        emptied = _as_owner(call, database.empty)
        call.emit({"reset": True, "emptied": emptied}, f"{len(emptied)} tables are empty again; `pulse sync` fills them.")
        return
    revision = _as_owner(call, database.reset)
    call.emit({"reset": True, "revision": revision}, "The database is empty again; `pulse sync` fills it.")


@app.command()
def backup(context: typer.Context, file: Annotated[Path, typer.Argument(dir_okay=False, help="File to write.")]) -> None:
    """Write the whole store into one file with a checksum."""
    from store.backup import backup as write

    call = invocation.of(context)
    info = call.run(write(call.settings, file))
    call.emit(asdict(info), f"{file} holds {info.bytes:,} bytes at revision {info.revision}.")


@app.command()
def verify(context: typer.Context, file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A backup.")]) -> None:
    """Check a backup against its checksum; exit code 1 when a byte is wrong."""
    from store.backup import verify as check

    call = invocation.of(context)
    info = call.run(check(file))
    call.emit(asdict(info), f"{file} is whole: revision {info.revision}, made {info.created_at}.")


@app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A backup.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Replace the whole store by a backup; until it is complete the old one stays in place."""
    from store.backup import restore as put_back

    call = invocation.of(context)
    if not yes:
        typer.confirm("Replace everything in this database by the backup?", abort=True, err=True)
    info = call.run(put_back(call.settings, file))
    call.emit(asdict(info), f"Restored revision {info.revision}, made {info.created_at}.")


@app.command()
def psql(
    context: typer.Context, arguments: Annotated[list[str] | None, typer.Argument(help="Passed on to psql, after `--`.")] = None
) -> None:
    """Open psql as the owner."""
    import asyncio

    from gateway import database

    async def do(db: "Database") -> int:
        command, environment = database.psql_command(db.dsn)
        process = await asyncio.create_subprocess_exec(*command, *(arguments or []), env=environment)
        return await process.wait()

    raise typer.Exit(_as_owner(invocation.of(context), do))


@app.command()
def sizes(context: typer.Context) -> None:
    """Rows and bytes of every table, largest first."""
    from gateway import database

    _table(invocation.of(context), database.sizes)


@app.command()
def activity(context: typer.Context) -> None:
    """What the database is doing right now."""
    from gateway import database

    _table(invocation.of(context), database.activity)


@app.command()
def optimise(context: typer.Context) -> None:
    """Reclaim space and refresh statistics (VACUUM ANALYZE)."""
    from gateway import database

    call = invocation.of(context)
    _as_owner(call, database.vacuum)
    call.emit({"optimised": True}, "Done.")


def _table(call: invocation.Invocation, query: "Callable[[Database], Awaitable[list[dict[str, Any]]]]") -> None:
    rows = _as_owner(call, query)
    if call.json:
        call.emit(rows)
        return
    for row in rows:
        print("  ".join(value if isinstance(value, str) else json.dumps(value, default=str) for value in row.values()))
