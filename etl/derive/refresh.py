"""Derives facts anew from the rows of the store, all or what was touched: one transaction, set-based, writing only what differs."""

import functools
import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import asyncpg
from sqlalchemy import text

from etl.derive import mentions, scope, scope_deployments
from etl.derive.activity import activity
from etl.derive.changes import changes
from etl.derive.deployment_facts import deployment_facts
from etl.derive.deployment_rows import RECENT_DAYS, deployment_rows
from etl.derive.derivation import BEGIN_HISTORY, Amendment, Derivation, Fill, Part, Step
from etl.derive.epics import epics
from etl.derive.incident_links import incident_links
from etl.derive.incidents import incidents
from etl.derive.issues import issues
from etl.derive.kinds import kinds
from etl.derive.lifecycle import lifecycle
from etl.derive.links import links
from etl.derive.logical_deployments import logical_deployments
from etl.derive.membership import membership, primary_teams
from etl.derive.organisation import organisation
from etl.derive.parameters import CONFIGURATION, INSERT, document, parameters
from etl.derive.people import people
from etl.derive.pull_request_facts import pull_request_facts
from etl.derive.pull_requests import pull_request_commits, pull_requests
from etl.derive.reverts import reverts
from etl.derive.shipping import shipping
from etl.derive.sprints import sprints
from etl.derive.workspace import Workspace
from etl.teams import CURRENT
from store.clock import now
from store.database import Database
from store.errors import ConfigurationError
from store.settings import Settings

DERIVATIONS: tuple[Derivation, ...] = (
    parameters, people, organisation, membership, primary_teams, lifecycle, issues, sprints, epics, incidents, pull_request_commits, links,
    pull_requests, reverts, deployment_rows, logical_deployments, changes, kinds, shipping, incident_links, deployment_facts,
    pull_request_facts, activity,
)  # fmt: skip
"""In the order of what they need."""

LOCK = "select pg_advisory_xact_lock(hashtext('pulse derive'))"
"""Two refreshes at once would wait for each other's rows; they take turns instead."""

# Temporary tables start small: a plan compiled for them costs more than it saves, and a small sample tells enough of them. What is derived is
# not touched.
PLANNING = "set local jit = off; set local default_statistics_target = 10; set local pulse.deriving = 'on'"

Extent = Literal["whole", "many", "few"]
FEW = 2_000
"""Up to so many issues or pull requests, statements that hold their steps are quicker than a table for each."""
# Where little is derived, hash tables as large as the planner fears take longer to be made than to be used; and orders of joins that are written
# down need no search.
MEMORY: Mapping[Extent, str] = {
    "whole": "set local work_mem = '64MB'; set local join_collapse_limit = 8",
    "many": "set local work_mem = '64MB'; set local join_collapse_limit = 8",
    "few": "set local work_mem = '4MB'; set local join_collapse_limit = 1",
}

VALID = """
select coalesce(bool_or(fingerprint = $1 and as_at <= $2 and coalesce(valid_until > $2, true)), false) from derivation_state where id = 'facts'
"""

# Time alone changes facts where a membership begins or ends, where a source of deployments falls silent, and where the source's clock is ahead.
UNTIL = f"""
select least(
  (select min(at) from (select valid_from as at from team_member union select valid_to from team_member) bound where at > $1),
  (select min(newest) from (
    select max(coalesce(c.finished_at, c.started_at)) + interval '{RECENT_DAYS} days' as newest
    from d_chosen x join service s on s.id = x.service_id and coalesce(s.deployment_source, 'auto') = 'auto'
    join d_candidate c on c.for_service = x.service_id and c.source = x.source and c.class = 'production' group by x.service_id) chosen))
"""

UNTIL_ISSUES = """
select min(at) from (
  select at from d_island union all select completed_at from sprint union all select added_at from sprint_issue union all select removed_at from sprint_issue) t
where at > $1
"""

REMEMBER = """
insert into derivation_state (id, fingerprint, as_at, valid_until, version) values ('facts', $1, $2, $3, gen_random_uuid()::text)
on conflict (id) do update
set fingerprint = excluded.fingerprint, as_at = excluded.as_at, valid_until = excluded.valid_until, version = excluded.version
"""

GO_ON = """
update derivation_state set as_at = $1, valid_until = least(valid_until, $2), version = gen_random_uuid()::text where id = 'facts'
"""

STALE = """
select format('analyze %I.%I', s.schemaname, s.relname)
from pg_stat_user_tables s join pg_class c on c.oid = s.relid
where s.schemaname = 'public' and s.n_mod_since_analyze > 500 + 0.2 * greatest(c.reltuples, 0)
  and case when pg_has_role(c.relowner, 'usage') then true
    when current_setting('server_version_num')::int >= 170000 then has_table_privilege(c.oid, 'maintain') else false end
"""

