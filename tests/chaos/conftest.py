"""Faults on purpose, each measured beside its bar. `make chaos` runs these, `make chaos ARGS="-k a04"` one, `make chaos ARGS=--full` at full size.

One fault is one file `test_<row>_<name>.py`: its `Bar`s stand at the top, its tests hand what they measured to `measured`, which ends the
test as failed when a bar is missed and adds the figure to the table at the end.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from bars import Bar, Figure
from databases import clone, drop
from stand_in import ALL_TABLES, both_at, both_sources, served, with_repositories

from etl.demo.company.generate import build_company
from etl.demo.company.model import Company
from etl.derive.refresh import refresh
from etl.replay import store_digest
from etl.sync import sync
from store import dsn as dsns
from store.database import Database, open_database
from store.settings import Settings

NOW = datetime(2026, 11, 20, tzinfo=UTC)
FIGURES: list[Figure] = []
Fresh = Callable[[], AbstractAsyncContextManager[Database]]


class Measure(Protocol):
    """Takes down a figure beside its bar."""

    def __call__(self, bar: Bar, value: float, note: str = "") -> None: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--full`: as many faults as docs/operating.md promises, instead of as many as a short run allows."""
    parser.addoption("--full", action="store_true", help="faults at full size: an hour instead of minutes")


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the faults come at full size."""
    return bool(request.config.getoption("full", default=False))


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


@pytest.fixture(scope="session")
def fresh(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Opens an empty database for a block and drops it afterwards: a store for each round, and one for its twin."""

    @contextlib.asynccontextmanager
    async def opened() -> AsyncIterator[Database]:
        name = f"pulse_chaos_{os.urandom(6).hex()}"
        await clone(server_url, template, name)
        home = tmp_path_factory.mktemp(name)
        settings = Settings(_env_file=None, pulse_home=home, database_url=dsns.with_database(server_url, name))
        async with open_database(settings, role="owner") as db:
            yield db
        await drop(server_url, name)

    return opened


@pytest.fixture
def homes() -> Iterator[Callable[[], Path]]:
    """Makes homes for an embedded database: folders that an ordinary user of the machine may enter."""
    made: list[Path] = []

    def make() -> Path:
        made.append(Path(tempfile.mkdtemp(prefix="pulse-chaos-")))
        made[-1].chmod(0o755)
        return made[-1]

    yield make
    for home in made:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
async def undisturbed(fresh: Fresh, small_company: Company) -> dict[str, str]:
    """The store of a sync of both sources that nobody disturbed: a digest of each table, facts too."""
    async with fresh() as db, served(both_sources(small_company, largest_page=25)) as url:
        await sync(both_at(Settings(_env_file=None, pulse_now=NOW), url), db, derive=refresh)
        return await store_digest(db, ALL_TABLES)


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
