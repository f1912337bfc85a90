"""A whole sync of the stand-in over HTTP: what it costs and what is stored."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from etl.catalogue import entities
from etl.demo.company.model import Company, PullRequest
from etl.demo.github.app import Behaviour, make_app
from etl.progress import SyncResult
from etl.replay import replay, store_digest
from etl.scopes import scopes_of
from etl.sync import sync
from store.database import Database
from store.settings import Settings
from store.tables import metadata
from store.tables.code import commit, pr_commit, pull_request, repository, review
from store.tables.raw import checkpoint

pytestmark = pytest.mark.timeout(120)
Pointed = Callable[[str], Settings]
Serve = Callable[..., Any]
STORED = [
    *("repository", "pull_request", "pr_event", "pr_file", "review", "commit", "pr_commit", "deployment", "deployment_status"),
    *("release", "workflow_run", "issue", "issue_transition", "identity", "source_team", "source_team_member", "source_team_repository"),
]


async def _count(db: Database, table: Any) -> int:
    async with db.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


def _of(result: SyncResult, entity: str) -> Any:
    return next(totals for totals in result.entities if totals.entity == entity)


async def test_everything_the_stand_in_has_is_stored_once(db: Database, small_company: Company, serve: Serve, pointed: Pointed) -> None:
    """Counts agree with the model, and a second sync writes nothing and asks once."""
    async with serve(make_app(small_company)) as url:
        settings = pointed(url)
        first = await sync(settings, db, sources=["github"])
        before = await store_digest(db, STORED)
        second = await sync(settings, db, sources=["github"])
    pulls = [pull for found in small_company.pulls.values() for pull in found]
    assert (first.status, second.status) == ("ok", "ok")
    assert await _count(db, pull_request) == len(pulls)
    assert await _count(db, review) == sum(len(pull.reviews) for pull in pulls)
    assert await _count(db, pr_commit) == sum(len({one.sha for one in pull.commits}) for pull in pulls)
    assert await _count(db, repository) == 2
    assert sum(totals.requests for totals in second.entities) == 1
    assert sum(totals.inserted + totals.updated for totals in second.entities) == 0
    assert await store_digest(db, STORED) == before


async def test_a_pull_request_is_stored_with_all_its_parts(db: Database, small_company: Company, serve: Serve, pointed: Pointed) -> None:
    """One merged pull request with reviews, labels and draft history, member by member."""
    pull = max(small_company.pulls["docs"], key=lambda one: (len(one.reviews), len(one.labels), len(one.files)))
    async with serve(make_app(small_company)) as url:
        await sync(pointed(url), db, sources=["github"], scopes=["docs"])
    async with db.connect() as connection:
        row = (await connection.execute(select(pull_request).where(pull_request.c.id == f"github:pr:{pull.id}"))).mappings().one()
        files = (await connection.execute(text("select count(*) from pr_file where pr_id = :id"), {"id": row["id"]})).scalar_one()
    person = small_company.people[pull.author]
    assert (row["number"], row["title"], row["author_id"]) == (pull.number, pull.title, f"github:user:{person.id}")
    assert (row["merged_at"], row["created_as_draft"], row["state"]) == (pull.merged_at, pull.created_as_draft, pull.state)
    assert (sorted(row["labels"]), row["additions"], files) == (sorted(pull.labels), pull.additions, len(pull.files))
    assert (row["head_ref"], row["merge_commit_sha"], row["files_truncated"]) == (pull.head_ref, pull.merge_sha, False)


async def test_the_commit_graph_reaches_from_the_head_to_the_first_commit(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """R4 walks it: every parent of a stored default-branch commit is stored too."""
    async with serve(make_app(small_company)) as url:
        await sync(pointed(url), db, sources=["github"], scopes=["docs"])
    async with db.connect() as connection:
        rows = (await connection.execute(select(commit.c.sha, commit.c.parents).where(commit.c.on_default_branch))).all()
    known = {row.sha for row in rows}
    assert len(known) >= len(small_company.branches["docs"]["main"])
    assert {parent for row in rows for parent in row.parents} <= known


async def test_a_thousand_pull_requests_cost_eleven_requests_and_twenty_two_points(
    db: Database, company: Company, serve: Serve, pointed: Pointed
) -> None:
    """E1, with commits, reviews, events, files and labels: the nested lists are two, and a page holds a hundred."""
    async with serve(make_app(_copies(company, 1000))) as url:
        result = await sync(pointed(url), db, sources=["github"], only=["github.repositories", "github.pull_requests"])
    cost = _of(result, "github.pull_requests")
    assert (result.status, cost.fetched) == ("ok", 1000)
    assert cost.requests <= 11
    assert cost.points <= 22


async def test_a_source_that_bears_only_small_pages_is_read_in_small_pages(
    db: Database, company: Company, serve: Serve, pointed: Pointed
) -> None:
    """E2: pages of more than 25 are answered 502; at most 45 requests, at most five of them in vain, nothing lost."""
    behaviour = Behaviour(largest_graphql_page=25)
    async with serve(make_app(_copies(company, 1000), behaviour)) as url:
        result = await sync(pointed(url), db, sources=["github"], only=["github.repositories", "github.pull_requests"])
    cost = _of(result, "github.pull_requests")
    assert (result.status, cost.fetched, await _count(db, pull_request)) == ("ok", 1000, 1000)
    assert cost.requests <= 45
    assert cost.requests - 1000 / 25 <= 5


def _copies(company: Company, count: int) -> Company:
    """One repository with exactly that many pull requests: those of payments-api, some with new numbers."""
    source = company.pulls["payments-api"]
    copies = [
        replace(pull, id=pull.id + 500_000_000 * turn, number=pull.number + 10_000 * turn, reviews=(), comments=(), events=())
        for turn in (1, 2)
        for pull in source
    ]
    pulls = [*source, *copies][:count]
    parts = ("repositories", "commits", "branches", "deployments", "tags", "releases", "workflows", "runs", "github_issues")
    kept = {part: {"payments-api": getattr(company, part)["payments-api"]} for part in parts}
    return replace(company, pulls={"payments-api": tuple(pulls)}, **kept)


async def test_twenty_changes_in_five_hundred_repositories_cost_seven_requests(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """E4: five pages of repositories with their signs of change, then one question for the twenty that have some."""
    company = _many_repositories(small_company, 500)
    app = make_app(company)
    async with serve(app) as url:
        settings = pointed(url)
        await sync(settings, db, sources=["github"], only=["github.repositories", "github.pull_requests", "github.teams", "github.users"])
        await _as_if_read(db, company)
        quiet = await sync(settings, db, sources=["github"])
    async with serve(make_app(_changed(company, 20))) as url:
        busy = await sync(pointed(url), db, sources=["github"])
    assert sum(totals.requests for totals in quiet.entities) <= 6
    assert (busy.status, _of(busy, "github.pull_requests").updated) == ("ok", 20)
    assert sum(totals.requests for totals in busy.entities) <= 7
    assert sum(totals.points for totals in busy.entities) <= 14


async def test_many_repositories_still_show_where_something_was_deployed_without_a_push(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """More than a hundred are listed without their deployments; where there were some before, one question asks for the newest."""
    company = _many_repositories(small_company, 101)
    old = replace(small_company.deployments["data-pipeline"][0], repo="repo-000", sha=next(iter(company.commits["repo-000"])))
    at = company.now + timedelta(minutes=30)
    results = []
    for now, some in ((company.now, (old,)), (company.now + timedelta(hours=1), (old, replace(old, id=1, created_at=at, updated_at=at)))):
        async with serve(make_app(replace(company, now=now, deployments={**company.deployments, "repo-000": some}))) as url:
            results.append(await sync(pointed(url), db, sources=["github"], only=["github.repositories", "github.deployments"]))
    assert [_of(result, "github.repositories").requests for result in results] == [2, 3]
    assert [_of(result, "github.deployments").inserted for result in results] == [1, 1]


async def _as_if_read(db: Database, company: Company) -> None:
    """Checkpoints of the other entities, which have nothing to read here; reading five hundred times nothing takes long."""
    async with db.begin() as connection:
        for entity in entities("github"):
            if entity.scope == "repository" and entity.name != "github.pull_requests" and not entity.on_demand:
                scopes = await scopes_of(connection, entity, "github")
                marks = {"high_water_at": company.now, "complete_to_at": company.now, "read_at": func.now(), "updated_at": func.now()}
                rows = [
                    {"site": "github", "entity": entity.name, "scope": one.id, "stamp": entity.stamp(one) if entity.stamp else None}
                    for one in scopes
                ]
                await connection.execute(insert(checkpoint).values(**marks), rows)


def _many_repositories(company: Company, count: int) -> Company:
    """Copies of a repository, each with one pull request and nothing else."""
    model, pull = company.repositories["docs"], company.pulls["docs"][0]
    names = [f"repo-{number:03}" for number in range(count)]
    repositories = {name: replace(model, name=name, id=900_000 + place) for place, name in enumerate(names)}
    pulls = {
        name: (replace(pull, repo=name, id=800_000 + place, commits=tuple(replace(one, repo=name) for one in pull.commits)),)
        for place, name in enumerate(names)
    }
    nothing: dict[str, Any] = dict.fromkeys(names, ())
    lists = ("deployments", "tags", "releases", "workflows", "runs", "github_issues")
    empty = {
        "commits": {name: {one.sha: one for one in pulls[name][0].commits} for name in names},
        "branches": {name: {} for name in names},
    }
    return replace(company, repositories=repositories, pulls=pulls, **dict.fromkeys(lists, nothing), **empty)


def _changed(company: Company, count: int) -> Company:
    """An hour later, some pull requests have new titles."""
    now = company.now + timedelta(hours=1)
    pulls = dict(company.pulls)
    for name in sorted(pulls)[:count]:
        pulls[name] = tuple(replace(pull, title="Another title", updated_at=company.now + timedelta(minutes=30)) for pull in pulls[name])
    return replace(company, now=now, pulls=pulls)


async def test_a_revoked_token_ends_the_run_at_once_and_names_the_setting(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """A8: nothing is tried again, nothing is deleted."""
    app = make_app(small_company)
    async with serve(app) as url:
        await sync(pointed(url), db, sources=["github"], scopes=["docs"])
        revoked = pointed(url).model_copy(update={"github_token": "revoked"})
        revoked = Settings.model_validate({**revoked.model_dump(), "github_token": "revoked"})
        result = await sync(revoked, db, sources=["github"], full=True)
    assert result.status == "failed"
    assert "GITHUB_TOKEN" in (result.error or "")
    assert sum(totals.requests for totals in result.entities) <= 3
    async with db.connect() as connection:
        deleted = await connection.scalar(select(func.count()).where(pull_request.c.deleted_at.is_not(None)))
    assert deleted == 0


async def test_an_organisation_that_is_gone_fails_with_its_name(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """The message says which setting to look at."""
    async with serve(make_app(small_company)) as url:
        settings = pointed(url).model_copy(update={"github_org": ["acme-shopp"]})
        result = await sync(settings, db, sources=["github"])
    assert result.status == "failed"
    assert "acme-shopp" in (_of(result, "github.repositories").error or "")


async def test_rows_can_be_made_again_from_the_raw_records_alone(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """Every table is emptied and rebuilt without the source; ids and values are the same."""
    async with serve(make_app(small_company)) as url:
        settings = pointed(url)
        await sync(settings, db, sources=["github"], scopes=["docs"])
    before = await store_digest(db, STORED)
    async with db.begin() as connection:
        for name in STORED:
            if name != "repository":
                await connection.execute(metadata.tables[name].delete())
    await replay(settings, db, sources=["github"])
    assert await store_digest(db, STORED) == before


async def test_pull_requests_that_change_later_are_read_again(db: Database, small_company: Company, serve: Serve, pointed: Pointed) -> None:
    """A review that came after the first sync is found by the pull request's sign of change."""
    pull = small_company.pulls["docs"][-1]
    later = _reviewed(small_company, pull)
    async with serve(make_app(small_company)) as url:
        await sync(pointed(url), db, sources=["github"], scopes=["docs"])
    async with serve(make_app(later)) as url:
        result = await sync(pointed(url), db, sources=["github"], scopes=["docs"])
    assert _of(result, "github.pull_requests").updated == 1
    async with db.connect() as connection:
        found = await connection.scalar(select(func.count()).where(review.c.pr_id == f"github:pr:{pull.id}"))
    assert found == len(pull.reviews) + 1