CHECKED = "update derivation set refreshed_at = $1, rows = 0, duration_s = 0 where name = any($2)"
RECORD = """
insert into derivation (name, refreshed_at, rows, duration_s) values ($1, $2, $3, $4)
on conflict (name) do update set refreshed_at = excluded.refreshed_at, rows = excluded.rows, duration_s = excluded.duration_s
"""


async def refresh(db: Database, settings: Settings, full: bool = False, few: int = FEW) -> dict[str, int]:
    """Bring all facts up to date; rows written or deleted per table.

    Every fact is a function of the stored rows, pulse.yaml and the present instant. What did not change since the last refresh is left
    alone, so that one after few changes is quick; `full` derives everything anew and writes what differs. Both end alike. Up to `few` issues,
    or pull requests, statements hold their steps; from there on each step is a table, which gives the same.

    Raises:
        ConfigurationError: a pattern of pulse.yaml is no regular expression.
    """
    await _analyze(db)
    async with db.begin() as connection:
        await connection.execute(text(LOCK))  # also begins the transaction, which a raw statement alone would not
        raw = await Database.raw(connection)
        return await refresh_on(raw, settings, full=full, few=few)


async def refresh_on(raw: asyncpg.Connection, settings: Settings, *, full: bool = False, few: int = FEW) -> dict[str, int]:
    """The same inside a transaction that the caller has begun, and may take back."""
    imported = json.loads(await raw.fetchval(CURRENT) or "[]")
    run = _Run(raw, settings, now(settings), document(settings, imported), few)
    await run.begin()
    await (run.whole() if full or await run.needs_whole() else run.part())
    await run.end()
    return run.changed


