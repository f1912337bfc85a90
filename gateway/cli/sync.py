"""`pulse sync`: read from GitHub and Jira; look at runs; work with recorded payloads."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from gateway.cli import invocation, sync_health, sync_logs, sync_quarantine, sync_schedule, sync_try
from gateway.cli.arguments import DefaultGroup, Sources

if TYPE_CHECKING:
    from etl.progress import SyncResult
    from etl.runs import AlreadyRunning

app = typer.Typer(help="Read from GitHub and Jira; resumes where it stopped.", cls=DefaultGroup, rich_markup_mode=None)
EXIT_CODES = {"ok": 0, "partial": 3, "failed": 1, "cancelled": 130}
WATCH_S = 1.0


for verb in (
    sync_schedule.schedule,
    sync_schedule.pause,
    sync_schedule.resume,
    sync_logs.logs,
    sync_quarantine.quarantine,
    sync_health.health,
):
    app.command()(verb)
app.command(name="test")(sync_try.try_job)


@app.command()
def run(
    context: typer.Context,
    source: Annotated[Sources, typer.Argument(help="Which source.")] = Sources.ALL,
    full: Annotated[bool, typer.Option("--full", help="Read everything again instead of what changed.")] = False,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Read what changed since this day.")] = None,
    reconcile: Annotated[
        bool,
        typer.Option("--reconcile", help="Read what changed, then compare everything by ids and times of change and mend what differs."),
    ] = False,
    repo: Annotated[list[str] | None, typer.Option(help="Only this repository; repeatable.")] = None,
    project: Annotated[list[str] | None, typer.Option(help="Only this Jira project; repeatable.")] = None,
    background: Annotated[bool, typer.Option("--background", help="Leave it to a running `pulse up` or `pulse worker`.")] = False,
) -> None:
    """Sync now (what `pulse sync` alone does). Without a configured source the demo company is served and read."""
    from datetime import UTC

    from etl.entity import SOURCES
    from etl.runs import AlreadyRunning
    from gateway import job_control as jobs
    from gateway import syncing

    call = invocation.of(context)
    if full + reconcile + (since is not None) > 1:
        raise typer.BadParameter("--full, --since and --reconcile exclude each other.")
    wanted = syncing.Wanted(
        sources=[name for name in SOURCES if source.value in (name, "all")],
        full=full,
        since=since.replace(tzinfo=UTC) if since else None,
        reconcile=reconcile,
        scopes=[*(repo or []), *(project or [])],
    )
    if background:
        found = call.run(jobs.enqueue(call.settings, wanted))
        call.emit(found, "\n".join(f"{one['source']}: run {one['run']} is {one['status']}; {one['says']}" for one in found))
        return
    try:
        result = call.run(_with_bar(call, wanted))
    except AlreadyRunning as error:
        _follow(call, error)
    call.emit(result.as_dict(), _summary(result))
    raise typer.Exit(EXIT_CODES[result.status])


def _follow(call: invocation.Invocation, running: "AlreadyRunning") -> NoReturn:
    """Somebody syncs already: show that run to its end, which is what was wanted."""
    call.say(str(running))
    found = call.run(_watched(call, running.run))
    if not found:
        raise running
    call.emit(found[0], _line(found[0]))
    raise typer.Exit(EXIT_CODES.get(found[0]["status"], 1))


async def _with_bar(call: invocation.Invocation, wanted: Any) -> "SyncResult":
    from gateway.cli.bar import sync_bar
    from gateway.syncing import sync_now

    with sync_bar(call.console) as listener:
        return await sync_now(call.settings, wanted, listener)


def _summary(result: "SyncResult") -> str:
    lines = [f"Run {result.run}: {result.status}" + (f". {result.error} {result.remedy or ''}" if result.error else "")]
    for row in result.entities:
        counts = (
            f"{row.fetched:>8,} read {row.inserted:>8,} new {row.updated:>8,} changed {row.deleted:>6,} gone {row.requests:>6,} requests"
        )
        lines.append(f"  {row.entity:<28}{counts}{'  ' + row.error if row.error else ''}")
    return "\n".join(lines)


@app.command()
def status(
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(help="Only this run; the newest ones without it.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Follow until every run has ended.")] = False,
) -> None:
    """The newest runs with what each has read."""
    from gateway import runs

    call = invocation.of(context)
    found = call.run(_watched(call, run)) if watch else call.run(runs.runs(call.settings, run))
    call.emit(found, "\n".join(_line(one) for one in found) or "No sync has run yet; `pulse sync` starts one.")


async def _watched(call: invocation.Invocation, run: str | None) -> list[dict[str, Any]]:
    """The runs when all of them have ended; shows them live meanwhile."""
    import asyncio

    from gateway import runs
    from gateway.cli.bar import runs_table

    async with runs.watching(call.settings, run) as look:
        with runs_table(call.console) as show:
            while True:
                found = await look()
                show(found)
                if not any(one["status"] in ("queued", "running") for one in found):
                    return found
                await asyncio.sleep(WATCH_S)


def _line(run: dict[str, Any]) -> str:
    progress = run.get("progress") or {}
    read = progress.get("fetched", sum(row["fetched"] or 0 for row in run["entities"]))
    return (
        f"{run['started_at'] or run['requested_at']}  {run['run']:<23}  {run['source']:<7}{run['status']:<10}{read:>9,} read  {run['says']}"
    )


@app.command()
def cancel(context: typer.Context, run: Annotated[str, typer.Argument(help="The run, as in `pulse sync status`.")]) -> None:
    """Stop a run at the next page; what it has read stays."""
    from gateway import runs

    call = invocation.of(context)
    now = call.run(runs.cancel(call.settings, run))
    call.emit({"run": run, "status": now}, f"Run {run} is {now}" + (" and stops at the next page." if now == "running" else "."))


@app.command()
def parse(
    context: typer.Context,
    entity: Annotated[str, typer.Argument(metavar="SOURCE.ENTITY", help="Such as github.pull_requests or jira.issues.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="One recorded payload or a list of them.")],
    context_folder: Annotated[
        Path | None, typer.Option("--context", file_okay=False, help="Recorded lookups; default: `context` beside its folder.")
    ] = None,
) -> None:
    """What the connector makes of recorded payloads; nothing is stored."""
    from etl.parse_files import parse_file

    call = invocation.of(context)
    call.emit(parse_file(entity, file, config=call.settings.pulse, context=context_folder))


@app.command()
def replay(context: typer.Context, source: Annotated[Sources, typer.Argument(help="Whose raw records.")] = Sources.ALL) -> None:
    """Rebuild all rows from the raw records, without asking GitHub or Jira."""
    from etl.entity import SOURCES
    from gateway import syncing

    call = invocation.of(context)
    made = call.run(syncing.replay(call.settings, [name for name in SOURCES if source.value in (name, "all")]))
    call.emit(made, "\n".join(f"{row['entity']:<28}{row['records']:>9,} records {row['rejected']:>6,} set aside" for row in made))


@app.command()
def plan(
    context: typer.Context,
    source: Annotated[Sources, typer.Argument(help="Which source.")] = Sources.ALL,
    full: Annotated[bool, typer.Option("--full", help="As if everything were read again.")] = False,
    reconcile: Annotated[bool, typer.Option("--reconcile", help="As if everything were compared.")] = False,
) -> None:
    """What a sync would cost, by what the last ones read; asks the sources nothing."""
    from etl.entity import SOURCES
    from etl.plan import said
    from gateway import syncing

    call = invocation.of(context)
    if full and reconcile:
        raise typer.BadParameter("--full and --reconcile exclude each other.")
    wanted = syncing.Wanted(sources=[name for name in SOURCES if source.value in (name, "all")], full=full, reconcile=reconcile)
    rows = call.run(syncing.plan(call.settings, wanted))
    shown = [f"{row.entity:<28}{row.mode:<12}{row.scopes:>6,} scopes {row.requests_at_most:>7,} requests at most" for row in rows]
    call.emit([row.as_dict() for row in rows], "\n".join([*shown, said(rows)]))


@app.command()
def prove(
    context: typer.Context,
    source: Annotated[Sources, typer.Argument(help="Which source.")] = Sources.ALL,
    repo: Annotated[list[str] | None, typer.Option(help="Only this repository; repeatable.")] = None,
    project: Annotated[list[str] | None, typer.Option(help="Only this Jira project; repeatable.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what differs: deletions, moves, gaps.")] = False,
    thorough: Annotated[bool, typer.Option("--thorough", help="Compare whole records where ids and times of change would do.")] = False,
) -> None:
    """Compare the sources with the store, record by record. Exit 1 when they differ (with --repair: still differ)."""
    from etl.entity import SOURCES
    from gateway import syncing

    call = invocation.of(context)
    scopes = [*(repo or []), *(project or [])]
    wanted = syncing.Wanted(sources=[name for name in SOURCES if source.value in (name, "all")], scopes=scopes)
    proofs = call.run(syncing.repair(call.settings, wanted) if repair else syncing.prove(call.settings, wanted, thorough=thorough))
    rows = [proof.as_dict() for proof in proofs]
    call.emit(rows, "\n".join(f"{row['entity']:<28}{row['compared']:>9,} compared  {_verdict(row)}" for row in rows))
    raise typer.Exit(0 if all(proof.equal for proof in proofs) else 1)


def _verdict(row: dict[str, Any]) -> str:
    if row["error"]:
        return str(row["error"])
    mended = f", {row['mended']:,} mended" if row["mended"] else ""
    if row["equal"]:
        return f"store = source at {row['at'] or 'an unknown time'}{mended}"
    found = ", ".join(f"{row[kind]:,} {kind}" for kind in ("missing", "different", "ghosts", "moved") if row[kind])
    return f"{found}{mended}; `pulse sync prove --repair` mends them"
