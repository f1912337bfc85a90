"""A refresh derives what was touched and nothing else, and ends as if everything had been derived."""

from collections.abc import Sequence

import pytest
from deriving import Derive, Read, Rows, Store, account, deployed, issue, pull, repository
from edits import Edits, start

from etl.derive.refresh import DERIVATIONS
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
@pytest.mark.parametrize("seed", [3])
async def test_random_edits_and_a_refresh_end_like_a_rebuild(store: Store, derive: Derive, read: Read, seed: int) -> None:
    """Whatever connectors, senders and people change, a refresh misses nothing."""
    rows: Rows = start(seed)
    await store(rows)
    await derive()
    edits = Edits(seed, rows)
    for _ in range(ROUNDS):
        drawn = [edits.draw() for _ in range(edits.dice.randint(1, 4))]
        for made in drawn:
            await store(made)
        await derive()
        refreshed = await facts(read)
        assert "whole" not in await derived(read)
        await derive(full=True)
        rebuilt = await facts(read)
        assert {name: refreshed[name] ^ rebuilt[name] for name in FACTS} == {name: set() for name in FACTS}, drawn


CHANGES: Sequence[tuple[Rows, set[str]]] = [
    ({}, set()),
    ({code.pull_request: [pull(1, "03-02 09:00", title="Renamed")]}, set()),
    ({work.issue: [issue("PAY-1", title="Renamed")]}, {"issues"}),
    ({delivery.deployment: [deployed("d2", "b", "03-03 10:00")]}, {"services"}),
    ({code.pull_request: [pull(1, "03-02 09:00", head_ref="work/other")]}, {"whole", "issues", "services"}),
    ({people.identity: [account("ana", display_name="Ana")]}, {"whole", "issues", "services"}),
]


async def test_a_refresh_derives_what_depends_on_the_change(store: Store, derive: Derive, read: Read) -> None:
    """An open pull request moves no deployment; an account may move everything."""
    await store({code.repository: [repository()], people.identity: [account("ana")], work.issue: [issue("PAY-1")]})
    await store({code.pull_request: [pull(1, "03-02 09:00")], delivery.deployment: [deployed("d1", "a", "03-02 10:00")]})
    await derive()
    for rows, parts in CHANGES:
        await store(rows)
        await derive()
        assert await derived(read) == parts


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
    assert "whole" in await derived(read)
    await derive(other.model_copy(update={"pulse_now": today.pulse_now.replace(year=2025)}))
    assert "whole" in await derived(read)
