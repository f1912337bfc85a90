"""What holds for the derivations as a whole: they depend on the rows alone, not on their order, number or neighbours."""

import json
import random
from pathlib import Path
from typing import Any

from deriving import Derive, Read, Rows, Store, account, deployed, issue, pull, repository

from etl.derive.cases import case_rows
from etl.derive.refresh import DERIVATIONS, refresh
from store.database import open_database
from store.settings import Settings
from store.tables import code, delivery, people, work

CASES = json.loads((Path(__file__).parents[2] / "cases" / "metrics_cases.json").read_text(encoding="utf-8"))["cases"]
FACTS = sorted({fill.table.name for derivation in DERIVATIONS for fill in derivation.fills})
COMBINED = ("RT1", "LT1", "PU1", "CT1", "TA1")
"""Cases that together touch every rule; their rows are told apart by a prefix."""


def combined() -> Rows:
    """The rows of several cases beside each other."""
    rows: Rows = {}
    for case in CASES:
        if case["id"] in COMBINED:
            for table, found in case_rows(renamed(case["inputs"], case["id"])).items():
                rows.setdefault(table, []).extend(found)
    return rows


def renamed(value: Any, prefix: str) -> Any:
    """The same inputs with every id and service prefixed."""
    if isinstance(value, list):
        return [renamed(item, prefix) for item in value]
    names = {"id", "pr_id", "issue_id", "deployment_id", "caused_by_deployment_id", "service", "sha"}
    if isinstance(value, dict):
        return {key: f"{prefix} {item}" if key in names and item is not None else renamed(item, prefix) for key, item in value.items()}
    return value


def unique(rows: Rows) -> Rows:
    """Numbers and ids made by counting would collide between cases: they are made apart again."""
    for table in (code.review, code.pr_event, work.issue_transition):
        for number, row in enumerate(rows.get(table, [])):
            row["id"] = f"{table.name}:{number:06}"
    for number, row in enumerate(rows.get(code.commit, [])):
        row["sha"] = f"commit-{number}"
    for number, row in enumerate(rows.get(code.pr_commit, [])):
        row["sha"] = f"commit-{number}"
    return rows


async def facts(read: Read) -> dict[str, list[str]]:
    """Every derived table as sorted text."""
    return {name: sorted(str(sorted(row.items())) for row in await read(f"select * from {name}")) for name in FACTS}


async def test_a_rebuild_gives_what_a_refresh_gives(store: Store, derive: Derive, read: Read) -> None:
    """Refreshing again writes nothing; emptying the facts first changes nothing."""
    await store(unique(combined()))
    await derive()
    first = await facts(read)
    assert all(
        first[name] for name in ("fact_deployment", "fact_change", "fact_pull_request", "fact_issue", "fact_issue_state", "fact_incident")
    )
    assert sum((await derive()).values()) == 0
    await derive(full=True)
    assert await facts(read) == first


async def test_the_order_of_arrival_does_not_matter(store: Store, derive: Derive, read: Read) -> None:
    """Half of the rows in any order, a refresh, the other half: the same facts as all at once."""
    rows = unique(combined())
    shuffler = random.Random(7)
    late: Rows = {}
    for table, found in rows.items():
        shuffler.shuffle(found)
        late[table] = found[len(found) // 2 :]
        await store({table: found[: len(found) // 2]})
    await derive()
    for table in reversed(list(late)):
        await store({table: late[table]})
    await derive()
    piecewise = await facts(read)
    await derive(full=True)
    assert await facts(read) == piecewise


async def test_a_neighbour_changes_nothing(store: Store, derive: Derive, read: Read) -> None:
    """Rows of another repository, project and person leave every fact of the first as it was."""
    await store(unique(combined()))
    await derive()
    before = await facts(read)
    other = repository("other", "github:repo:2")
    await store({code.repository: [other], people.identity: [account("zed")], work.issue: [issue("ZED-1")]})
    await store({delivery.deployment: [deployed("z1", "z", "03-05 10:00", repo_id=other["id"])]})
    await store({code.pull_request: [pull(900, "03-02 09:00", "03-03 09:00", author="zed", repo_id=other["id"])]})
    await derive()
    after = await facts(read)
    assert {name: [row for row in before[name] if row not in set(after[name])] for name in FACTS} == {name: [] for name in FACTS}


async def test_what_is_gone_from_the_source_is_gone_from_the_facts(store: Store, derive: Derive, read: Read) -> None:
    """A deleted pull request, issue or deployment leaves no fact behind."""
    await store(
        {code.repository: [repository()], code.pull_request: [pull(1, "03-02 09:00")], work.issue: [issue("PAY-1", type="Incident")]}
    )
    await store({delivery.deployment: [deployed("d1", "a", "03-02 10:00")]})
    await derive()
    gone = pull(1, "03-02 09:00")["created_at"]
    await store(
        {
            code.pull_request: [{**pull(1, "03-02 09:00"), "deleted_at": gone}],
            work.issue: [{**issue("PAY-1", type="Incident"), "deleted_at": gone}],
        }
    )
    await store({delivery.deployment: [{**deployed("d1", "a", "03-02 10:00"), "deleted_at": gone}]})
    await derive()
    for name in ("fact_pull_request", "fact_issue", "fact_issue_state", "fact_incident", "fact_deployment", "fact_deployment_row"):
        assert await read(f"select * from {name}") == []


async def test_the_writing_role_may_derive(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """A worker knows the login of the ETL role only: it may do all that a refresh does."""
    await store(unique(combined()))
    async with open_database(today, role="etl") as worker:
        changed = await refresh(worker, today)
    assert changed["fact_deployment"] > 0
    assert sum((await derive()).values()) == 0
