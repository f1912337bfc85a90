"""The demo company behind its stand-in Jira, asked over HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from etl.demo.company.generate import build_company
from etl.demo.company.model import Company
from etl.demo.faults import FaultPlan, Misbehaving
from etl.demo.jira.app import make_app
from etl.demo.manners import Mannered

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BASE = "http://jira.test"


@pytest.fixture(scope="session")
def company() -> Company:
    """Made once: it cannot change."""
    return build_company(NOW)


@pytest.fixture
def faults() -> FaultPlan:
    """No faults, until a test adds some."""
    return FaultPlan()


@pytest.fixture
def site(company: Company, faults: FaultPlan) -> Mannered:
    """The stand-in with its counter."""
    return Mannered(Misbehaving(make_app(company, BASE, page_size=100), faults), lambda: company.now)


@pytest.fixture
async def jira(site: Mannered) -> AsyncIterator[httpx.AsyncClient]:
    """A client with credentials."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url=BASE, auth=("ana@acme.example", "token")) as client:
        yield client
