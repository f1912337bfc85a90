"""What `pulse doctor` and `pulse integration test` ask GitHub."""

from collections.abc import Callable
from typing import Any

from bending import Bent

from etl.demo.company.model import Company
from etl.demo.faults import Fault, FaultPlan, Misbehaving
from etl.demo.github.app import make_app
from gateway.doctor import examine_source
from store.settings import Settings

Pointed = Callable[[str], Settings]
Serve = Callable[..., Any]


def unlimited(_query: str, answer: dict[str, Any]) -> dict[str, Any]:
    """GraphQL of a server that limits nobody."""
    return {**answer, "data": {**(answer.get("data") or {}), "rateLimit": None}}


async def test_a_server_that_limits_nobody_is_fine(small_company: Company, serve: Serve, pointed: Pointed) -> None:
    """GitHub Enterprise Server does so unless told otherwise, and says 404 to /rate_limit."""
    plan = FaultPlan([Fault("status", where="/rate_limit", status=404, body=b'{"message": "Rate limiting is not enabled."}')])
    async with serve(Misbehaving(Bent(make_app(small_company), unlimited), plan)) as url:
        found = await examine_source(pointed(url), "github")
    assert [(one.name, one.state) for one in found] == [("github", "ok"), ("clock", "warning")]


async def test_a_refused_token_is_told(small_company: Company, serve: Serve, pointed: Pointed) -> None:
    """With the setting to check."""
    async with serve(make_app(small_company)) as url:
        settings = pointed(url)
        revoked = settings.model_copy(update={"github_token": type(settings.github_token)("revoked")})
        [found] = await examine_source(revoked, "github")
    assert (found.state, "GITHUB_TOKEN" in found.message) == ("failed", True)
