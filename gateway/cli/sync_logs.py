"""`pulse sync logs`: the run log as a table, on the screen or as a file; deleted by age."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from gateway.cli import invocation

if TYPE_CHECKING:
    from servers.records.run_log import Wanted

DAY = "%Y-%m-%d"


class Level(StrEnum):
    """How serious a line is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Source(StrEnum):
    """Whose runs."""

    GITHUB = "github"
    JIRA = "jira"


def logs(
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(help="The run, as in `pulse sync status`; all runs without it.")] = None,
    level: Annotated[Level | None, typer.Option(help="Only lines of this level.")] = None,
    find: Annotated[str | None, typer.Option("--find", help="Only lines with these words.")] = None,
    source: Annotated[Source | None, typer.Option(help="Only runs of this source.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=[DAY], help="From this day on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(formats=[DAY], help="Before this day (UTC).")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The newest lines, at most so many.")] = 200,
    export: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write all that match to a .csv or .jsonl file; `-` for stdout.")
    ] = None,
    delete_older_than: Annotated[
        int | None, typer.Option(min=1, max=36_500, metavar="DAYS", help="Delete lines older than so many days.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")] = False,
) -> None:
    """The log of a run, or of all runs: filter, search, export, delete by age."""
    from gateway import runs
    from servers.records.run_log import Wanted

    call = invocation.of(context)
    if delete_older_than is not None:
        if run or source or find or since or until:
            raise typer.BadParameter("--delete-older-than deletes by age and --level alone; leave the other filters out.")
        _delete(call, delete_older_than, level, yes=yes)
        return
    wanted = Wanted(run, source.value if source else None, level.value if level else None, find, _utc(since), _utc(until))
    if export is not None:
        _export(call, wanted, export)
        return
    page = call.run(runs.log_page(call.settings, wanted, rows=limit))
    rows = [dict(zip(page.columns, row, strict=True)) for row in page.rows]
    if len(rows) < (page.total or 0):
        call.say(f"The newest {len(rows):,} of {page.total:,} lines; --limit shows more, --export all.")
    call.emit(rows, "\n".join(_line(row, of_all=run is None) for row in rows) or "No line matches.")


def _utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None


def _line(row: dict[str, Any], *, of_all: bool) -> str:
    whose = f"{row['source'] or '-':<8}{row['run'] or '-':<23}  " if of_all else ""
    return f"{row['at']}  {whose}{row['level']:<8}{row['message']}"


def _export(call: invocation.Invocation, wanted: "Wanted", file: Path) -> None:
    from gateway import runs

    to_screen, form = str(file) == "-", file.suffix.lower().removeprefix(".")
    if to_screen and call.json:
        raise typer.BadParameter("--json prints one document; leave --export - out, or name a file.")
    if to_screen:
        call.run(runs.export_log(call.settings, wanted, "jsonl", sys.stdout.write))
        return
    if form not in ("csv", "jsonl"):
        raise typer.BadParameter(f"{file.name} must end with .csv or .jsonl.")
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            call.run(runs.export_log(call.settings, wanted, cast("Any", form), out.write))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    call.emit({"file": str(file), "bytes": file.stat().st_size}, f"{file} holds the log ({file.stat().st_size:,} bytes).")


def _delete(call: invocation.Invocation, days: int, level: Level | None, *, yes: bool) -> None:
    from gateway import runs

    if not yes:
        if call.json:
            raise typer.BadParameter("--json asks nobody; add --yes to delete.")
        typer.confirm(f"Delete {level.value if level else 'all'} lines older than {days} days?", abort=True, err=True)
    deleted = call.run(runs.delete_log(call.settings, days, level.value if level else None))
    call.emit({"deleted": deleted}, f"{deleted:,} lines are deleted; the runs and their counts stay.")
