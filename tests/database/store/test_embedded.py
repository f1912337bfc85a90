"""The embedded PostgreSQL: one server for many processes, back after a crash, gone after the last one left."""

import asyncio
import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from store.database import open_database
from store.embedded import OWNER, EmbeddedServer
from store.errors import ConfigurationError, DatabaseUnavailable
from store.settings import Settings
from store.supervisor import supervised

pytestmark = [pytest.mark.timeout(90), pytest.mark.slow]


@pytest.fixture
def home() -> Iterator[Path]:
    """A PULSE_HOME that an ordinary user of the machine may enter."""
    folder = Path(tempfile.mkdtemp(prefix="pulse-embedded-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def postmaster(server: EmbeddedServer) -> int:
    """Process id of the running server."""
    return int((server.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])


async def scalar(server: EmbeddedServer, query: str) -> object:
    """One value, asked as the owner."""
    connection = await asyncpg.connect(server.dsn())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def other_process(home: Path) -> subprocess.Popen[str]:
    """Another process that attaches, says so, and leaves when its standard input closes."""
    code = (
        "import sys; from pathlib import Path; from store.embedded import EmbeddedServer\n"
        "with EmbeddedServer(Path(sys.argv[1])).attached() as started:\n print(started, flush=True); sys.stdin.read()\n"
    )
    return subprocess.Popen([sys.executable, "-c", code, home], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


async def test_the_owner_is_no_superuser_and_nobody_logs_in_without_a_password(home: Path) -> None:
    """Superuser rights exist only inside the bootstrap; the socket trusts nobody."""
    server = EmbeddedServer(home)
    with server.attached():
        assert await scalar(server, "select rolsuper from pg_roles where rolname = current_user") is False
        for user in ("postgres", OWNER):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(host=str(server.sockets), user=user, database="pulse", password="guess")


def test_what_is_secret_is_readable_by_its_owner_alone(home: Path) -> None:
    """Credentials, data and sockets are closed to other users of the machine."""
    server = EmbeddedServer(home)
    with server.attached():
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode)
            for path in (server.root / "credentials.json", server.data, server.sockets, server.log)
        }
    assert modes == {"credentials.json": 0o600, "data": 0o700, "run": 0o700, "server.log": 0o600}


def test_two_processes_starting_at_once_share_one_server(home: Path) -> None:
    """Exactly one of them starts it, both use it, and the last to leave stops it."""
    processes = [other_process(home) for _ in range(2)]
    started = sorted(process.stdout.readline().strip() for process in processes if process.stdout)
    server = EmbeddedServer(home)
    processes[0].communicate("")
    assert (started, server.is_ready()) == (["False", "True"], True)
    processes[1].communicate("")
    assert not server.is_ready()


def test_a_killed_process_leaves_a_server_that_the_next_one_uses_and_stops(home: Path) -> None:
    """kill -9 of a command needs no cleaning up by hand."""
    process = other_process(home)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.communicate()
    server = EmbeddedServer(home)
    with server.attached() as started:
        assert not started
    assert not server.is_ready()


async def test_work_goes_on_after_the_postmaster_is_killed(home: Path) -> None:
    """kill -9 of PostgreSQL costs seconds and no committed row."""
    settings = Settings(_env_file=None, pulse_home=home)
    async with open_database(settings, role="owner") as db:
        async with db.begin() as connection:
            await connection.execute(text("create table kept as select 1 as n"))
        os.kill(postmaster(EmbeddedServer(home)), signal.SIGKILL)
        began = time.monotonic()
        while time.monotonic() < began + 60:
            try:
                async with db.connect() as connection:
                    found = await connection.scalar(text("select n from kept"))
                break
            except DatabaseUnavailable:
                await asyncio.sleep(0.1)
        assert found == 1


async def test_a_process_that_is_told_to_end_while_the_server_starts_leaves_none_behind(home: Path) -> None:
    """The start cannot be cut in half, so it is waited for and undone."""
    server = EmbeddedServer(home)
    starting = asyncio.create_task(supervised(server).__aenter__())
    await asyncio.sleep(0.1)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not server.is_ready()


def test_a_second_start_keeps_the_data(home: Path) -> None:
    """Stopping and starting is no reset."""
    server = EmbeddedServer(home)
    with server.attached():
        asyncio.run(scalar(server, "create table kept as select 7 as n"))
    with server.attached():
        assert asyncio.run(scalar(server, "select n from kept")) == 7


def test_an_interrupted_first_start_is_begun_again(home: Path) -> None:
    """A kill during initdb leaves a draft, which the next start throws away."""
    server = EmbeddedServer(home)
    draft = server.root / "data.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("half", encoding="utf-8")
    with server.attached():
        assert (server.is_ready(), draft.exists()) == (True, False)


def test_data_of_another_major_version_is_refused_with_the_way_out(home: Path) -> None:
    """PostgreSQL cannot read another version's files; the message says how to move them."""
    server = EmbeddedServer(home)
    server.data.mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("17\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="pulse db backup"), server.attached():
        pass


def test_a_path_too_long_for_a_socket_still_works(home: Path) -> None:
    """The kernel limits socket paths to about 100 bytes; homes may be deeper."""
    server = EmbeddedServer(home / ("deep" * 25))
    with server.attached():
        assert (server.is_ready(), server.sockets.is_relative_to(home)) == (True, False)
    shutil.rmtree(server.sockets)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for PostgreSQL")
def test_root_gets_a_server_even_where_its_user_cannot_enter(home: Path) -> None:
    """/root is closed to the system user that PostgreSQL runs as: the data moves to /var/lib/pulse and settings say so."""
    home.chmod(0o700)
    server = EmbeddedServer(home)
    with server.attached():
        assert (server.is_ready(), server.moved, str(server.root).startswith("/var/lib/pulse/")) == (True, True, True)
        assert Path(f"/proc/{postmaster(server)}").stat().st_uid != 0
    shutil.rmtree(server.root)


AS_NOBODY: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": [], "cwd": "/"}


def python_for_everybody(environment: dict[str, str]) -> str:
    """A Python of our version with our packages that an ordinary user may run."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (os.path.realpath(sys.executable), f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        with contextlib.suppress(OSError):
            if subprocess.run([python, "-c", "import asyncpg, store"], env=environment, check=False, **AS_NOBODY).returncode == 0:
                return python
    pytest.skip("the checkout or its Python lies where no ordinary user may read")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_runs_the_server_as_himself(home: Path) -> None:
    """Without root no other user is involved."""
    shutil.chown(home, "nobody")
    code = "from pathlib import Path; import sys; from store.embedded import EmbeddedServer\nwith EmbeddedServer(Path(sys.argv[1])).attached(): print('up')"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": ":".join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    python = python_for_everybody(environment)
    done = subprocess.run([python, "-c", code, home], env=environment, capture_output=True, text=True, check=False, **AS_NOBODY)
    assert (done.stdout.strip(), (home / "postgres" / "data").stat().st_uid != 0) == ("up", True), done.stderr
