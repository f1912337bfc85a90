"""The invented Jira, listening, and settings that lead to it."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from fake_jira import FakeJira, Reply, listening, planned
from pydantic import SecretStr

from store.settings import Settings


@pytest.fixture
async def site() -> AsyncIterator[FakeJira]:
    """The invented site, listening."""
    async with listening() as found:
        yield found


@pytest.fixture
async def second_site() -> AsyncIterator[FakeJira]:
    """Another one."""
    async with listening() as found:
        yield found


@pytest.fixture
def cloud(settings: Settings, site: FakeJira) -> Settings:
    """Settings that lead to the site as Jira Cloud."""
    token = {"jira_email": "pulse@acme.example", "jira_api_token": SecretStr("very-secret-token")}
    return settings.model_copy(update={"jira_base_url": site.url, **token})


@pytest.fixture
def data_center(settings: Settings, site: FakeJira) -> Settings:
    """Settings that lead to the site as Jira Data Center."""
    return settings.model_copy(update={"jira_base_url": site.url, "jira_pat": SecretStr("very-secret-pat")})


@pytest.fixture
def misbehave(site: FakeJira) -> Callable[..., None]:
    """Make the next request to a path go wrong."""

    def add(part: str, *, after: int = 0, times: int = 1, **reply: Any) -> None:
        site.faults.append(planned(Reply(**reply), part, after=after, times=times))

    return add
