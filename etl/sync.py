"""The sync engine: every entity of every source, in order, several scopes at a time, resumable at every page."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from etl.catalogue import Declared, declared, levels
from etl.checkpoint import Checkpoint, extend, read_checkpoints, skippable
from etl.collecting import collect_seldom
from etl.connections import Connection, connections
from etl.entity import SOURCES, Entity, LearningClient, Page, Parsing, Scope, Source
from etl.hints import Hint
from etl.holding import hold
from etl.passes import PASSES, Work, run_pass
from etl.patience import patiently
from etl.progress import Listener, Phase, ProgressEvent, SyncResult, Totals, notify, status_of
from etl.reading import Reading
from etl.reconcile import Reconcile, compared
from etl.refusals import others_go_on
from etl.remedies import remedy_for
from etl.runs import AlreadyRunning, Fenced, Run, Stopped, Withdrawn, new_run_id, pause_ended
from etl.scopes import must_be_stored, scopes_of
from store.clock import wall_clock
from store.database import Database
from store.errors import AccessRefused, ConfigurationError, PulseError, UpstreamError
from store.settings import Settings

WRITERS = 4
"""Pages stored at the same time: while PostgreSQL writes one, the next statement of another is made."""
SCOPES_REFUSED = 3
"""Scopes of an owner in a row that refuse an entity before its other scopes are left alone."""

Derive = Callable[[Database, Settings], Awaitable[Any]]


@dataclass
class _Job:
    """What was asked for, and the state of one connection's run."""

    asked: "_Asked"
    run: Run
    declared: Declared
    connection: Connection
    passes: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PASSES))
    writer: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(WRITERS))
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By entity and owner of scopes: how many of these in a row have refused it."""
    denied: dict[str, PulseError] = field(default_factory=dict)
    """By entity: the first refusal."""
    refused: PulseError | None = None
    """What only a person can mend, though other parts of the source are read."""
    began: str | None = None
    """The source's clock when this run first heard it."""

    @property
    def chosen(self) -> list[Entity[Any]]:
        """What is read: the entities that were named, else all that are not on demand."""
        only = self.asked.only
        return [entity for entity in self.declared.entities if (entity.name in only if only else not entity.on_demand)]

    @property
    def site(self) -> str:
        return self.connection.site

    async def tell(self, phase: Phase, totals: Totals | None = None, **more: Any) -> None:
        counts = {} if totals is None else {"entity": totals.entity, **{name: getattr(totals, name) for name in _TOLD}}
        await notify(self.asked.progress, ProgressEvent(self.run.id, phase, self.run.source, **{**counts, **more}))


_TOLD = ("fetched", "inserted", "updated", "scopes", "scopes_done")


async def sync(
    settings: Settings,
    db: Database,
    *,
    sources: Sequence[Source] = SOURCES,
    full: bool = False,
    since: datetime | None = None,
    reconcile: bool = False,
    scopes: Sequence[str] | None = None,
    only: Sequence[str] | None = None,
    run_id: str | None = None,
    progress: Listener | None = None,
    derive: Derive | None = None,
    requested_by: str | None = None,
    durable: bool = False,
    hints: Sequence[Hint] = (),
    declared: Callable[[Source], Declared] = declared,
) -> SyncResult:
    """Bring the store up to date with the sources; where a sync broke off it goes on.

    `full` reads everything again; `reconcile` reads what changed, then compares everything by ids and times of change and mends what differs.
    `scopes` are repositories (`acme-shop/payments-api` or its last part) and project keys; `only` names entities, also those read on demand;
    `derive` refreshes the facts at the end; `durable`: whoever asked calls again with the same run when this process is made to end;
    what `hints` point at is read though it would count as fresh.

    Raises:
        ConfigurationError: none of the sources is configured.
        AlreadyRunning: each of them is being synced by another process.
    """
    collect_seldom()
    run = run_id or new_run_id()
    found = await connections(settings, db, sources, declared)
    if not found:
        raise ConfigurationError(
            "No source is configured: set GITHUB_TOKEN and GITHUB_ORG, or JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN."
        )
    wanted = frozenset(scope.casefold() for scope in scopes or ())
    reading, read = Reading(full, since, reconcile), frozenset(one.source for one in found)
    asked = _Asked(settings, db, reading, wanted, read, frozenset(only or ()), progress, requested_by, durable, tuple(hints))
    named = {run_name(run, one, found): one for one in found}
    try:
        ended = await _all_connections(asked, named, declared)
        if derive is not None and any(result.status != "failed" for result in ended):
            await notify(progress, ProgressEvent(run, "deriving"))
            refreshed = derive
            await patiently(lambda: refreshed(db, settings), limit_s=None)
    except asyncio.CancelledError:
        if derive is not None:
            await pause_ended(db, list(named), durable=durable)
        raise
    result = _together(run, ended)
    await notify(progress, ProgressEvent(run, "finished", message=result.status))
    return result


