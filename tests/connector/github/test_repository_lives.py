"""What happens to repositories: they are renamed, archived, emptied, forked, transferred, made private; and people leave."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from etl.demo.company.model import Company
from etl.demo.github.app import make_app
from etl.derive.refresh import refresh
from etl.entity import Parsing, Raw
from etl.github import pull_request_rows, repositories
from etl.prove import prove
from etl.replay import replay
from etl.sync import sync
from servers.records.issues import detail
from servers.records.scopes import repository_name
from store.database import Database
from store.settings import Settings

pytestmark = pytest.mark.timeout(90)
Pointed = Callable[[str], Settings]
Serve = Callable[..., Any]
PARTS = ("repositories", "commits", "branches", "pulls", "deployments", "tags", "releases", "workflows", "runs", "github_issues")
ONLY = ["github.repositories", "github.pull_requests"]


def of_docs(company: Company, **changes: Any) -> Company:
    """The company with the repository `docs` alone, changed."""
    found = {part: {"docs": getattr(company, part)["docs"]} for part in PARTS}
    return replace(company, **{**found, **changes})


def later(company: Company, minutes: int) -> Company:
    """The same company some minutes later."""
    return replace(company, now=company.now + timedelta(minutes=minutes))


async def shown(db: Database, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    async with db.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]


def at_home(value: Any, name: str) -> Any:
    """The same record, and all in it, in a repository of another name."""
    if isinstance(value, tuple):
        return tuple(at_home(one, name) for one in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    inner = {part.name: at_home(getattr(value, part.name), name) for part in fields(value) if part.init}
    return replace(value, **{**inner, **({"repo": name} if "repo" in inner else {})})


def renamed(company: Company, name: str) -> Company:
    """`docs` under another name, its newest pull request changed since."""
    moved = {part: {name: at_home(getattr(company, part)["docs"], name)} for part in PARTS}
    model = replace(company.repositories["docs"], name=name)
    pulls = at_home(company.pulls["docs"], name)
    newest = replace(pulls[-1], title="After the move", updated_at=company.now + timedelta(minutes=5))
    commits = {sha: at_home(one, name) for sha, one in company.commits["docs"].items()}
    changed = {"repositories": {name: model}, "pulls": {name: (*pulls[:-1], newest)}, "commits": {name: commits}}
    return replace(later(company, 30), **{**moved, **changed})


async def test_a_renamed_repository_keeps_its_records_and_is_read_on(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """The id stays: nothing is doubled, nothing is taken for deleted, and the next change arrives under the new name."""
    before = of_docs(small_company)
    async with serve(make_app(before)) as url:
        await sync(pointed(url), db, sources=["github"], only=ONLY)
    async with serve(make_app(renamed(before, "handbook"))) as url:
        result = await sync(pointed(url), db, sources=["github"], only=ONLY)
    assert (result.status, [totals.error for totals in result.entities if totals.error]) == ("ok", [])
    assert await shown(db, "select full_name, deleted_at from repository") == [("acme-shop/handbook", None)]
    assert await shown(db, "select count(*) from pull_request where deleted_at is null") == [(len(before.pulls["docs"]),)]
    assert await shown(db, "select count(*) from pull_request where title = 'After the move'") == [(1,)]


async def test_after_a_rename_everything_goes_by_the_new_name_and_the_old_one_is_understood(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """Issues that nobody touched too, without reading them again; a text that mentions the old name still means them."""
    before = of_docs(small_company)
    issue = before.github_issues["docs"][3]
    after = renamed(before, "handbook")
    pulls = after.pulls["handbook"]
    mentions = replace(pulls[-1], body=f"Fixes acme-shop/docs#{issue.number}")
    after = replace(
        after, pulls={"handbook": (*pulls[:-1], mentions)}, github_issues={"handbook": at_home(before.github_issues["docs"], "handbook")}
    )
    async with serve(make_app(before)) as url:
        await sync(pointed(url), db, sources=["github"], derive=refresh)
    async with serve(make_app(after)) as url:
        result = await sync(pointed(url), db, sources=["github"], derive=refresh)
        [proof] = await prove(pointed(url), db, only=["github.issues"])
        await replay(pointed(url), db, sources=["github"], only=["github.issues"])
    named = f"acme-shop/handbook#{issue.number}"
    assert [row.fetched for row in result.entities if row.entity == "github.issues"] == [0]
    assert await shown(db, "select distinct split_part(key, '#', 1), project_key, url like '%/acme-shop/handbook/issues/%' from issue") == [
        ("acme-shop/handbook", "acme-shop/handbook", True)
    ]
    assert await shown(db, "select key, name from project") == [("acme-shop/handbook", "acme-shop/handbook")]
    assert await shown(db, "select distinct repo, split_part(url, '/pull/', 1) from fact_pull_request") == [
        ("acme-shop/handbook", "https://github.example/acme-shop/handbook")
    ]
    link = f"select f.key, l.link_kind from issue_pr l join fact_issue f on f.id = l.issue_id where l.pr_id = 'github:pr:{mentions.id}'"
    assert await shown(db, link) == [(named, "closing_keyword")]
    async with db.connect() as connection:
        found = await detail(connection, f"Acme-Shop/docs#{issue.number}")
        assert (found or {})["issue"] == named
        assert await repository_name(connection, "acme-shop/docs") == "acme-shop/handbook"
    assert proof.equal


async def test_a_fork_keeps_the_commits_it_shares(db: Database, small_company: Company, serve: Serve, pointed: Pointed) -> None:
    """Of both repositories the store equals the source, and both have their commits when rows are made again from raw records."""
    docs = of_docs(small_company)
    origin = docs.repositories["docs"]
    nothing: dict[str, Any] = {
        part: {**getattr(docs, part), "copy": ()} for part in PARTS if part not in ("repositories", "commits", "branches")
    }
    copied = {part: {**getattr(docs, part), "copy": getattr(docs, part)["docs"]} for part in ("commits", "branches")}
    forked = replace(docs, repositories={"docs": origin, "copy": replace(origin, id=origin.id + 500, name="copy")}, **copied, **nothing)
    both = "select repo_id, count(*) from commit where on_default_branch group by 1 order by 1"
    only = ["github.repositories", "github.commits"]
    async with serve(make_app(forked)) as url:
        await sync(pointed(url), db, sources=["github"], only=only)
        before = await shown(db, both)
        [proof] = await prove(pointed(url), db, only=["github.commits"])
        async with db.begin() as connection:
            await connection.execute(text("delete from commit"))
        await replay(pointed(url), db, sources=["github"], only=["github.commits"])
    assert proof.equal
    assert [row[1] for row in before] == [proof.compared // 2] * 2
    assert await shown(db, both) == before


async def test_a_repository_out_of_sight_keeps_its_records_and_may_come_back(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """Transferred away or made private: it is marked and no longer asked for; its pull requests stay what they were."""
    pulls = len(small_company.pulls["docs"])
    gone = replace(later(small_company, 10), repositories={"data-pipeline": small_company.repositories["data-pipeline"]})
    marked = "select (deleted_at is not null) from repository where name = 'docs'"
    kept = "select count(*) from pull_request p join repository r on r.id = p.repo_id where r.name = 'docs' and p.deleted_at is null"
    async with serve(make_app(small_company)) as url:
        await sync(pointed(url), db, sources=["github"], only=ONLY)
    async with serve(make_app(gone)) as url:
        hidden = await sync(pointed(url), db, sources=["github"])
    assert (hidden.status, await shown(db, marked), await shown(db, kept)) == ("ok", [(True,)], [(pulls,)])
    async with serve(make_app(later(small_company, 20))) as url:
        back = await sync(pointed(url), db, sources=["github"], only=ONLY)
    assert (back.status, await shown(db, marked), await shown(db, kept)) == ("ok", [(False,)], [(pulls,)])


async def test_an_empty_repository_costs_no_question_of_its_own(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """No branch, no commit, no pull request: the first sync looks once, later ones only at the list of repositories."""
    lists = ("pulls", "deployments", "tags", "releases", "workflows", "runs", "github_issues")
    nothing: dict[str, Any] = {part: {"docs": ()} for part in lists}
    empty = of_docs(small_company, **nothing, commits={"docs": {}}, branches={"docs": {}})
    async with serve(make_app(empty)) as url:
        first = await sync(pointed(url), db, sources=["github"])
        second = await sync(pointed(url), db, sources=["github"])
    assert (first.status, second.status) == ("ok", "ok")
    assert sum(totals.requests for totals in second.entities) == 1
    assert await shown(db, "select default_branch, deleted_at from repository") == [(None, None)]


async def test_an_archived_repository_is_told_apart_and_keeps_its_history(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """Archiving changes nothing but the mark."""
    archived = of_docs(small_company, repositories={"docs": replace(small_company.repositories["docs"], archived=True)})
    async with serve(make_app(of_docs(small_company))) as url:
        await sync(pointed(url), db, sources=["github"], only=ONLY)
    async with serve(make_app(later(archived, 10))) as url:
        await sync(pointed(url), db, sources=["github"], only=ONLY)
    kept = "select (select archived from repository), count(*) from pull_request where deleted_at is null"
    assert await shown(db, kept) == [(True, len(small_company.pulls["docs"]))]


def test_forks_and_private_repositories_are_marked_in_both_interfaces() -> None:
    """GraphQL says `isFork`, REST `fork`."""
    graphql: Raw = {"databaseId": 1, "name": "x", "nameWithOwner": "acme/x", "isFork": True, "isPrivate": True}
    rest: Raw = {"id": 1, "name": "x", "full_name": "acme/x", "fork": True, "private": True, "archived": False}
    for raw in (graphql, rest):
        [row] = repositories.parse(Parsing("github"), raw)["repository"]
        assert (row["fork"], row["private"], row["archived"]) == (True, True, False)


def pull(**more: Any) -> Raw:
    """A pull request as GraphQL gives it."""
    bare = {"databaseId": 7, "number": 1, "createdAt": "2026-01-01T00:00:00Z", "state": "OPEN", "repository": {"databaseId": 9}}
    return {**bare, "timelineItems": {"nodes": []}, **more}


def test_the_work_of_a_deleted_account_stays_without_a_name() -> None:
    """GitHub says null for whoever is gone: author, reviewer and committer are nobody, nothing is set aside."""
    at = "2026-01-02T00:00:00Z"
    commit = {"oid": "a" * 40, "message": "m", "authoredDate": at, "author": {"name": "Gone", "email": "", "user": None}}
    items = [
        {"__typename": "PullRequestReview", "databaseId": 3, "state": "APPROVED", "submittedAt": at, "author": None},
        {"__typename": "PullRequestCommit", "commit": commit},
        {"__typename": "ClosedEvent", "id": "e", "createdAt": at, "actor": None},
    ]
    rows = pull_request_rows.parse(Parsing("github"), pull(author=None, mergedBy=None, timelineItems={"nodes": items}))
    assert (rows["pull_request"][0]["author_id"], rows["review"][0]["reviewer_id"], rows["pr_event"][0]["actor_id"]) == (None, None, None)
    assert len(rows["commit"]) == 1


def test_a_pull_request_that_was_reopened_is_open_and_tells_both() -> None:
    """Closing and reopening are events; the state is today's."""
    events = [("ClosedEvent", "2026-01-02"), ("ReopenedEvent", "2026-01-03"), ("ConvertToDraftEvent", "2026-01-04")]
    items = [{"__typename": kind, "id": kind, "createdAt": f"{day}T00:00:00Z", "actor": None} for kind, day in events]
    rows = pull_request_rows.parse(Parsing("github"), pull(isDraft=True, timelineItems={"nodes": items}))
    [row] = rows["pull_request"]
    assert (row["state"], row["closed_at"], row["is_draft"], row["created_as_draft"]) == ("open", None, True, False)
    assert [event["kind"] for event in rows["pr_event"]] == ["closed", "reopened", "converted_to_draft"]
