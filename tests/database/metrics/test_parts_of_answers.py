"""What stands beside a number, or is left out of it, is as true as the number."""

from datetime import timedelta
from typing import Any

import pytest
from measuring import MARCH, NOW, add, at, merged, shipped
from sqlalchemy import insert, text

from servers.metrics.engine import measure
from servers.metrics.question import Question
from servers.metrics.receipts import keep
from servers.metrics.reproduce import reproduce
from store.database import Database
from store.settings import Settings
from store.tables.code import pr_event, repository
from store.tables.facts import (
    fact_activity,
    fact_change,
    fact_deployment,
    fact_deployment_row,
    fact_incident,
    fact_issue,
    fact_pull_request,
)
from store.tables.people import identity, person
from store.tables.raw import checkpoint
from store.tables.work import issue, work_interval


async def test_services_whose_source_knows_no_failures_do_not_raise_the_success_of_jobs(company: Database, settings: Settings) -> None:
    """Releases always succeed; they are left out and it is said, and asked for alone they are not configured."""
    row = {"finished_at": at(1), "service": "shop", "source": "github_deployments", "status": "success"}
    rows = [row | {"id": f"r{n}", "status": "failure" if n < 5 else "success"} for n in range(10)]
    rows += [row | {"id": f"x{n}", "service": "pay-api", "source": "releases"} for n in range(10)]
    await add(company, fact_deployment_row, rows)
    await add(company, fact_deployment, [shipped(1, 1)])
    found = await measure(company, settings, Question("deployment_job_success_rate", window=MARCH, group_by=["service"]))
    assert (found.value, found.denominator, [group.dimensions["service"] for group in found.groups or []]) == (0.5, 10, ["shop"])
    assert found.warnings[0].startswith("failures_unknown: ")
    alone = await measure(company, settings, Question("deployment_job_success_rate", window=MARCH, filters={"service": "pay-api"}))
    assert (alone.status, alone.value) == ("not_configured", None)


async def test_one_service_that_deploys_by_merging_does_not_silence_the_others(company: Database, settings: Settings) -> None:
    """Its changes wait for nothing and are left out; a selection of nothing else has no number."""
    row = {"kind": "change", "author_type": "human", "labels": [], "is_first": True, "merged_at": at(0), "deployed_at": at(1)}
    rows = [row | {"id": f"c{n}", "pr_id": f"c{n}", "deployment_id": "d", "service": "shop", "source": "releases"} for n in range(5)]
    rows += [
        row | {"id": f"m{n}", "pr_id": f"m{n}", "deployment_id": "d", "service": "pay-api", "source": "merges", "deployed_at": at(0)}
        for n in range(5)
    ]
    await add(company, fact_change, rows)
    await add(company, fact_deployment, [shipped(1, 1)])
    found = await measure(company, settings, Question("pr_deploy_time", window=MARCH))
    assert (found.n, found.value, [warning.split(":")[0] for warning in found.warnings]) == (5, 24.0, ["deployments_inferred_from_merges"])
    alone = await measure(company, settings, Question("pr_deploy_time", window=MARCH, filters={"service": "pay-api"}))
    assert (alone.status, alone.value) == ("not_configured", None)


async def test_incidents_of_one_severity_are_not_divided_by_the_deployments_they_broke(company: Database, settings: Settings) -> None:
    """Deployments have no severity but that of their failure, so there is no rate; for a service there is one."""
    await add(company, fact_deployment, [shipped(n, n) | {"severity": "sev1" if n == 1 else None} for n in range(10)])
    incident = {"started_at": at(1), "service": "shop", "severity": "sev1", "link_kind": "none"}
    await add(company, fact_incident, [incident | {"id": f"i{n}"} for n in range(3)])
    severe = (await measure(company, settings, Question("incident_count", window=MARCH, filters={"severity": "sev1"}))).document()
    assert (severe["value"], severe.get("per_100_deployments")) == (3, None)
    whole = (await measure(company, settings, Question("incident_count", window=MARCH, filters={"service": "shop"}))).document()
    assert whole["per_100_deployments"] == 30


async def test_what_is_merged_where_nothing_is_ever_deployed_does_not_wait_for_a_deployment(company: Database, settings: Settings) -> None:
    """A repository of documents has no undeployed changes; a merged change of the shop is one."""
    await add(company, fact_deployment, [shipped(1, 1) | {"repo": "acme/shop"}])
    await add(company, fact_pull_request, [merged(1, 2, repo="acme/shop"), merged(2, 1, repo="acme/docs")])
    found = (await measure(company, settings, Question("change_lead_time", window=MARCH))).document()
    assert (found["undeployed"], found["undeployed_oldest_hours"]) == (1, (NOW - at(2)).total_seconds() / 3600)


