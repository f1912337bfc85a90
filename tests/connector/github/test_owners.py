"""Several organisations: what one of them refuses does not keep the others from being read, compared and mended."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bending import Bent
from pydantic import SecretStr
from sqlalchemy import text
from stand_in import with_repositories
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from etl.demo.company.model import Company
from etl.demo.github.app import make_app
from etl.sync import sync
from servers.records.runs import runs
from store.database import Database
from store.settings import Settings

pytestmark = pytest.mark.timeout(90)
Pointed = Callable[[str], Settings]
Serve = Callable[..., Any]
ONLY = ["github.repositories", "github.users", "github.pull_requests"]
ALIVE = (
    "select r.owner, count(*) from pull_request p join repository r on r.id = p.repo_id"
    " where r.deleted_at is null and p.deleted_at is null group by 1"
)


class TwoOrganisations:
    """One GitHub with an organisation for each token; `refused` tokens are revoked."""

    def __init__(self, company: Company) -> None:
        """`acme-shop` has `docs`, `other-shop` has `data-pipeline`."""
        self.apps: dict[str, Any] = {}
        self.of("one", with_repositories(company, "docs"))
        self.of("two", replace(with_repositories(company, "data-pipeline"), org="other-shop"))
        self.refused: set[str] = set()
        self.asked: Counter[str] = Counter()

    def of(self, token: str, company: Company) -> None:
        """Let a token see this company."""
        self.apps[token] = make_app(company)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        token = dict(scope["headers"]).get(b"authorization", b"").decode().removeprefix("Bearer ")
        self.asked[token] += 1
        answer = JSONResponse({"message": "Bad credentials"}, 401) if token in self.refused else self.apps[token]
        await answer(scope, receive, send)


@pytest.fixture
def github(small_company: Company) -> TwoOrganisations:
    """Both organisations."""
    return TwoOrganisations(small_company)


def both(settings: Settings) -> Settings:
    """Settings with a token for each organisation."""
    first = settings.model_copy(update={"github_token": SecretStr("one"), "github_org": ["acme-shop"]})
    return first.with_accounts([first.leading_to("github", "two", {"github_token": SecretStr("two"), "github_org": ["other-shop"]})])


async def alive(db: Database) -> dict[str, int]:
    """Pull requests that are not taken for deleted, by organisation."""
    async with db.connect() as connection:
        return {row[0]: row[1] for row in await connection.execute(text(ALIVE))}


async def test_a_revoked_token_stops_its_own_organisation_alone(
    db: Database, small_company: Company, github: TwoOrganisations, serve: Serve, pointed: Pointed
) -> None:
    """The other one is read, its deletions are found, and the run says whose token is to be renewed."""
    async with serve(github) as url:
        settings = both(pointed(url))
        assert (await sync(settings, db, sources=["github"], only=ONLY)).status == "ok"
        before = await alive(db)
        pulls = small_company.pulls["data-pipeline"]
        later = {"now": small_company.now + timedelta(minutes=30), "pulls": {"data-pipeline": pulls[1:]}, "org": "other-shop"}
        github.of("two", replace(with_repositories(small_company, "data-pipeline"), **later))
        github.refused, github.asked = {"one"}, Counter()
        result = await sync(settings, db, sources=["github"], only=ONLY, reconcile=True)
    assert result.status == "partial"
    assert await alive(db) == {**before, "other-shop": len(pulls) - 1}
    assert github.asked["one"] <= 2
    async with db.connect() as connection:
        [run, _] = await runs(connection, limit=2)
    assert (run["state"], "set GITHUB_TOKEN" in run["says"]) == ("needs_attention", True)


async def test_all_tokens_revoked_end_the_run(db: Database, github: TwoOrganisations, serve: Serve, pointed: Pointed) -> None:
    """With nobody left to ask with, nothing more is asked than what was under way."""
    async with serve(github) as url:
        github.refused = {"one", "two"}
        result = await sync(both(pointed(url)), db, sources=["github"], only=ONLY)
    assert result.status == "failed"
    assert max(github.asked.values()) <= 2


async def test_an_organisation_that_is_not_there_hides_none_that_is(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """A slip of the pen in GITHUB_ORG is told; what stands behind it is read."""
    async with serve(make_app(with_repositories(small_company, "docs"))) as url:
        settings = pointed(url).model_copy(update={"github_org": ["acme-shpo", "acme-shop"]})
        result = await sync(settings, db, sources=["github"], only=ONLY)
    assert [totals.entity for totals in result.entities if totals.error] == ONLY[:2]
    assert (result.status, await alive(db)) == ("partial", {"acme-shop": len(small_company.pulls["docs"])})
    assert result.entities[0].error == "GitHub has no organisation or user acme-shpo, or the token may not see it. Check GITHUB_ORG."


async def test_a_user_has_repositories_and_neither_members_nor_teams(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """GitHub says of a user that there is no such organisation: nothing has failed by that."""

    def of_a_user(_query: str, answer: dict[str, Any]) -> dict[str, Any]:
        if "organization" not in answer["data"]:
            return answer
        missing = {
            "type": "NOT_FOUND",
            "path": ["organization"],
            "message": "Could not resolve to an Organization with the login of 'acme-shop'.",
        }
        return {"data": {**answer["data"], "organization": None}, "errors": [missing]}

    async with serve(Bent(make_app(with_repositories(small_company, "docs")), of_a_user)) as url:
        result = await sync(pointed(url), db, sources=["github"], only=[*ONLY, "github.teams"])
    assert (result.status, await alive(db)) == ("ok", {"acme-shop": len(small_company.pulls["docs"])})