@dataclass(frozen=True)
class _Asked:
    settings: Settings
    db: Database
    reading: Reading
    scopes: frozenset[str]
    sources: frozenset[Source]
    only: frozenset[str]
    progress: Listener | None
    requested_by: str | None
    durable: bool
    hints: tuple[Hint, ...]

    def forces(self, entity: Entity[Any], scope: Scope) -> bool:
        """Whether a scope is read whatever its checkpoint says."""
        return self.reading.forces(entity) or any(_points_at(hint, entity, scope) for hint in self.hints)


def _points_at(hint: Hint, entity: Entity[Any], scope: Scope) -> bool:
    anywhere = hint.scope is None or entity.scope == "site"
    return hint.entity == entity.name and (anywhere or scope.name.casefold() == str(hint.scope).casefold())


def _together(run: str, results: Sequence[SyncResult]) -> SyncResult:
    entities = [totals for result in results for totals in result.entities]
    statuses = {result.status for result in results}
    status = statuses.pop() if len(statuses) == 1 else ("cancelled" if "cancelled" in statuses else "partial")
    return SyncResult(run, status, entities, _each_once(one.error for one in results), _each_once(one.remedy for one in results))


def _each_once(texts: Iterable[str | None]) -> str | None:
    return " ".join(dict.fromkeys(filter(None, texts))) or None


def run_name(run: str, one: Connection, among: Sequence[Connection]) -> str:
    """The id of a connection's run: that of the whole for the only one, else with the source or the site behind it."""
    alone = len(among) == 1 or (not one.name and len({other.source for other in among}) == 1)
    return run if alone else f"{run}-{one.name or one.source}"


async def _all_connections(asked: "_Asked", found: Mapping[str, Connection], declared: Callable[[Source], Declared]) -> list[SyncResult]:
    """Sync them side by side; one that another process syncs already is left to it."""
    work = (_run_connection(asked, declared(one.source), one, name) for name, one in found.items())
    ended = await asyncio.gather(*work, return_exceptions=True)
    failures = [one for one in ended if isinstance(one, BaseException)]
    done = [one for one in ended if not isinstance(one, BaseException)]
    for failure in failures:
        if not done or not isinstance(failure, AlreadyRunning | Withdrawn):
            raise failure
    return done


async def _run_connection(asked: "_Asked", source: Declared, one: Connection, run_id: str) -> SyncResult:
    reading = asked.reading
    arguments = {**reading.as_arguments(), "scopes": sorted(asked.scopes), "only": sorted(asked.only)}
    by, durable = asked.requested_by, asked.durable
    async with hold(
        asked.db, one.source, run_id, connection=one.name, mode=reading.mode, by=by, arguments=arguments, durable=durable
    ) as run:
        return await _recorded(_Job(asked, run, source, one))


async def _recorded(job: _Job) -> SyncResult:
    """Run the entities and write down how it ended, whatever happens."""
    run = job.run
    try:
        return await _read(job)
    except asyncio.CancelledError:
        await run.pause()
        raise
    except Stopped:
        await run.finish("cancelled")
        return SyncResult(run.id, "cancelled", list(run.totals.values()))
    except Fenced as error:
        return SyncResult(run.id, "failed", list(run.totals.values()), str(error))
    except PulseError as error:
        remedy = remedy_for(run.source, error)
        await run.finish("failed", error=str(error), remedy=remedy, attention=isinstance(error, ConfigurationError | AccessRefused))
        return SyncResult(run.id, "failed", list(run.totals.values()), str(error), remedy)
    except BaseException as error:
        await run.finish("failed", error=f"{type(error).__name__}: {error}"[:1000])
        raise


async def _read(job: _Job) -> SyncResult:
    """Run the entities; how it ended is written down."""
    run = job.run
    await job.tell("started")
    await run.unless_stopped(_all_entities(job))
    totals = list(run.totals.values())
    status, failed = status_of(totals), [row for row in totals if row.error]
    refusal = job.refused or (_only_refusals(job, failed) if status == "failed" else None)
    reason = failed[0].error if failed else None
    remedy = remedy_for(run.source, refusal) if refusal else failed[0].remedy if status == "failed" else None
    await run.finish(status, error=reason, remedy=remedy, attention=refusal is not None)
    return SyncResult(run.id, status, totals, *((reason, remedy) if status == "failed" else ()))


def _only_refusals(job: _Job, failed: Sequence[Totals]) -> PulseError | None:
    """The refusal for which a source gave nothing; None where anything failed for another reason."""
    return job.denied.get(failed[0].entity) if all(row.entity in job.denied for row in failed) else None


async def _all_entities(job: _Job) -> None:
    async with job.declared.connector.connect(job.connection.settings) as client:
        notes: set[asyncio.Task[None]] = set()
        job.run.budget = client.http.host.tightest
        client.http.host.on_wait = lambda seconds, why: notes.add(asyncio.create_task(_waiting(job, seconds, why)))
        for level in levels(job.chosen):
            await all_of(_entity(job, entity, client) for entity in level)
            job.began = job.began or client.http.server_time
        if job.asked.reading.reconcile:
            await _reconcile(job, client)
        await asyncio.gather(*notes)


