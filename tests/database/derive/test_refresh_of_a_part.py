"""A refresh derives what was touched and nothing else, and ends as if everything had been derived."""

from collections.abc import Sequence

import pytest
from deriving import Derive, Read, Rows, Store, account, deployed, issue, pull, repository
from edits import Edits, start

from benchmarks.statements import noted
from etl.derive.refresh import DERIVATIONS, FEW
from store.database import Database
from store.settings import Settings
from store.tables import code, delivery, people, work

FACTS = sorted({fill.table.name for derivation in DERIVATIONS for fill in derivation.fills})
ROUNDS = 3


async def facts(read: Read) -> dict[str, set[str]]:
    """Every derived table as text."""
    return {name: {str(sorted(row.items())) for row in await read(f"select * from {name}")} for name in FACTS}


async def derived(read: Read) -> set[str]:
    """The parts that the last refresh derived."""
    ran = {row["name"] for row in await read("select name from derivation where duration_s > 0")}
    return {derivation.part for derivation in DERIVATIONS if derivation.name in ran} - {"always", "pulls", "after"}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("seed", "few"), [(3, FEW), (5, 0)])
async def test_random_edits_and_a_refresh_end_like_a_rebuild(store: Store, derive: Derive, read: Read, seed: int, few: int) -> None:
    """Whatever connectors, senders and people change, a refresh misses nothing, be it of few rows or of many."""
    rows: Rows = start(seed)
    await store(rows)
    await derive()
    edits = Edits(seed, rows)
    for _ in range(ROUNDS):
        drawn = [edits.draw() for _ in range(edits.dice.randint(1, 4))]
        for made in drawn:
            await store(made)
        assert await read("select * from touched where kind = 'all'") == []
        await derive(few=few)
        refreshed = await facts(read)
        await derive(full=True)
        rebuilt = await facts(read)
        assert {name: refreshed[name] ^ rebuilt[name] for name in FACTS} == {name: set() for name in FACTS}, drawn


CHANGES: Sequence[tuple[Rows, set[str]]] = [
    ({}, set()),
    ({code.pull_request: [pull(1, "03-02 09:00", title="Renamed")]}, set()),
    ({work.issue: [issue("PAY-1", title="Renamed")]}, {"issues"}),
    ({delivery.deployment: [deployed("d2", "b", "03-03 10:00")]}, {"services"}),
    ({people.identity: [account("ana", display_name="Ana")]}, {"people"}),
    ({code.pull_request: [pull(1, "03-02 09:00", "03-02 10:00")]}, {"services"}),
    ({code.pull_request: [pull(1, "03-02 09:00", "03-02 10:00", title="Said better")]}, set()),
    ({code.pull_request: [pull(1, "03-02 09:00", "03-02 10:00", title="Revert it")]}, {"services"}),
    ({code.pull_request: [pull(1, "03-02 09:00", head_ref="work/other")]}, {"people", "issues", "services"}),
]


async def test_a_refresh_derives_what_depends_on_the_change(store: Store, derive: Derive, read: Read) -> None:
    """An open pull request moves no deployment, nor does the title of a merged one unless it makes it a repair."""
    await store({code.repository: [repository()], people.identity: [account("ana")], work.issue: [issue("PAY-1")]})
    await store({code.pull_request: [pull(1, "03-02 09:00")], delivery.deployment: [deployed("d1", "a", "03-02 10:00")]})
    await derive()
    for rows, parts in CHANGES:
        await store(rows)
        await derive()
        assert await derived(read) == parts


async def counted(db: Database, derive: Derive) -> tuple[int, int]:
    """Statements of a refresh, and how many of them make tables."""
    async with noted(db) as said:
        await derive()
    return len(said), sum(statement.startswith("create temp table") for statement in said)


async def test_a_refresh_after_twenty_changes_asks_little(store: Store, derive: Derive, db: Database) -> None:
    """Each statement is planned, each table is entered into the catalogue and taken out again: that is what a small refresh costs."""
    pulls = [pull(number, "03-02 09:00", title=f"PAY-{number} x") for number in range(20)]
    issues = [issue(f"PAY-{number}") for number in range(20, 40)]
    await store({code.repository: [repository()], people.identity: [account("ana")], code.pull_request: pulls, work.issue: issues})
    await store({delivery.deployment: [deployed("d1", "a", "03-02 10:00")]})
    await derive()
    quiet = await counted(db, derive)
    await store({code.pull_request: [row | {"title": "Renamed"} for row in pulls]})
    of_pulls = await counted(db, derive)
    await store({work.issue: [row | {"title": "Renamed"} for row in issues]})
    of_issues = await counted(db, derive)
    assert [most for most, found in zip(MOST, (quiet, of_pulls, of_issues), strict=True) if found[0] > most[0] or found[1] > most[1]] == []


MOST = ((18, 3), (50, 6), (50, 6))
"""Statements and tables of a refresh where nothing, twenty open pull requests, twenty issues have changed."""


async def test_what_a_repository_shows_each_day_moves_no_fact(store: Store, derive: Derive, read: Read) -> None:
    """The time of the last push is read with every sync; only what facts depend on is noted."""
    await store({code.repository: [repository()]})
    await derive()
    await store({code.repository: [{**repository(), "description": "Shop"}]})
    assert await read("select * from touched") == []
    await store({code.repository: [{**repository(), "default_branch": "trunk"}]})
    assert [row["kind"] for row in await read("select kind from touched")] == ["all"]


async def test_other_settings_derive_everything(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """A changed pulse.yaml, and a clock that was set back, may change any fact."""
    await store({code.repository: [repository()]})
    await derive()
    await derive()
    assert await derived(read) == set()
    other = today.model_copy(update={"pulse_timezone": "Asia/Tokyo"})
    await derive(other)
    assert "people" in await derived(read)
    await derive(other.model_copy(update={"pulse_now": today.pulse_now.replace(year=2025)}))
    assert "people" in await derived(read)
