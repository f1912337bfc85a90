"""What becomes of deployments and workflow runs after a sync has seen them, and what whoever deployed says of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from etl.demo.company.model import Company
from etl.demo.github.app import make_app
from etl.entity import Parsing, Raw
from etl.github import deployments
from etl.sync import sync
from store.database import Database
from store.settings import Settings

pytestmark = pytest.mark.timeout(90)
Pointed = Callable[[str], Settings]
Serve = Callable[..., Any]
HOME = "data-pipeline"
ONLY = ["github.repositories", "github.workflow_runs", "github.deployments"]


def unfinished(company: Company) -> Company:
    """The company while its newest run still goes and the deployment before the newest one waits for somebody's consent."""
    *runs, run = company.runs[HOME]
    *earlier, waiting, newest = company.deployments[HOME]
    going = replace(run, status="in_progress", conclusion=None, created_at=company.now, started_at=company.now, updated_at=company.now)
    held = replace(waiting, created_at=company.now - timedelta(hours=1), statuses=waiting.statuses[:1])
    latest = replace(newest, created_at=company.now)
    return replace(company, runs={HOME: (*runs, going)}, deployments={HOME: (*earlier, held, latest)})


def finished(company: Company) -> Company:
    """Half an hour later both have ended, without a push and without a newer deployment."""
    now = company.now + timedelta(minutes=30)
    *runs, run = company.runs[HOME]
    *earlier, waiting, newest = company.deployments[HOME]
    whole = next(one for one in company.deployments[HOME] if one.id != waiting.id and len(one.statuses) > 1).statuses
    ended = replace(run, status="completed", conclusion="success", updated_at=now)
    let_go = replace(waiting, statuses=(*waiting.statuses, replace(whole[-1], id=1, state="success", created_at=now)), updated_at=now)
    return replace(company, now=now, runs={HOME: (*runs, ended)}, deployments={HOME: (*earlier, let_go, newest)})


async def test_what_was_under_way_is_looked_at_again_until_it_ends(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """Nothing else tells of its end: no push, no newer deployment. Once it has ended the repository is left alone."""
    going = unfinished(replace(small_company, repositories={HOME: small_company.repositories[HOME]}))
    states = (
        f"select (select conclusion from workflow_run where id = 'github:run:{going.runs[HOME][-1].id}'),"
        f" (select status from deployment where id = 'github:deployment:{going.deployments[HOME][-2].id}')"
    )
    found, asked = [], []
    for company in (going, finished(going), replace(finished(going), now=going.now + timedelta(hours=1))):
        async with serve(make_app(company)) as url:
            result = await sync(pointed(url), db, sources=["github"], only=ONLY)
        asked.append(sum(totals.requests for totals in result.entities))
        async with db.connect() as connection:
            found.append(tuple((await connection.execute(text(states))).one()))
    assert found == [(None, "running"), ("success", "success"), ("success", "success")]
    assert asked[-1] == 1


def deployment(*states: str, **more: Any) -> str | None:
    """The outcome of a deployment with statuses of these states, newest first."""
    return str(row_of(states, **more)["status"])


def row_of(states: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """The row of a deployment as GraphQL gives it."""
    at = "2026-01-01T00:00:00Z"
    statuses = [{"id": str(place), "state": state, "createdAt": at} for place, state in enumerate(states)]
    raw: Raw = {"databaseId": 1, "commitOid": "a" * 40, "createdAt": at, "repository": {"databaseId": 9}, "statuses": {"nodes": statuses}}
    return deployments.parse(Parsing("github"), {**raw, **more})["deployment"][0]


def test_a_failed_deployment_stays_failed_when_it_is_retired() -> None:
    """Success is any status `success`; failure without one is failure, whatever comes after it (R1)."""
    assert deployment("INACTIVE", "FAILURE", "IN_PROGRESS", state="INACTIVE") == "failure"
    assert deployment("INACTIVE", "SUCCESS", "FAILURE", state="INACTIVE") == "success"
    assert deployment(state="INACTIVE") == "success"


@pytest.mark.parametrize("payload", [{"kind": "rollback"}, '{"kind": "rollback"}', '"{\\"kind\\": \\"rollback\\"}"'])
def test_the_kind_that_a_payload_gives_is_read_from_every_form(payload: Any) -> None:
    """REST gives an object, GraphQL the text of one, or of a text where a text was sent (R3)."""
    assert row_of(payload=payload)["change_kind"] == "rollback"


@pytest.mark.parametrize("payload", [None, "", "not JSON", '["kind"]', "7", '{"kind": "party"}'])
def test_a_payload_without_a_kind_gives_none(payload: Any) -> None:
    """Anything may stand in it."""
    assert row_of(payload=payload)["change_kind"] is None


async def test_every_label_of_an_issue_is_read(db: Database, small_company: Company, serve: Serve, pointed: Pointed) -> None:
    """GitHub allows a hundred; the one that makes it an incident may be the last."""
    first, *others = small_company.github_issues["docs"]
    labelled = replace(first, labels=tuple(f"label {place:02}" for place in range(100)))
    docs = replace(small_company, github_issues={"docs": (labelled, *others)})
    async with serve(make_app(docs)) as url:
        await sync(pointed(url), db, sources=["github"], scopes=["docs"], only=["github.repositories", "github.issues"])
    async with db.connect() as connection:
        assert await connection.scalar(text(f"select cardinality(labels) from issue where id = 'github:issue:{first.id}'")) == 100