async def _reconcile(job: _Job, client: Any) -> None:
    work = Reconcile(job.run, (job.connection, job.declared), client, job.asked.scopes)
    for entity in compared(job.chosen):
        totals = await work.entity(entity)
        await job.tell("failed" if totals.error else "done", totals, message=totals.error)


async def all_of(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run them together; the first that fails ends the others and is raised as it is."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _waiting(job: _Job, seconds: float, why: str) -> None:
    job.run.message = f"{why}; waiting {seconds:.0f} s"
    await job.run.note("warning", job.run.message)
    await job.tell("waiting", message=why, wait_s=seconds)


async def _entity(job: _Job, entity: Entity[Any], client: Any) -> None:
    """All scopes of one entity; one that fails does not stop the others."""
    totals = job.run.totals.setdefault(entity.name, Totals(job.declared.connector.source, entity.name))
    known, lookups, scopes = await patiently(lambda: _known(job, entity), limit_s=None, told=job.run.held_up)
    if isinstance(client, LearningClient):
        client.learn(lookups)
    due = [scope for scope in scopes if job.asked.forces(entity, scope) or not skippable(entity, scope, known.get(scope.id, Checkpoint()))]
    totals.scopes, totals.scopes_done, totals.due = len(scopes), len(scopes) - len(due), len(due)
    await _extend_quiet(job, entity, scopes, due)
    await all_of(_scope(job, entity, scope, known.get(scope.id, Checkpoint()), lookups, client) for scope in due)
    await job.tell("failed" if totals.error else "done", totals, message=totals.error)


async def _known(job: _Job, entity: Entity[Any]) -> tuple[dict[str, Checkpoint], Mapping[str, Any], list[Scope]]:
    """Where the entity stopped, what its parser may look up, and what it is read for."""
    async with job.asked.db.connect() as connection:
        if entity.scope != "site":
            await must_be_stored(connection, job.asked.scopes, job.asked.sources)
        known = await read_checkpoints(connection, job.site, entity.name)
        lookups = await job.declared.connector.lookups(connection, job.connection.settings, job.site)
        return known, lookups, await scopes_of(connection, entity, job.site, job.asked.scopes)


async def _extend_quiet(job: _Job, entity: Entity[Any], scopes: Sequence[Scope], due: Sequence[Scope]) -> None:
    quiet = {scope.id for scope in scopes} - {scope.id for scope in due}
    began = job.began
    if not quiet or entity.stamp is None or not began:
        return

    async def write() -> None:
        async with job.asked.db.begin() as connection:
            await extend(connection, job.site, entity.name, sorted(quiet), began)

    await patiently(write, limit_s=None, told=job.run.held_up)


def earliest(settings: Settings, source: Source) -> datetime | None:
    """From when on the first sync of a source reads, as `backfill` of pulse.yaml says; None reads all."""
    days = settings.pulse.backfill.days(source)
    return wall_clock() - timedelta(days=days) if days else None


async def _scope(job: _Job, entity: Entity[Any], scope: Scope, known: Checkpoint, lookups: Mapping[str, Any], client: Any) -> None:
    totals = job.run.totals[entity.name]
    group = entity.name, scope.name.partition("/")[0] if scope.kind == "repository" else ""
    async with job.passes:
        if job.refusals[group] >= SCOPES_REFUSED:
            return
        begun = job.asked.reading.start(entity, known, earliest(job.asked.settings, entity.source))
        work = Work(job.run, entity, scope, Parsing(job.site, scope, lookups), known, begun, totals, job.writer, _teller(job))
        try:
            await run_pass(work, client)
        except (UpstreamError, ConfigurationError) as error:
            if not others_go_on(client, error):
                raise
            await _failed(job, group, scope, error)
        else:
            job.refusals[group] = 0
            totals.scopes_done += 1
            totals.cursor = max(filter(None, (totals.cursor, begun.began)), default=None)


async def _failed(job: _Job, group: tuple[str, str], scope: Scope, error: PulseError) -> None:
    """One scope failed; the others are read, but for those that will be refused alike."""
    entity, totals = group[0], job.run.totals[group[0]]
    if isinstance(error, AccessRefused | ConfigurationError):
        job.denied.setdefault(entity, error)
        job.refusals[group] += 1
        if isinstance(error, ConfigurationError) or job.refusals[group] >= SCOPES_REFUSED:
            job.refused = job.refused or error
    if totals.error is None:
        totals.error, totals.remedy = str(error), remedy_for(job.run.source, error)
    await job.run.note("error", f"{entity} {scope.name}: {error}")


def _teller(job: _Job) -> Callable[[Totals, Scope, Page], Awaitable[None]]:
    async def tell(totals: Totals, scope: Scope, page: Page) -> None:
        await job.tell("page", totals, scope=scope.name, total=page.total)

    return tell
