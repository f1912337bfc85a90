"""Pull requests with more inside than a page or a timeline holds."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from bending import Bent
from sqlalchemy import text

from etl.demo.company.model import Company
from etl.demo.github.app import make_app
from etl.sync import sync
from store.database import Database
from store.settings import Settings

pytestmark = pytest.mark.timeout(90)
LISTED, COMMITS = 60, 230
"""Commits that the timeline of the made-up GitHub shows, and all there are."""


def sha_of(number: int) -> str:
    """The name of a commit of the long pull request."""
    return f"{number:040x}"


UNLISTED = {sha_of(number) for number in range(LISTED + 1, COMMITS + 1)}


def cut(_query: str, answer: dict[str, Any]) -> dict[str, Any]:
    """GitHub's timeline shows the first commits only (250), whatever page is asked for."""

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(item) for item in value]
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("timelineItems"), dict):
            items = value["timelineItems"]["nodes"]
            value["timelineItems"]["nodes"] = [item for item in items if (item.get("commit") or {}).get("oid") not in UNLISTED]
        return {name: walk(item) for name, item in value.items()}

    return {**answer, "data": walk(answer.get("data"))}


async def test_all_commits_of_a_long_pull_request_are_read(
    db: Database, small_company: Company, serve: Callable[..., Any], pointed: Callable[[str], Settings]
) -> None:
    """Its timeline does not reach its head, and its plain list has several pages."""
    *others, pull = small_company.pulls["docs"]
    commits = tuple(replace(pull.commits[0], sha=sha_of(number)) for number in range(1, COMMITS + 1))
    reviews = tuple(replace(one, id=9_000_000 + number) for number in range(130) for one in _reviews(small_company)[:1])
    long = replace(small_company, pulls={"docs": (*others, replace(pull, commits=commits, reviews=reviews))})
    async with serve(Bent(make_app(long), cut)) as url:
        result = await sync(pointed(url), db, sources=["github"], scopes=["docs"], only=["github.repositories", "github.pull_requests"])
    counted = f"""select (select count(*) from pr_commit where pr_id = p.id), (select max(position) from pr_commit where pr_id = p.id),
      (select count(*) from review where pr_id = p.id) from pull_request p where id = 'github:pr:{pull.id}'"""
    async with db.connect() as connection:
        found = tuple((await connection.execute(text(counted))).one())
    assert (result.status, found) == ("ok", (230, 229, 130))


def _reviews(company: Company) -> tuple[Any, ...]:
    return next(pull.reviews for pull in company.pulls["docs"] if pull.reviews)