async def test_a_pull_request_that_was_forgotten_then_is_stale_then_whatever_happened_later(company: Database, settings: Settings) -> None:
    """At the end of the first week nobody had touched p1 for seven days; p2 was reviewed and p3 commented on meanwhile."""
    opened = {"state": "open", "merged_at": None, "is_draft": False, "is_promotion": False}
    later = {"last_human_activity_at": at(20)}
    await add(company, fact_pull_request, [merged(n, -10, **opened, **later) for n in (1, 2, 3)])
    await add(company, fact_activity, [{"id": "a", "kind": "review", "person_id": "ana", "pr_id": "p2", "at": at(1)}])
    await add(company, identity, [{"id": "x:ana", "site": "x", "source": "github", "external_id": "1", "author_type": "human"}])
    await add(company, pr_event, [{"id": "e", "pr_id": "p3", "kind": "commented", "at": at(1), "actor_id": "x:ana"}])
    found = (await measure(company, settings, Question("stale_pr_count", "2026-03-02..2026-03-08", grain="total"))).document()
    assert (found["value"], found["ids"]) == (1, ["p1"])


@pytest.fixture
async def lagging(company: Database) -> Database:
    """Pull requests of one repository were last read two days before those of the other, and of a third never; a fourth is gone."""
    rows = [("acme/web", NOW), ("acme/api", NOW - timedelta(days=2)), ("acme/apps", None), ("acme/gone", NOW - timedelta(days=200))]
    read: dict[str, Any] = {"site": "x", "entity": "github.pull_requests", "updated_at": NOW, "covered_from_at": at(-99)}
    async with company.begin() as connection:
        gone = {"site": "x", "name": "r"}
        await connection.execute(
            insert(repository), [gone | {"id": n, "full_name": n, "deleted_at": NOW if n == "acme/gone" else None} for n, _ in rows]
        )
        await connection.execute(insert(checkpoint), [read | {"scope": name, "complete_to_at": to} for name, to in rows])
    return company


async def test_a_repository_that_is_not_read_as_far_as_the_others_is_named(lagging: Database, settings: Settings) -> None:
    """A number that lacks its newest records says so, also when it is computed again later; asked for another repository there is nothing to say."""
    found = await measure(lagging, settings, Question("pr_throughput", window=MARCH))
    assert [warning.split(", so")[0] for warning in found.warnings] == ["behind: acme/api, acme/apps: not read as far as the others"]
    other = await measure(lagging, settings, Question("pr_throughput", window=MARCH, filters={"repo": "acme/web"}))
    assert other.warnings == []
    evidence = await keep(lagging, settings, tool="metrics.query_metric", arguments={"metric": "pr_throughput"}, result=found)
    async with lagging.begin() as connection:
        await connection.execute(text("delete from checkpoint where scope like 'acme/%'"))
    assert (await reproduce(lagging, settings, evidence))["differs"] == []


async def test_portfolio_numbers_warn_when_little_code_is_linked_to_issues(company: Database, settings: Settings) -> None:
    """Below 80 % traceability the share of effort is given with the share of pull requests it cannot see."""
    await add(company, fact_pull_request, [merged(n, n, has_issue_link=n < 7, is_promotion=False) for n in range(10)])
    found = await measure(company, settings, Question("unplanned_work_share", window=MARCH))
    assert [warning.split(";")[0] for warning in found.warnings] == [
        "thin_evidence: only 7 of 10 merged pull requests are linked to an issue (80 % are asked for)"
    ]


async def test_the_share_of_what_belongs_to_no_epic_is_that_of_its_group(company: Database, settings: Settings) -> None:
    """Three working days of ten went into an item without an epic: asked for by filter or as a group, and the shares are of one whole."""
    spans = [(f"i{day}", day + 2 * (day > 4)) for day in range(10)]  # two working weeks
    item = {"level": "item", "work_class": "defect", "labels": [], "components": [], "created_at": at(-1)}
    facts = [item | {"id": key, "key": key, "epic": None if place < 3 else "A"} for place, (key, _) in enumerate(spans)]
    raw = {"site": "jira", "source": "jira", "category": "done", "level": "item", "created_at": at(-1)}
    async with company.begin() as connection:
        await connection.execute(insert(person), [{"id": "ana", "display_name": "Ana", "author_type": "human"}])
        await connection.execute(insert(issue), [raw | {"id": key, "key": key} for key, _ in spans])
    await add(company, fact_issue, facts)
    await add(
        company,
        work_interval,
        [{"id": key, "issue_id": key, "assignee_id": "ana", "from_at": at(d), "to_at": at(d + 1)} for key, d in spans],
    )
    alone = await measure(company, settings, Question("investment_allocation", window=MARCH, filters={"epic": "(unmapped)"}))
    cut = await measure(company, settings, Question("investment_allocation", window=MARCH, group_by=["epic"]))
    assert (alone.value, alone.numerator, alone.denominator) == (0.3, 3, 10)
    assert {group.dimensions["epic"]: (group.value, group.denominator) for group in cut.groups or []} == {
        "A": (0.7, 10),
        "(unmapped)": (0.3, 10),
    }