@dataclass
class _Run:
    """One refresh, in its transaction."""

    raw: asyncpg.Connection
    settings: Settings
    as_at: datetime
    document: str
    few: int
    changed: dict[str, int] = field(default_factory=lambda: {fill.table.name: 0 for one in DERIVATIONS for fill in one.fills})
    done: list[tuple[str, datetime, int, float]] = field(default_factory=list)
    space: Workspace = field(default_factory=Workspace)
    extent: Extent = "few"

    @property
    def fingerprint(self) -> str:
        """Changes with the configuration and with the rules."""
        return hashlib.sha256(f"{self.document}{self.settings.timezone}{_rules()}".encode()).hexdigest()

    async def begin(self) -> None:
        await self.raw.execute(f"{PLANNING}; {MEMORY['few']};\n{CONFIGURATION};\n{scope.BEGIN}")
        await self.raw.execute(INSERT, self.as_at, self.settings.timezone, self.document)
        await self.raw.execute("analyze d_config, d_touched")
        for step in scope.KNOWN:
            self.space.wait(step)

    async def needs_whole(self) -> bool:
        """Whether the rules, the configuration, the hour, or what everything depends on has changed."""
        return bool(await self.raw.fetchval(scope.WHOLE)) or not await self.raw.fetchval(VALID, self.fingerprint, self.as_at)

    async def whole(self) -> None:
        """Derive everything."""
        await self.extend("whole")
        done = {name for name, *_ in self.done}
        for derivation in DERIVATIONS:
            if derivation.name not in done:
                await self.derive(derivation)
        ends = [await self.raw.fetchval(query, self.as_at) for query in (UNTIL, UNTIL_ISSUES)]
        await self.raw.execute(REMEMBER, self.fingerprint, self.as_at, min(filter(None, ends), default=None))

    async def part(self) -> None:
        """Derive what depends on touched rows, each kind once it is known what of it does."""
        until = None
        if await self.raw.fetchval("select exists (select from d_touched)"):
            await self.those("always")
            if await self.raw.fetchval(mentions.ANY) and await self.people() > scope.MANY:
                await self.whole()
                return
            if await self.concerned(scope.ISSUES):
                await self.those("issues")
                until = await self.raw.fetchval(UNTIL_ISSUES, self.as_at)
            if await self.concerned(scope.PULLS):
                until = await self.code_and_delivery(until)
        await self.raw.execute(GO_ON, self.as_at, until)

    async def people(self) -> int:
        """Derive whose accounts are whose, and tell what mentions those that changed; how many rows are to be derived now."""
        await self.extend("many")
        await self.those("people")
        await self.run([mentions.ISSUES, mentions.PULLS, "analyze d_touched, d_scope"])
        await self.extend("few")
        return int(await self.raw.fetchval(mentions.NUMBER))

    async def code_and_delivery(self, until: datetime | None) -> datetime | None:
        """Derive pull requests, and deployments where they are concerned; until when time alone changes none of it."""
        extent = self.extent
        await self.those("pulls")
        if await self.concerned(scope_deployments.DEPLOYMENTS) and await self.concerned(scope_deployments.SERVICES):
            await self.those("services")
            until = min(filter(None, (until, await self.raw.fetchval(UNTIL, self.as_at))), default=None)
        await self.extend(extent)
        await self.those("after")
        return until

    async def concerned(self, stage: scope.Stage) -> bool:
        """Tell more of what the refresh is about, and whether that is anything."""
        for steps, noted in stage.rounds:
            for step in steps:
                self.space.wait(step)
            await self.run([self.space.complete([], f"insert into d_scope {noted}"), "analyze d_scope"])
        found = f"select {stage.concerned}, (select count(*) from d_scope where kind = any($1))"
        [(concerned, number)] = await self.raw.fetch(found, stage.counted)
        await self.extend("few" if number <= self.few else "many")
        return bool(concerned)

    async def extend(self, extent: Extent) -> None:
        """Go on with this extent."""
        if extent != self.extent:
            await self.raw.execute(MEMORY[extent])
        self.extent = extent

    async def those(self, part: Part) -> None:
        """Derive what belongs to a part, in the order of what it needs."""
        for derivation in DERIVATIONS:
            if derivation.part == part:
                await self.derive(derivation)

    async def derive(self, derivation: Derivation) -> None:
        """Run the statements of one rule and fill its tables."""
        started = time.perf_counter()
        whole, reads = self.extent == "whole", {} if self.extent == "whole" else derivation.reads
        first = () if whole else derivation.first
        await self.run([*self.made(first, {}), *self.made(derivation.statements, reads)])
        changed = await self.fill(derivation.fills, whole=whole)
        if not whole:
            await self.run([self.amend(amendment) for amendment in derivation.last])
        self.done.append((derivation.name, now(self.settings), changed, time.perf_counter() - started))

    def made(self, statements: Sequence[Step | str], reads: Mapping[str, str]) -> Iterator[str]:
        """The statements for steps and changes, in their order; steps that need none of their own wait for those that need them."""
        for one in statements:
            if isinstance(one, str):
                yield self.space.complete([], one)
            elif one.kept or one.indexes or (self.extent != "few" and not one.read_once):
                yield from self.space.table(one, reads)
            else:
                self.space.wait(one, reads)

    async def fill(self, fills: Sequence[Fill], *, whole: bool) -> int:
        """Make tables equal to what was derived, in one statement; how many rows were written or deleted."""
        if not fills:
            return 0
        names = [fill.table.name for fill in fills]
        fresh = await self.fresh(names) if whole else set()
        made = [fill.first() if fill.table.name in fresh else fill.actions(whole=whole) for fill in fills]
        gone = {name: "0" if name in fresh else f"(select count(*) from {name}_gone)" for name in names}
        counts = ", ".join(f"(select count(*) from {name}_merged) + {gone[name]}" for name in names)
        [found] = await self.raw.fetch(self.space.complete([action for part in made for action in part], f"select {counts}"))
        written = dict(zip(names, found, strict=True))
        self.changed |= written
        return sum(written.values())

    async def fresh(self, names: Sequence[str]) -> set[str]:
        """Tables that have no rows yet."""
        [found] = await self.raw.fetch("select " + ", ".join(f'not exists (select from public."{name}")' for name in names))
        return {name for name, is_empty in zip(names, found, strict=True) if is_empty}

    def amend(self, amendment: Amendment) -> str:
        """The statement of an amendment."""
        self.space.wait(amendment.step)
        return self.space.complete(amendment.actions(), "select 1")

    async def run(self, statements: Sequence[str]) -> None:
        """All of them in one round trip."""
        if not statements:
            return
        try:
            await self.raw.execute(";\n".join(statements))
        except asyncpg.InvalidRegularExpressionError as error:  # the patterns of Pulse itself are tested
            raise ConfigurationError(
                f"metrics.production_pattern, or environment or tag under services.deployments of pulse.yaml, is no pattern: {error}.",
                setting="metrics.production_pattern",
            ) from error

    async def end(self) -> None:
        """Write down when what was derived, also that nothing had to be; from the first time on, what changes is kept."""
        await self.raw.execute(BEGIN_HISTORY)
        await self.raw.execute(CHECKED, now(self.settings), [one.name for one in DERIVATIONS])
        await self.raw.executemany(RECORD, self.done)


@functools.cache
def _rules() -> str:
    return "".join(f"{one.statements}{[fill.actions() for fill in one.fills]}" for one in DERIVATIONS)


async def _analyze(db: Database) -> None:
    """Tell the planner of rows that arrived since it last looked: right after a first sync it would think the tables empty."""
    async with db.begin() as connection:
        for (statement,) in (await connection.execute(text(STALE))).all():
            await connection.execute(text(statement))