def _reviewed(company: Company, pull: PullRequest) -> Company:
    at = company.now + timedelta(minutes=10)
    human = next(one for one in company.people.values() if one.kind == "human" and one.key != pull.author)
    template = next(one.reviews[0] for one in company.pulls["docs"] if one.reviews)
    added = replace(template, id=999_999_999, reviewer=human.key, submitted_at=at)
    pulls = tuple(replace(one, reviews=(*one.reviews, added), updated_at=at) if one.id == pull.id else one for one in company.pulls["docs"])
    return replace(company, now=company.now + timedelta(hours=1), pulls={**company.pulls, "docs": pulls})


async def test_a_run_tells_its_pages_and_what_is_left_of_the_budget(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """Of several budgets the one of which least is left; nothing is left to read in the end."""
    async with serve(make_app(small_company, Behaviour(limit=5000))) as url:
        result = await sync(pointed(url), db, sources=["github"], only=["github.repositories", "github.pull_requests", "github.tags"])
    async with db.connect() as connection:
        told = await connection.scalar(text("select progress from sync_run where id = :run"), {"run": result.run})
    assert (told["budget"]["of"], told["budget"]["resets_at"][:4]) == (5000, "2026")
    assert 4000 < told["budget"]["left"] < 5000
    assert told["pages"] == sum(counts["pages"] for counts in told["entities"].values()) > 3
    assert told["left_s"] in (None, 0)  # a rate needs a second at least
