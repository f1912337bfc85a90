"""The demo company as of the instant of the sample questions."""

from datetime import UTC, datetime

import pytest

from etl.demo.company.generate import build_company
from etl.demo.company.model import Company

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def company() -> Company:
    """Made once: it cannot change."""
    return build_company(NOW)
