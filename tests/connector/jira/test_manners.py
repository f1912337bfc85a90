"""Drifting pages, circles, poison and refusals: nothing is lost, nothing runs for ever."""

from collections.abc import Callable
from typing import Any

import pytest
from fake_jira import FakeJira, Reply
from sqlalchemy import text

from etl.sync import sync
from store.database import Database
from store.settings import Settings

pytestmark = pytest.mark.timeout(60)


async def run(settings: Settings, db: Database, **more: Any) -> dict[str, Any]:
    """One sync of Jira without derivation."""
    return (await sync(settings, db, sources=["jira"], **more)).as_dict()


async def titles(db: Database) -> dict[str, str]:
    """Titles of the issues that are not deleted, by key."""
    async with db.connect() as connection:
        rows = await connection.execute(text("select key, title from issue where deleted_at is null"))
        return {row.key: row.title for row in rows}


@pytest.mark.parametrize("seed", range(2))
async def test_issues_that_change_and_appear_while_being_read_are_there_after_the_next_sync(
    site: FakeJira, cloud: Settings, db: Database, seed: int
) -> None:
    """Between pages 20 issues change and one appears; the next sync leaves none stale and none missing."""
    site.page_cap = 100
    for number in range(1, 701):
        site.add_issue(number)
    turn = [0]

    def drift(path: str) -> Reply | None:
        if path.endswith("/search/jql") and turn[0] < 8:
            turn[0] += 1
            for step in range(20):
                number = (turn[0] * 97 + step * 31 + seed * 13) % 700 + 1
                site.touch(str(10_000 + number), summary=f"changed in turn {turn[0]}")
            site.add_issue(700 + turn[0])
        return None

    site.faults.append(drift)
    await run(cloud, db)
    site.faults.clear()
    await run(cloud, db)
    assert await titles(db) == {issue["key"]: issue["fields"]["summary"] for issue in site.issues.values()}


async def test_issues_that_vanish_are_marked_after_a_full_sync(site: FakeJira, cloud: Settings, db: Database) -> None:
    """An incremental sync cannot see a deletion; a full one proves it. What comes back lives again."""
    for number in range(1, 6):
        site.add_issue(number)
    await run(cloud, db)
    gone = site.issues.pop("10003")
    await run(cloud, db)
    assert len(await titles(db)) == 5
    await run(cloud, db, full=True)
    assert "PAY-3" not in await titles(db)
    site.issues["10003"] = gone
    await run(cloud, db, full=True)
    assert len(await titles(db)) == 5


async def test_a_circle_of_page_tokens_ends(site: FakeJira, cloud: Settings, db: Database) -> None:
    """A site that repeats a token is left alone after a few pages, and the run says so."""
    issue = site.add_issue(1)
    looping = {"issues": [{**issue, "changelog": {"total": 0, "histories": []}}], "nextPageToken": "again", "isLast": False}
    site.faults.append(lambda path: Reply(looping) if path.endswith("/search/jql") else None)
    result = await run(cloud, db)
    assert result["status"] == "partial"
    assert site.count("/search/jql") <= 4
    assert "repeats its page tokens" in next(entity["error"] for entity in result["entities"] if entity["entity"] == "jira.issues")


async def test_an_empty_page_in_between_is_no_end(site: FakeJira, cloud: Settings, db: Database) -> None:
    """Jira may send a page without issues and a token for the next."""
    site.add_issue(1)
    served = [0]

    def hollow(path: str) -> Reply | None:
        if not path.endswith("/search/jql"):
            return None
        served[0] += 1
        return Reply({"issues": [], "isLast": False, "nextPageToken": "p0"}) if served[0] == 1 else None

    site.faults.append(hollow)
    assert (await run(cloud, db))["status"] == "ok"
    assert await titles(db) == {"PAY-1": "Work 1"}


async def test_poison_among_good_issues_is_set_aside(site: FakeJira, cloud: Settings, db: Database) -> None:
    """Wrong types, dates that are none, missing ids: sixty such records cost none of the good ones."""
    poison: list[Callable[[dict[str, Any]], Any]] = [
        lambda issue: issue["fields"].update(created="0000-00-00"),
        lambda issue: issue["fields"].update(created="10000-01-01T00:00:00.000+0000"),
        lambda issue: issue["fields"].pop("created"),
        lambda issue: issue.update(fields=None),
        lambda issue: issue["fields"].update(updated="not a time"),
        lambda issue: issue["fields"].update(resolutiondate={"a": 1}),
    ]
    for number in range(1, 301):
        site.add_issue(number)
    for place in range(60):
        poison[place % len(poison)](site.issues[str(10_005 + place * 4)])
    site.careless = True
    result = await run(cloud, db)
    assert result["status"] == "ok", result
    async with db.connect() as connection:
        aside = (await connection.execute(text("select count(*), count(distinct external_id), count(reason) from quarantine"))).one()
    assert (len(await titles(db)), tuple(aside)) == (240, (60, 60, 60))


@pytest.mark.parametrize("status", [403, 404, 410, 451])
async def test_what_may_not_be_read_any_more_deletes_nothing(
    site: FakeJira, cloud: Settings, db: Database, misbehave: Callable[..., None], status: int
) -> None:
    """A permission that was taken away stops that list in at most two requests; what is stored stays."""
    for number in range(1, 4):
        site.add_issue(number)
    await run(cloud, db)
    before = site.count("/search/jql")
    misbehave("/search/jql", times=99, status=status, answer={"errorMessages": ["no"]})
    result = await run(cloud, db, full=True)
    assert result["status"] == "partial"
    assert site.count("/search/jql") - before <= 2
    assert len(await titles(db)) == 3


async def test_no_secret_goes_to_another_host(site: FakeJira, cloud: Settings, db: Database, misbehave: Callable[..., None]) -> None:
    """A redirect elsewhere is not followed."""
    elsewhere = FakeJira()
    misbehave("/myself", times=9, status=302, answer={}, headers={"location": "http://localhost:9/rest/api/3/myself"})
    result = await run(cloud, db)
    account = next(entity for entity in result["entities"] if entity["entity"] == "jira.account")
    assert "only talks to the host that is set" in account["error"]
    assert elsewhere.exchanges == []
