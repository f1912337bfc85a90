"""The value as known on a past day beside the value as known now, and the records that changed in between."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from deriving import Row, account, pull, repository
from sqlalchemy import delete, insert, select, text, update

from etl.derive.refresh import refresh
from etl.jobs.tidy import delete_by_age
from servers.metrics.catalogue import CATALOGUE
from servers.metrics.drawn import with_detail
from servers.metrics.engine import measure
from servers.metrics.known_now import changed_records
from servers.metrics.planning import plan_on
from servers.metrics.question import Question
from servers.metrics.receipts import keep
from servers.metrics.reproduce import reproduce
from servers.metrics.trace import trace
from servers.wording import result_text
from store.clock import Window
from store.config import Retention
from store.database import Database
from store.settings import Settings
from store.tables.code import pull_request
from store.tables.code import repository as repositories
from store.tables.history import fact_revision
from store.tables.people import identity
from store.tables.raw import checkpoint

FEBRUARY = Window(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
FIRST, SECOND = datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC)
ASKED = Question("pr_cycle_time", window=FEBRUARY, grain="total")


def took(number: int, hours: int) -> Row:
    """A pull request merged on a day of February after so many hours."""
    merged = datetime(2026, 2, number, 12, tzinfo=UTC)
    row = pull(number, "02-01 10:00", "02-02 10:00", url=f"https://git.test/{number}")
    return row | {"created_at": merged - timedelta(hours=hours), "merged_at": merged, "closed_at": merged}


@pytest.fixture
async def corrected(db: Database, settings: Settings) -> Database:
    """Read on 5 March; by 20 March one pull request took longer than was known, one is gone, one came late."""
    settings.pulse_now = FIRST
    mark = {"site": "github", "entity": "github.pull_requests", "scope": "all", "covered_from_at": datetime(2025, 1, 1, tzinfo=UTC)}
    async with db.begin() as connection:
        await connection.execute(insert(checkpoint), [mark | {"complete_to_at": FIRST, "updated_at": FIRST}])
        await connection.execute(insert(repositories), [repository()])
        await connection.execute(insert(identity), [account("ana")])
        await connection.execute(insert(pull_request), [took(number, 10 * number) for number in range(3, 10)])
    await refresh(db, settings)
    settings.pulse_now = SECOND
    async with db.begin() as connection:
        await connection.execute(update(checkpoint).values(complete_to_at=SECOND))
        late = {"created_at": datetime(2026, 2, 1, 12, tzinfo=UTC)}
        await connection.execute(update(pull_request).where(pull_request.c.number == 9).values(late))
        await connection.execute(delete(pull_request).where(pull_request.c.number == 3))
        await connection.execute(insert(pull_request), [took(20, 200)])
    await refresh(db, settings)
    return db


async def test_a_past_day_is_answered_with_what_was_known_then(corrected: Database, settings: Settings) -> None:
    """Seven records of 30, 40 … 90 hours gave 60 then; now they are 40 … 80, 192 and 200, and three records differ."""
    then = await measure(corrected, settings, replace(ASKED, as_of=FIRST, both_clocks=True))
    assert (then.value, then.n) == (60.0, 7)
    assert then.known_now is not None
    assert (then.known_now.value, then.known_now.n, then.known_now.delta, then.known_now.changed) == (70.0, 7, 10.0, 3)
    assert sorted([row[0], row[2], row[3]] for row in then.known_now.records) == [
        ["#20", None, 200.0],
        ["#3", 30.0, None],
        ["#9", 90.0, 192.0],
    ]
    assert "as known now: 2.9 days (n 7), +10 h; 3 records changed since 2026-03-05" in result_text(then.document())
    assert (await measure(corrected, settings, ASKED)).value == 70.0


async def test_a_receipt_stays_reproducible_and_traceable_after_corrections(corrected: Database, settings: Settings) -> None:
    """The answer of the past is computed again from the rows of the past, and leads to the records it stood on."""
    found = await measure(corrected, settings, replace(ASKED, as_of=FIRST, both_clocks=True))
    evidence = await keep(corrected, settings, tool="metrics.query_metric", arguments={"metric": "pr_cycle_time"}, result=found)
    async with corrected.begin() as connection:
        await connection.execute(delete(pull_request).where(pull_request.c.number > 4))
    await refresh(corrected, settings)
    report = await reproduce(corrected, settings, evidence)
    assert (report["identical"], report["differs"]) == (True, [])
    listed = await trace(corrected, settings, evidence)
    assert {row[0] for row in listed["rows"]} == {f"#{number}" for number in range(3, 10)}


async def test_before_changes_were_kept_the_past_is_told_as_known_now_and_said(corrected: Database, settings: Settings) -> None:
    """Nobody knows what would have been known before the first sync."""
    early = await measure(corrected, settings, replace(ASKED, as_of=datetime(2026, 3, 2, tzinfo=UTC)))
    assert early.value == 70.0
    assert any(warning.startswith("known_since: changes are kept since 2026-03-05") for warning in early.warnings)


async def test_a_past_that_is_no_longer_kept_is_told_as_known_now_and_said(corrected: Database, settings: Settings) -> None:
    """What was corrected on 20 March is forgotten: an answer as of the 5th, its receipt and its records say so; one as of the 20th stays whole."""
    found = await measure(corrected, settings, replace(ASKED, as_of=FIRST))
    evidence = await keep(corrected, settings, tool="metrics.query_metric", arguments={"metric": "pr_cycle_time"}, result=found)
    forgotten = await delete_by_age(corrected, Retention(fact_revisions_days=1).model_dump())
    assert forgotten["fact_revision"] > 0
    early, late = [await measure(corrected, settings, replace(ASKED, as_of=day)) for day in (FIRST, SECOND)]
    said = "known_since: changes are kept since 2026-03-20T00:00Z; what was corrected before that is told as known now."
    assert (early.value, said in early.warnings, late.value, said in late.warnings) == (70.0, True, 70.0, False)
    report = await reproduce(corrected, settings, evidence)
    assert (report["identical"], report["differs"]) == (False, ["links", "stats", "value", "warnings"])
    assert (await trace(corrected, settings, evidence))["note"] == said
    assert said in (await with_detail(corrected, settings, found.document(), "records"))["warnings"]
    again = await delete_by_age(corrected, Retention(fact_revisions_days=1).model_dump())
    assert again["fact_revision"] == 0


async def test_a_refresh_that_changes_nothing_keeps_nothing(corrected: Database, settings: Settings) -> None:
    """The history grows with corrections, not with syncs; a rebuild from nothing is no correction either."""
    async with corrected.connect() as connection:
        before = (await connection.execute(select(fact_revision.c.id))).all()
    await refresh(corrected, settings)
    await refresh(corrected, settings, full=True)
    async with corrected.connect() as connection:
        assert (await connection.execute(select(fact_revision.c.id))).all() == before


@pytest.mark.timeout(60)
async def test_every_metric_can_look_back(corrected: Database, settings: Settings) -> None:
    """The statement over the facts of a past day is valid SQL for every metric and cut."""
    for metric in (metric for metric in CATALOGUE.values() if metric.aggregated):
        asked = Question(metric.id, window=FEBRUARY, as_of=FIRST, group_by=metric.dimensions[:1], both_clocks=True)
        assert (await measure(corrected, settings, asked)).as_of == FIRST


async def test_every_changed_record_is_counted_however_many_there_are(corrected: Database, settings: Settings) -> None:
    """A month that had nothing against one with 2,100 records: all of them differ."""
    async with corrected.begin() as connection:
        many = "select 'm' || n, 'merged', n, '2026-03-10', '2026-03-09', '2026-03-09', '{}' from generate_series(1, 2100) n"
        await connection.execute(
            text(f"insert into fact_pull_request (id, state, number, merged_at, created_at, first_commit_at, labels) {many}")
        )
    async with corrected.connect() as connection:
        windows = [Window(datetime(2026, month, 1, tzinfo=UTC), datetime(2026, month, 19, tzinfo=UTC)) for month in (1, 3)]
        plans = [await plan_on(connection, settings, replace(ASKED, window=window)) for window in windows]
        assert len(await changed_records(connection, *plans)) == 2100


async def test_a_chart_of_a_past_answer_draws_what_was_known_then(corrected: Database, settings: Settings) -> None:
    """Its records and classes are those that its figure counts, not those of today."""
    then = (await measure(corrected, settings, replace(ASKED, as_of=FIRST))).document()
    drawn = await with_detail(corrected, settings, then, "records")
    assert {row["record"]: row["value"] for row in drawn["records"]} == {f"#{number}": 10.0 * number for number in range(3, 10)}
    classes = (await with_detail(corrected, settings, then, "bins"))["bins"]
    assert {row["from"]: row["n"] for row in classes if row["n"]} == {24: 2, 48: 3, 72: 2}
    assert (await with_detail(corrected, settings, then, "states"))["states"] == []
