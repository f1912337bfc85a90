"""The facts against the same rules written as plain loops (tests/support/second_opinion.py), over companies made by chance."""

from datetime import UTC, datetime

import pytest
import second_opinion
import sprint_opinion
from deriving import Derive, Read, Row, Store, account, repository

from store.tables import code, delivery, people, work

SEEDS = (1, 2, 3, 4)


def parted(rows: list[Row], **values: str) -> list[Row]:
    """The rows without their notes, and with these values added."""
    return [{**{key: value for key, value in row.items() if key != "back"}, **values} for row in rows]


async def derived(store: Store, derive: Derive, seed: int) -> second_opinion.Company:
    """A company stored and derived."""
    made = second_opinion.company(seed)
    await store({code.repository: [repository()], people.identity: [account(login) for login in second_opinion.PEOPLE]})
    await store({code.commit: made.commits, delivery.deployment: parted(made.deployments), delivery.incident: made.incidents})
    await store({code.pull_request: made.pulls, code.pr_event: made.events, code.review: made.reviews})
    await store({work.issue: made.issues, work.issue_transition: made.moves})
    await derive()
    return made


@pytest.mark.parametrize("seed", SEEDS)
async def test_deployments_agree_with_a_second_opinion(store: Store, derive: Derive, read: Read, seed: int) -> None:
    """Parts, kinds, rollbacks, shipped commits and links of incidents come out the same by loops."""
    made = await derived(store, derive, seed)
    groups = second_opinion.grouped(made.deployments)
    second_opinion.judged(groups)
    ships = second_opinion.shipped(made, groups)
    parts = {row["deployment_id"]: row["logical_id"] for row in await read("select deployment_id, logical_id from fact_deployment_part")}
    assert parts == {row["id"]: group.key for group in groups for row in group.rows}
    found = {
        row["id"]: (row["kind"], row["rolled_back_by_id"]) for row in await read("select id, kind, rolled_back_by_id from fact_deployment")
    }
    assert found == {group.key: (group.kind, group.undone_by and group.undone_by.key) for group in groups}
    stored = await read("select deployment_id, sha from deployment_change")
    assert {(row["deployment_id"], row["sha"]) for row in stored} == {(key, sha) for key, shas in ships.items() for sha in shas}
    single = {row["sha"] for row in made.commits if len(row["parents"]) < 2}
    expected = {sha: key for sha, key in second_opinion.first_shipped(groups, ships).items() if sha in single}
    assert {row["sha"]: row["deployment_id"] for row in await read("select sha, deployment_id from fact_change")} == expected
    links = {row["id"]: row["link_deployment_id"] for row in await read("select id, link_deployment_id from fact_incident")}
    assert links == second_opinion.linked(made, groups)


@pytest.mark.parametrize("seed", SEEDS)
async def test_pull_requests_and_issues_agree_with_a_second_opinion(store: Store, derive: Derive, read: Read, seed: int) -> None:
    """Instants of reviews and the lives of issues come out the same by loops."""
    made = await derived(store, derive, seed)
    pulls = second_opinion.pull_times(made)
    found = {row.pop("id"): row for row in await read(f"select id, {', '.join(pulls['p0'])} from fact_pull_request")}
    assert found == pulls
    lives = second_opinion.lives(made)
    found = {row.pop("id"): row for row in await read(f"select id, {', '.join(lives['K-0'])} from fact_issue")}
    assert found == {
        key: {**life, "active_hours": life["active_hours"] and pytest.approx(life["active_hours"])} for key, life in lives.items()
    }


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_sprint_ledger_agrees_with_a_second_opinion(store: Store, derive: Derive, read: Read, seed: int) -> None:
    """Who was committed, added, removed, done or spilled, at which size, comes out the same by loops."""
    made = second_opinion.company(seed)
    stays = sprint_opinion.stays(made)
    await store(
        {work.issue: made.issues, work.issue_transition: made.moves, work.sprint: sprint_opinion.sprints(), work.sprint_issue: stays}
    )
    await derive()
    columns = "committed, added, removed, done, spilled, start_points, end_points, carried"
    rows = await read(f"select sprint_id, issue_id, {columns} from fact_sprint_issue")
    found = {(row.pop("sprint_id"), row.pop("issue_id")): row for row in rows}
    assert found == sprint_opinion.ledger(made, stays, datetime(2026, 4, 20, tzinfo=UTC))
