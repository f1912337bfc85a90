"""Proposed mappings: evidence, score, a person's decision, and its undoing."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from deriving import Derive, Read, Store, account, issue, pull, repository

from etl import mappings
from store.database import Database
from store.errors import Conflict, InvalidQuestion, NotFound
from store.tables import code, people, work
from tests.database.derive.test_organisation import github_company

Proposed = Callable[[], Awaitable[dict[str, mappings.Proposal]]]
ANA = "identity|github:user:alima|jira:user:u1"


@pytest.fixture
def proposed(db: Database) -> Proposed:
    """What is proposed now, by id."""

    async def read() -> dict[str, mappings.Proposal]:
        async with db.connect() as connection:
            return {one.id: one for one in await mappings.proposals(connection)}

    return read


async def _two_anas(store: Store) -> None:
    """A GitHub login and a Jira account of one name; the login is the address; five of her six linked pull requests are for her issues."""
    await store({code.repository: [repository()]})
    await store(
        {
            people.identity: [
                account("alima", display_name="Ana Lima"),
                account("u1", "jira", display_name="Ana Lima", email="alima@acme.example"),
            ]
        }
    )
    await store(
        {
            people.identity: [
                account("bo", display_name="Bo Wu"),
                account("u2", "jira", display_name="Bo  Wu"),
                account("bw", display_name="bo-wu"),
            ]
        }
    )
    await store({work.issue: [issue(f"PAY-{n}", assignee_id="jira:user:u1" if n < 6 else "jira:user:u9") for n in range(1, 7)]})
    await store({code.pull_request: [pull(n, "03-02 09:00", "03-03 09:00", author="alima", title=f"PAY-{n} x") for n in range(1, 7)]})


async def test_accounts_are_proposed_as_one_person_with_every_sign_named(store: Store, derive: Derive, proposed: Proposed) -> None:
    """Name, address and shared work together are surer than a name that three accounts bear."""
    await github_company(store)
    await _two_anas(store)
    await derive()
    found = await proposed()
    assert found[ANA].says == "Ana Lima at github and Ana Lima at jira are one person"
    assert found[ANA].evidence == [
        "both are called Ana Lima",
        "the login of one, alima, is the address of the other",
        "5 of 6 linked pull requests of one are for issues assigned to the other",
    ]
    assert found[ANA].score == round(1 - 0.4 * 0.5 * (1 - 5 / 6), 2)
    others = [one for one in found.values() if one.kind == "identity" and one.id != ANA]
    assert ({one.score for one in others}, others[0].evidence) == ({0.2}, ["both are called Bo Wu, as are 1 others"])


async def test_an_accepted_proposal_joins_the_accounts_and_undoing_it_parts_them(
    store: Store, derive: Derive, read: Read, proposed: Proposed, db: Database
) -> None:
    """The decision is kept with who, when and why; taken back it is proposed again."""
    await _two_anas(store)
    await derive()
    async with db.begin() as connection:
        done = await mappings.decide(connection, ANA, "accepted", "ana@acme.example")
    await derive()
    same = "select count(distinct person_id) as n from identity where id in ('github:user:alima', 'jira:user:u1')"
    assert (await read(same), ANA in await proposed()) == ([{"n": 1}], False)
    async with db.begin() as connection:
        await mappings.undo(connection, done["id"], "bo@acme.example")
        with pytest.raises(Conflict):
            await mappings.undo(connection, done["id"], "bo@acme.example")
        with pytest.raises(NotFound):
            await mappings.undo(connection, "none", "bo@acme.example")
    await derive()
    assert (await read(same), ANA in await proposed()) == ([{"n": 2}], True)
    async with db.connect() as connection:
        [kept] = await mappings.decisions(connection)
    assert (kept["decision"], kept["decided_by"], kept["undone_by"], kept["evidence"]["says"]) == (
        "accepted", "ana@acme.example", "bo@acme.example", "Ana Lima at github and Ana Lima at jira are one person",
    )  # fmt: skip


async def test_a_rejected_proposal_is_not_made_again(store: Store, derive: Derive, proposed: Proposed, db: Database) -> None:
    """And cannot be decided twice."""
    await _two_anas(store)
    await derive()
    async with db.begin() as connection:
        await mappings.decide(connection, ANA, "rejected", "ana")
        with pytest.raises(NotFound):
            await mappings.decide(connection, ANA, "accepted", "ana")
    await derive()
    assert ANA not in await proposed()


async def test_an_author_without_a_team_is_proposed_for_the_one_whose_code_they_change(
    store: Store, derive: Derive, read: Read, proposed: Proposed, db: Database
) -> None:
    """Once accepted, pull requests count for the team; whoever has a team is never proposed."""
    await github_company(store)
    await store({people.identity: [account("cy", display_name="Cy Ray")]})
    await store({code.pull_request: [pull(n, "03-02 09:00", "03-03 09:00", author="cy" if n < 5 else "ana") for n in range(1, 8)]})
    await derive()
    found = [one for one in (await proposed()).values() if one.kind == "membership"]
    assert [(one.says, one.score, one.evidence) for one in found] == [
        ("Cy Ray is in payments", 1.0, ["4 of 4 merged pull requests in a year are in repositories that payments owns"])
    ]
    async with db.begin() as connection:
        with pytest.raises(InvalidQuestion):
            await mappings.decide_surer(connection, 80, "ana")
        [done] = await mappings.decide_surer(connection, 0.9, "ana")
    await derive()
    assert await read("select distinct team from fact_pull_request where number < 5") == [{"team": "payments"}]
    async with db.begin() as connection:
        await mappings.undo(connection, done["id"], "ana")
    await derive()
    assert await read("select distinct team from fact_pull_request where number < 5") == [{"team": None}]


@pytest.mark.parametrize(("signs", "score"), [([], 0), ([0.6], 0.6), ([0.6, 0.5], 0.8), ([1.0], 0.99)])
def test_signs_add_up_and_never_to_certainty(signs: list[float], score: Any) -> None:
    """A proposal is not a proof."""
    assert mappings.combined(signs) == score
