"""Faults on purpose, each measured beside its bar. `make chaos` runs these; `make chaos ARGS="-k a04"` runs one.

One fault is one file `test_<row>_<name>.py`: its `Bar`s stand at the top, its tests hand what they measured to `measured`, which ends the
test as failed when a bar is missed and adds the figure to the table at the end.
"""

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from bars import Bar, Figure
from databases import drop, run
from stand_in import with_repositories

from etl.demo.company.generate import build_company
from etl.demo.company.model import Company
from store import dsn as dsns
from store.database import Database, open_database
from store.settings import Settings

NOW = datetime(2026, 11, 20, tzinfo=UTC)
FIGURES: list[Figure] = []
Fresh = Callable[[], AbstractAsyncContextManager[Database]]


class Measure(Protocol):
    """Takes down a figure beside its bar."""

    def __call__(self, bar: Bar, value: float, note: str = "") -> None: ...


@pytest.fixture(scope="session", autouse=True)
def _asked_for() -> None:
    if not os.environ.get("CHAOS"):
        pytest.skip("these tests break things for minutes; run them with `make chaos`")


@pytest.fixture
def measured() -> Iterator[Measure]:
    """Takes down what a test measures; missed bars fail it at its end, so that every figure is taken."""
    own: list[Figure] = []

    def measure(bar: Bar, value: float, note: str = "") -> None:
        own.append(Figure(bar, float(value), note))

    yield measure
    FIGURES.extend(own)
    missed = [str(figure) for figure in own if not figure.reached]
    assert not missed, "\n".join(missed)


@pytest.fixture
def fresh(server_url: str, template: str, tmp_path: Path) -> Fresh:
    """Opens an empty database for a block and drops it afterwards: a store for each round, and one for its twin."""

    @contextlib.asynccontextmanager
    async def opened() -> AsyncIterator[Database]:
        name = f"pulse_chaos_{os.urandom(6).hex()}"
        await run(server_url, f"create database {name} template {template}")
        settings = Settings(_env_file=None, pulse_home=tmp_path / name, database_url=dsns.with_database(server_url, name))
        async with open_database(settings, role="owner") as db:
            yield db
        await drop(server_url, name)

    return opened


@pytest.fixture(scope="session")
def company() -> Company:
    """The demo company, made once."""
    return build_company(NOW)


@pytest.fixture(scope="session")
def small_company(company: Company) -> Company:
    """Two small repositories of it: some four hundred pull requests."""
    return with_repositories(company, "docs", "data-pipeline")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between tries are short; their true length is tested without a network."""
    for module in ("etl.answers", "etl.http", "etl.github.graphql"):
        monkeypatch.setattr(f"{module}.backoff_s", _soon)
    monkeypatch.setattr("etl.answers.SECONDARY_LIMIT_S", 0.01)


def _soon(_attempt: int) -> float:
    return 0.01


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Row, bar and measured figure of every fault."""
    write: Callable[[str], None] = terminalreporter.write_line
    if FIGURES:
        terminalreporter.section("faults")
    for figure in sorted(FIGURES, key=lambda one: (one.bar.row[0], int(one.bar.row[1:]), one.bar.what)):
        write(str(figure))
