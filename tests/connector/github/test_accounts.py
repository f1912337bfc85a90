"""Several accounts at one GitHub: tokens with their own organisations and budgets, Apps with a token per installation."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from etl.github.client import GitHub, connect
from store.errors import ConfigurationError
from store.settings import Settings

Pointed = Callable[[str], Settings]
Serve = Callable[..., Any]


class Installations:
    """A GitHub that only knows an App: tokens that end when it says so, and whose token asked for what."""

    def __init__(self) -> None:
        self.made = 0
        self.revoked: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.lifetime = timedelta(hours=1)
        self.before = 0
        """Installations of others that the list shows first, a hundred on a page."""
        self.suspended: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        token = dict(scope["headers"]).get(b"authorization", b"").decode().removeprefix("Bearer ")
        if scope["path"] == "/app/installations":
            await self._installations(Request(scope))(scope, receive, send)
        else:
            await self._answer(scope["path"], token)(scope, receive, send)

    def _installations(self, request: Request) -> JSONResponse:
        named = [(1000 + number, f"company-{number}") for number in range(self.before)] + [(1, "Acme"), (2, "Other")]
        found = [{"id": number, "account": {"login": login}, "suspended_at": self.suspended} for number, login in named]
        page = int(request.query_params.get("page", 1))
        following = f'<{request.url.include_query_params(page=page + 1)}>; rel="next"'
        return JSONResponse(found[page * 100 - 100 : page * 100], headers={"link": following} if len(found) > page * 100 else {})

    def _answer(self, path: str, token: str) -> JSONResponse:
        if path.endswith("/access_tokens"):
            self.made += 1
            ends = datetime.now(UTC) + self.lifetime
            return JSONResponse({"token": f"{path.split('/')[3]}-{self.made}", "expires_at": ends.isoformat()}, 201)
        self.asked.append((path, token))
        return JSONResponse({"message": "Bad credentials"}, 401) if token in self.revoked else JSONResponse({"path": path})


@pytest.fixture(scope="session")
def private_key() -> SecretStr:
    """A key as GitHub hands it out."""
    key = rsa.generate_private_key(65537, 2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    return SecretStr(key.private_bytes(*form).decode())


def _app(settings: Settings, key: SecretStr) -> Settings:
    values = {"github_token": None, "github_app_id": "12", "github_app_private_key": key, "github_org": ["acme", "other"]}
    return settings.model_copy(update=values)


async def test_an_app_asks_each_organisation_with_the_token_of_its_installation(
    pointed: Pointed, serve: Serve, private_key: SecretStr
) -> None:
    """Each installation has its token and its budget."""
    github = Installations()
    async with serve(github) as url, connect(_app(pointed(url), private_key)) as client:
        for path in ("repos/acme/a", "repos/other/b", "repos/Acme/c"):
            await client.get(path)
    assert github.asked == [("/repos/acme/a", "1-1"), ("/repos/other/b", "2-2"), ("/repos/Acme/c", "1-1")]
    assert github.made == 2


async def test_an_installation_is_found_among_hundreds(pointed: Pointed, serve: Serve, private_key: SecretStr) -> None:
    """GitHub lists a hundred on a page; that of our organisation may be on the third."""
    github = Installations()
    github.before = 230
    async with serve(github) as url, connect(_app(pointed(url), private_key)) as client:
        await client.get("repos/acme/a")
    assert github.asked == [("/repos/acme/a", "1-1")]


async def test_a_suspended_installation_is_told_as_such(pointed: Pointed, serve: Serve, private_key: SecretStr) -> None:
    """GitHub would refuse it a token with nothing but 403."""
    github = Installations()
    github.suspended = "2026-01-01T00:00:00Z"
    async with serve(github) as url, connect(_app(pointed(url), private_key)) as client:
        with pytest.raises(ConfigurationError, match="The GitHub App 12 is suspended for Acme"):
            await client.get("repos/acme/a")


async def test_a_token_that_is_refused_is_made_anew_once(pointed: Pointed, serve: Serve, private_key: SecretStr) -> None:
    """GitHub may end a token early: after one 401 there is a new one and the question is asked again."""
    github = Installations()
    async with serve(github) as url, connect(_app(pointed(url), private_key)) as client:
        await client.get("repos/acme/a")
        github.revoked.add("1-1")
        answer = await client.get("repos/acme/b")
    assert (answer.status, github.asked[-2:]) == (200, [("/repos/acme/b", "1-1"), ("/repos/acme/b", "1-2")])


async def test_a_token_about_to_end_is_renewed_before_it_is_used(pointed: Pointed, serve: Serve, private_key: SecretStr) -> None:
    """Five minutes before its end; no request is wasted on a refusal."""
    github = Installations()
    github.lifetime = timedelta(minutes=4)
    async with serve(github) as url, connect(_app(pointed(url), private_key)) as client:
        await client.get("repos/acme/a")
        await client.get("repos/acme/b")
    assert [token for _, token in github.asked] == ["1-1", "1-2"]


def _two(settings: Settings, first: str, second: str) -> Settings:
    further = settings.leading_to("github", "the secret of connection github-2", {"github_token": SecretStr("two"), "github_org": [second]})
    return settings.model_copy(update={"github_token": SecretStr("one"), "github_org": [first]}).with_accounts([further])


async def test_organisations_of_two_tokens_are_asked_with_their_own(pointed: Pointed, serve: Serve) -> None:
    """One site, two accounts: no token is shown where it does not belong."""
    github = Installations()
    async with serve(github) as url, connect(_two(pointed(url), "acme", "other")) as client:
        await client.get("repos/acme/a")
        await client.get("repos/other/b")
    assert github.asked == [("/repos/acme/a", "one"), ("/repos/other/b", "two")]
    assert client.owners == ["acme", "other"]


async def test_two_tokens_for_one_organisation_share_its_work(pointed: Pointed, serve: Serve) -> None:
    """Each has its own budget: the one that was asked least goes next, one that must wait goes last."""
    github = Installations()
    async with serve(github) as url, connect(_two(pointed(url), "acme", "acme")) as client:
        for number in range(4):
            await client.get(f"repos/acme/{number}")
        client.accounts.all[0].http._gate.close("", 60)
        await client.get("repos/acme/5")
        await client.get("repos/acme/6")
    assert sorted(token for _, token in github.asked[:4]) == ["one", "one", "two", "two"]
    assert [token for _, token in github.asked[4:]] == ["two", "two"]


async def test_graphql_never_mixes_organisations_of_different_tokens(pointed: Pointed) -> None:
    """Repositories are asked about together only where the same accounts read them."""
    client = GitHub(_two(pointed("http://127.0.0.1:1"), "acme", "other"))
    groups = [client.accounts.group(owner) for owner in ("acme", "ACME", "other")]
    assert (groups[0] == groups[1], groups[0] == groups[2]) == (True, False)
    assert json.dumps(client.owners) == '["acme", "other"]'
