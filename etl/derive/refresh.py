"""Derives facts anew from the rows of the store, all or what was touched: one transaction, set-based, writing only what differs."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
from sqlalchemy import text

from etl.derive import scope
from etl.derive.activity import activity
from etl.derive.changes import changes
from etl.derive.deployment_facts import deployment_facts
from etl.derive.deployment_rows import RECENT_DAYS, deployment_rows
from etl.derive.derivation import BEGIN_HISTORY, Derivation, Part, remember
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
from etl.derive.reverts import revert_mentions, reverts
from etl.derive.shipping import shipping
from etl.derive.sprints import sprints
from store.clock import now
from store.database import Database
from store.errors import ConfigurationError
from store.settings import Settings

DERIVATIONS: tuple[Derivation, ...] = (
    parameters, people, organisation, membership, primary_teams, lifecycle, issues, sprints, epics, incidents, pull_request_commits, links,
    pull_requests, revert_mentions, reverts, deployment_rows, logical_deployments, changes, kinds, shipping, incident_links, deployment_facts,
    pull_request_facts, activity,
)  # fmt: skip
"""In the order of what they need."""

LOCK = "select pg_advisory_xact_lock(hashtext('pulse derive'))"
"""Two refreshes at once would wait for each other's rows; they take turns instead."""

# Temporary tables start small: a plan compiled for them costs more than it saves. What is derived is not touched.
PLANNING = "set local jit = off; set local work_mem = '64MB'; set local pulse.deriving = 'on'"

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


async def refresh(db: Database, settings: Settings, full: bool = False) -> dict[str, int]:
    """Bring all facts up to date; rows written or deleted per table.

    Every fact is a function of the stored rows, pulse.yaml and the present instant. What did not change since the last refresh is left
    alone, so that one after few changes is quick; `full` empties the facts first and derives everything. Both end alike.

    Raises:
        ConfigurationError: a pattern of pulse.yaml is no regular expression.
    """
    await _analyze(db)
    async with db.begin() as connection:
        await connection.execute(text(LOCK))  # also begins the transaction, which a raw statement alone would not
        raw = await Database.raw(connection)
        return await refresh_on(raw, settings, full=full)


async def refresh_on(raw: asyncpg.Connection, settings: Settings, *, full: bool = False) -> dict[str, int]:
    """The same inside a transaction that the caller has begun, and may take back."""
    run = _Run(raw, settings, now(settings), document(settings), full)
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
    full: bool = False
    changed: dict[str, int] = field(default_factory=lambda: {fill.table.name: 0 for one in DERIVATIONS for fill in one.fills})
    done: list[tuple[str, datetime, int, float]] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """Changes with the configuration and with the rules."""
        rules = [f"{one.statements}{one.after}{[fill.statements() for fill in one.fills]}" for one in DERIVATIONS]
        return hashlib.sha256("".join([self.document, self.settings.timezone, *rules]).encode()).hexdigest()

    async def begin(self) -> None:
        await self.raw.execute(f"{PLANNING};\n{CONFIGURATION};\n{scope.TOUCHED}")
        await self.raw.execute(INSERT, self.as_at, self.settings.timezone, self.document)

    async def needs_whole(self) -> bool:
        """Whether the rules, the configuration, the hour, or what everything depends on has changed."""
        return bool(await self.raw.fetchval(scope.WHOLE)) or not await self.raw.fetchval(VALID, self.fingerprint, self.as_at)

    async def whole(self) -> None:
        """Derive everything."""
        await self.raw.execute(scope.NOBODY)
        for derivation in DERIVATIONS:
            await self.derive(derivation, whole=True)
        ends = [await self.raw.fetchval(query, self.as_at) for query in (UNTIL, UNTIL_ISSUES)]
        await self.raw.execute(REMEMBER, self.fingerprint, self.as_at, min(filter(None, ends), default=None))

    async def part(self) -> None:
        """Derive what depends on touched rows, each kind once it is known what of it does."""
        until = None
        if await self.raw.fetchval("select exists (select from d_touched)"):
            await self.those("always")
            await self.run(scope.ISSUES)
            if await self.raw.fetchval(scope.ANY_ISSUE):
                await self.those("issues")
                until = await self.raw.fetchval(UNTIL_ISSUES, self.as_at)
            await self.run(scope.PULLS)
            if await self.raw.fetchval(scope.ANY_MORE):
                until = await self.code_and_delivery(until)
        await self.raw.execute(GO_ON, self.as_at, until)

    async def code_and_delivery(self, until: datetime | None) -> datetime | None:
        """Derive pull requests, and deployments where they are concerned; until when time alone changes none of it."""
        await self.those("pulls")
        await self.run(scope.SERVICES)
        if await self.raw.fetchval(scope.ANY_SERVICE):
            await self.those("services")
            until = min(filter(None, (until, await self.raw.fetchval(UNTIL, self.as_at))), default=None)
        await self.those("after")
        return until

    async def those(self, part: Part) -> None:
        """Derive what belongs to a part, in the order of what it needs."""
        for derivation in DERIVATIONS:
            if derivation.part == part:
                await self.derive(derivation, whole=False)

    async def derive(self, derivation: Derivation, *, whole: bool) -> None:
        """Run the statements of one rule and fill its tables."""
        started = time.perf_counter()
        await self.run(derivation.statements if whole else (*derivation.first, *derivation.shades(), *derivation.statements))
        changed = 0
        for fill in derivation.fills:
            merge, gone = fill.statements(whole=whole)
            if fill.table.name.startswith("fact_"):
                await self.raw.execute(remember(fill, whole=whole))
                if self.full:
                    await self.raw.execute(f'delete from public."{fill.table.name}"')
            self.changed[fill.table.name] = _count(await self.raw.execute(merge)) + _count(await self.raw.execute(gone))
            changed += self.changed[fill.table.name]
        await self.run(derivation.after if whole else (*derivation.after, *derivation.unshades(), *derivation.last))
        self.done.append((derivation.name, now(self.settings), changed, time.perf_counter() - started))

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


async def _analyze(db: Database) -> None:
    """Tell the planner of rows that arrived since it last looked: right after a first sync it would think the tables empty."""
    async with db.begin() as connection:
        for (statement,) in (await connection.execute(text(STALE))).all():
            await connection.execute(text(statement))


def _count(tag: str) -> int:
    """Rows in a command tag such as `INSERT 0 3`."""
    return int(tag.rsplit(" ", 1)[1])
