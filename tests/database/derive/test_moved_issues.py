"""A Jira issue that was moved to another project: what names it by its former key goes on meaning it."""

from deriving import Derive, Read, Row, Store, account, at, issue, pull, repository

from servers.records.issues import detail
from store.database import Database
from store.tables import code, people, work

LINKS = "select issue_id, pr_id from issue_pr order by pr_id"
EPICS = "select id, epic from fact_issue where level = 'item' order by id"


def moved(issue_id: str, old: str, new: str, when: str) -> Row:
    """The entry of its history that tells of the move."""
    return {"id": f"{issue_id} {when}", "issue_id": issue_id, "field": "key", "at": at(when), "old": old, "new": new}


async def prepared(store: Store) -> None:
    """An epic with an item that knows its key alone, and two pull requests that name it by it."""
    await store({code.repository: [repository()], people.identity: [account("ana")]})
    await store({work.issue: [issue("PAY-1", type="Epic", level="epic"), issue("PAY-2", epic_key="PAY-1")]})
    named = [pull(1, "03-02 09:00", head_ref="feature/PAY-1-pay"), pull(2, "03-05 09:00", title="PAY-1: more")]
    await store({code.pull_request: named})


async def test_links_and_epics_of_a_moved_issue_stay(store: Store, derive: Derive, read: Read, db: Database) -> None:
    """With the sync that sees the move, after a rebuild, and when somebody asks for the former key."""
    await prepared(store)
    await derive()
    links = [{"issue_id": "PAY-1", "pr_id": "pr1"}, {"issue_id": "PAY-1", "pr_id": "pr2"}]
    assert (await read(LINKS), await read(EPICS)) == (links, [{"id": "PAY-2", "epic": "PAY-1"}])
    epic = issue("PLT-7", id="PAY-1", type="Epic", level="epic")
    await store({work.issue: [epic], work.issue_field_change: [moved("PAY-1", "PAY-1", "PLT-7", "03-04 09:00")]})
    for full in (False, True):
        await derive(full=full)
        assert (await read(LINKS), await read(EPICS)) == (links, [{"id": "PAY-2", "epic": "PLT-7"}])
    async with db.connect() as connection:
        found = await detail(connection, "pay-1")
    assert (found or {})["issue"] == "PLT-7"


async def test_an_issue_that_came_back_is_linked_once(store: Store, derive: Derive, read: Read) -> None:
    """There and back again: a key that has a bearer means that one."""
    await prepared(store)
    there = [moved("PAY-1", "PAY-1", "PLT-7", "03-03 09:00"), moved("PAY-1", "PLT-7", "PAY-1", "03-04 09:00")]
    again = [moved("PAY-1", "PAY-1", "PLT-7", "03-05 09:00"), moved("PAY-1", "PLT-7", "PAY-1", "03-06 09:00")]
    await store({work.issue_field_change: there + again, work.issue: [issue("PAY-3", epic_key="PLT-7")]})
    await derive()
    assert await read(LINKS) == [{"issue_id": "PAY-1", "pr_id": "pr1"}, {"issue_id": "PAY-1", "pr_id": "pr2"}]
    assert await read(EPICS) == [{"id": "PAY-2", "epic": "PAY-1"}, {"id": "PAY-3", "epic": "PAY-1"}]


async def test_what_names_an_issue_by_the_key_it_had_before_it_came_is_linked(store: Store, derive: Derive, read: Read) -> None:
    """The pull requests were there first; the moved issue comes with its history."""
    await store({code.repository: [repository()], people.identity: [account("ana")]})
    await store({code.pull_request: [pull(1, "03-02 09:00", head_ref="feature/PAY-1-pay")]})
    await derive()
    came = {work.issue: [issue("PLT-7")], work.issue_field_change: [moved("PLT-7", "PAY-1", "PLT-7", "03-04 09:00")]}
    await store(came)
    await derive()
    assert await read(LINKS) == [{"issue_id": "PLT-7", "pr_id": "pr1"}]
