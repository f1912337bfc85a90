"""What other tools' own tests expect, where it follows from the rows and not from a choice of theirs."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from deriving import Derive, Read, Row, Store, account, commit, deployed, pull, repository

from store.tables import code, delivery, people

STATES = {"APPROVED": "approved", "REJECTED": "changes_requested", "CHANGES_REQUESTED": "changes_requested", "COMMENTED": "commented"}


def cases(evidence: Path, name: str) -> list[Row]:
    """The cases of one file."""
    found: list[Row] = json.loads((evidence / "dora" / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    return found


def instant(value: str | None) -> datetime | None:
    """An instant, or none."""
    return datetime.fromisoformat(value) if value else None


def offered(number: int, case: Row) -> tuple[Row, list[Row], list[Row]]:
    """A pull request with its events and reviews."""
    given, happened = case["inputs"]["pull_request"], case["inputs"]["events"]
    begins = any(event["type"] == "ready_for_review" for event in happened)
    row = pull(number, "01-01 00:00", created_as_draft=begins, state=given["state"].lower())
    row |= {name: instant(given[name]) for name in ("created_at", "merged_at", "closed_at")}
    events = [
        {"id": f"e{number}", "pr_id": row["id"], "kind": "ready_for_review", "at": instant(event["at"])} for event in happened[:1] if begins
    ]
    reviews = [
        {
            "id": f"r{number}-{n}",
            "pr_id": row["id"],
            "reviewer_id": "github:user:bo",
            "state": STATES[event["state"]],
            "submitted_at": instant(event["at"]),
        }
        for n, event in enumerate(happened)
        if event["type"] == "review"
    ]
    return row, events, reviews


async def test_the_first_review_is_counted_from_the_moment_of_offering(store: Store, derive: Derive, read: Read, evidence: Path) -> None:
    """Middleware starts its clocks at ready for review like Pulse's pickup; an end that has not come is unknown."""
    listed = cases(evidence, "middleware-pull-request-times")
    rows = [offered(number, case) for number, case in enumerate(listed)]
    await store(
        {code.repository: [repository()], people.identity: [account("ana"), account("bo")], code.pull_request: [row[0] for row in rows]}
    )
    await store({code.pr_event: [event for row in rows for event in row[1]], code.review: [review for row in rows for review in row[2]]})
    await derive()
    columns = "extract(epoch from first_review_at - ready_at)::int as first_review, extract(epoch from merged_at - ready_at)::int as cycle"
    found = {row["id"]: row for row in await read(f"select id, {columns} from fact_pull_request")}
    for number, case in enumerate(listed):
        expected = {
            short: case["expected"][name]
            for short, name in (("first_review", "first_review_seconds"), ("cycle", "cycle_seconds"))
            if name in case["expected"]
        }
        assert {name: found[f"pr{number}"][name] for name in expected} == expected
    assert [row["cycle"] for row in found.values()].count(None) == sum(
        case["inputs"]["pull_request"]["merged_at"] is None for case in listed
    )


@pytest.mark.parametrize("index", range(3))
async def test_a_branch_says_what_it_reverts(store: Store, derive: Derive, read: Read, evidence: Path, index: int) -> None:
    """By number or by the beginning of the merge commit."""
    case = cases(evidence, "middleware-reverts")[index]
    target = pull(1, "03-01 10:00", "03-02 10:00", merge_commit_sha="abcdef12ffff")
    later = pull(2, "03-03 10:00", "03-04 10:00", head_ref=case["inputs"]["head_branch"], title=case["inputs"]["title"])
    await store({code.repository: [repository()], code.pull_request: [target, later]})
    await derive()
    found = (await read("select reverts_pr_id from fact_pull_request where id = 'pr2'"))[0]["reverts_pr_id"]
    assert found == (None if case["expected"]["reverts"] is None else "pr1")


async def test_a_range_begins_after_the_previous_success_of_the_repository(
    store: Store, derive: Derive, read: Read, evidence: Path
) -> None:
    """Ordered by finish within production and one repository, as DevLake expects: each ships what lies between it and that one."""
    case = cases(evidence, "devlake-previous-success")[0]
    listed = sorted(case["inputs"]["deployments"], key=lambda one: one["finished_at"])
    repos = sorted({one["repo"] for one in listed})
    history, rows, before = [], [], dict.fromkeys(repos, ())
    for one in listed:
        sha, repo = f"sha{one['id']}", one["repo"]
        history.append(commit(sha, *before[repo], repo_id=repo))
        before[repo] = (sha,)
        row = deployed(one["id"], sha, "01-01 00:00", repo_id=repo, environment=one["environment"], service_id=f"service:{one['scope']}")
        rows.append({**row, "started_at": instant(one["finished_at"]), "finished_at": instant(one["finished_at"])})
    services = [
        {"id": f"service:{name}", "key": name, "source": "given", "deployment_source": "github_deployments"}
        for name in {one["scope"] for one in listed}
    ]
    await store(
        {
            code.repository: [repository(name, name) for name in repos],
            code.service: services,
            code.commit: history,
            delivery.deployment: rows,
        }
    )
    await derive()
    found = {
        row["deployment_id"]: set(row["shas"])
        for row in await read("select deployment_id, array_agg(sha) as shas from deployment_change group by 1")
    }
    production = [one for one in listed if one["environment"] == "PRODUCTION"]
    assert found == {one["id"]: between(listed, one, case["expected"][one["id"]]) for one in production}


def between(listed: list[Row], one: Row, previous: str | None) -> set[str]:
    """The shas of one repository after the previous deployment up to this one; without a previous one its own."""
    line = [other["id"] for other in listed if other["repo"] == one["repo"]]
    first = line.index(one["id"]) if previous is None else line.index(previous) + 1
    return {f"sha{name}" for name in line[first : line.index(one["id"]) + 1]}
