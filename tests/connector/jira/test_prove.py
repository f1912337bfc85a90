"""Proof that the store equals Jira, and the mending of what a sync of changes cannot see."""

from typing import Any

import pytest
from fake_jira import FakeJira, Reply
from sqlalchemy import text

from etl.hints import Delivery, Hint, keep
from etl.jobs.sync import run_sync
from etl.prove import Proof, prove
from etl.repair import repair
from etl.sync import sync
from store.database import Database
from store.queue import JobRun
from store.settings import Settings

pytestmark = pytest.mark.timeout(60)
ISSUES = ["jira.issues"]


async def alive(db: Database) -> list[str]:
    """Keys of the issues that are not deleted."""
    async with db.connect() as connection:
        return list((await connection.scalars(text("select key from issue where deleted_at is null order by key"))).all())


async def forget(db: Database, key: str) -> None:
    """A gap: the issue was never stored."""
    async with db.begin() as connection:
        await connection.execute(text("delete from raw_record where entity = 'jira.issues' and external_id = :key"), {"key": key})
        for table, column in (("issue", "id"), ("issue_transition", "issue_id"), ("issue_field_change", "issue_id")):
            await connection.execute(text(f"delete from {table} where {column} = 'jira:issue:' || :key"), {"key": key})


def told(proof: Proof) -> dict[str, Any]:
    """What a proof found."""
    return {kind: getattr(proof, kind) for kind in ("missing", "different", "ghosts") if getattr(proof, kind)}


@pytest.fixture
async def read(site: FakeJira, cloud: Settings, db: Database) -> FakeJira:
    """The site with twenty issues, read once."""
    for number in range(1, 21):
        site.add_issue(number)
    await sync(cloud, db, sources=["jira"])
    return site


async def test_an_equal_store_is_proven_by_ids_and_times_alone(read: FakeJira, cloud: Settings, db: Database) -> None:
    """One question, and the proof carries Jira's own clock."""
    [proof] = await prove(cloud, db, sources=["jira"], only=ISSUES)
    assert (proof.equal, proof.by, proof.compared, proof.requests) == (True, "keys", 20, 1)
    assert proof.at == read.clock.isoformat()
    async with db.connect() as connection:
        kept = await connection.execute(text("select scope, proven_at, compared, missing + different + ghosts + moved from proof"))
        assert kept.all() == [("jira", read.clock, 20, 0)]


async def test_every_kind_of_difference_is_found_and_mended(read: FakeJira, cloud: Settings, db: Database) -> None:
    """Two were deleted, one was never stored, one has changed; a repair asks for what differs only."""
    del read.issues["10003"], read.issues["10004"]
    await forget(db, "10007")
    read.touch("10009", summary="Renamed")
    [before] = await prove(cloud, db, sources=["jira"], only=ISSUES)
    assert told(before) == {"missing": ["10007"], "different": ["10009"], "ghosts": ["10003", "10004"]}
    asked = len(read.exchanges)
    [after] = await repair(cloud, db, sources=["jira"], only=ISSUES)
    assert (after.equal, after.mended, len(read.exchanges) - asked) == (True, 4, 5)
    assert await alive(db) == sorted(issue["key"] for issue in read.issues.values())
    async with db.connect() as connection:
        histories = await connection.execute(text("select changes, has_history from issue where key = 'PAY-7'"))
        assert histories.all() == [(2, True)]
        assert (await connection.execute(text("select mode, status from sync_run where mode = 'repair'"))).all() == [("repair", "ok")]


async def test_an_equal_store_is_left_alone(read: FakeJira, cloud: Settings, db: Database) -> None:
    """No run, no question but the one for ids."""
    asked = len(read.exchanges)
    [proof] = await repair(cloud, db, sources=["jira"], only=ISSUES)
    assert (proof.equal, proof.mended, len(read.exchanges) - asked) == (True, 0, 1)


async def test_one_look_is_no_proof_that_something_is_gone(read: FakeJira, cloud: Settings, db: Database) -> None:
    """A page that leaves an issue out once marks nothing."""
    shown = [issue for key, issue in read.issues.items() if key != "10005"]
    turns = iter([Reply({"issues": shown, "isLast": True})])
    read.faults.append(lambda path: next(turns, None) if path.endswith("/search/jql") else None)
    [proof] = await repair(cloud, db, sources=["jira"], only=ISSUES)
    assert (proof.equal, len(await alive(db))) == (True, 20)


async def test_what_is_set_aside_is_neither_missing_nor_different(read: FakeJira, cloud: Settings, db: Database) -> None:
    """An issue that cannot be understood is told apart."""
    read.touch("10002", created="0000-00-00")
    await sync(cloud, db, sources=["jira"])
    [proof] = await prove(cloud, db, sources=["jira"], only=ISSUES)
    assert (proof.equal, proof.as_dict()["set_aside"]) == (True, 1)


async def test_an_issue_that_vanishes_before_it_is_asked_for_is_left_out(read: FakeJira, cloud: Settings, db: Database) -> None:
    """Jira refuses a question that names it; the others are asked for alone."""
    for key in ("10007", "10008"):
        await forget(db, key)
    looked = [0]

    def vanish(path: str) -> Reply | None:
        looked[0] += path.endswith("/search/jql")
        if looked[0] == 2:
            read.issues.pop("10008", None)
        return None

    read.faults.append(vanish)
    [proof] = await repair(cloud, db, sources=["jira"], only=ISSUES)
    assert (proof.equal, "PAY-7" in await alive(db), "PAY-8" in await alive(db)) == (True, True, False)


async def test_a_webhook_about_a_deletion_marks_what_is_gone(read: FakeJira, cloud: Settings, db: Database) -> None:
    """The delivery proves nothing; the comparison it asks for does."""
    del read.issues["10006"]
    async with db.begin() as connection:
        await keep(connection, Delivery("jira", "d1", "jira:issue_deleted", Hint("deleted", "jira.issues")))
    await run_sync(JobRun(1, 1, cloud, db), source="jira")
    assert "PAY-6" not in await alive(db)
    async with db.connect() as connection:
        assert (await connection.scalars(text("select outcome from webhook_delivery"))).all() == ["followed"]


async def test_issues_that_slip_past_a_long_reading_are_found_at_its_end(site: FakeJira, cloud: Settings, db: Database) -> None:
    """Deletions between pages pull later issues onto pages that were read already; one question for ids finds them."""
    site.page_cap = 200
    for number in range(1, 1301):
        site.add_issue(number, entries=1)
    turn = [0]

    def shrink(path: str) -> Reply | None:
        turn[0] += path.endswith("/search/jql")
        if path.endswith("/search/jql") and 2 <= turn[0] <= 5:
            for step in range(3):
                site.issues.pop(str(10_000 + turn[0] * 10 + step), None)
        return None

    site.faults.append(shrink)
    await sync(cloud, db, sources=["jira"])
    [proof] = await prove(cloud, db, sources=["jira"], only=ISSUES)
    assert (proof.missing, proof.compared, len(site.issues)) == ([], 1288, 1288)
