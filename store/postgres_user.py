"""Which operating system user runs the embedded PostgreSQL.

PostgreSQL refuses to run as root. An ordinary user runs it as itself; for root a system user of its own is made.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from store.errors import DatabaseUnavailable

SYSTEM_USER = "pulse-postgres"


@dataclass(frozen=True)
class ServerUser:
    """The user that owns the data directory; `uid` is None when it is the user we already are."""

    uid: int | None = None
    gid: int | None = None

    def run(self, *command: str | Path, stdin: str | None = None, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a program as this user and collect what it says."""
        return subprocess.run(  # noqa: S603  (programs of the wheel, arguments of ours)
            [str(part) for part in command],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            cwd="/",  # the working directory of root is often closed to the server's user
            check=False,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether this user may open files below `folder`."""
        return self.uid is None or self.run("/bin/sh", "-c", 'cd -- "$0"', folder).returncode == 0

    def own(self, folder: Path) -> None:
        """Make `folder`, closed to everybody but this user."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)


def server_user() -> ServerUser:
    """The user to run PostgreSQL as: ourselves, or for root the system user made for it."""
    if os.geteuid() != 0:
        return ServerUser()
    return _lookup(SYSTEM_USER) or _create() or _nobody()


def _lookup(name: str) -> ServerUser | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return ServerUser(entry.pw_uid, entry.pw_gid)


def _create() -> ServerUser | None:
    useradd = shutil.which("useradd") or shutil.which("useradd", path="/usr/sbin:/sbin")
    if useradd is None:
        return None
    subprocess.run(  # noqa: S603
        [
            useradd,
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
            SYSTEM_USER,
        ],
        capture_output=True,
        check=False,  # two processes may try at once: what counts is whether the user exists afterwards
    )
    return _lookup(SYSTEM_USER)


def _nobody() -> ServerUser:
    user = _lookup("nobody")
    if user is None:
        raise DatabaseUnavailable(
            "PostgreSQL must not run as root and no other user can be made here; run Pulse as an ordinary user, or set DATABASE_URL."
        )
    return user
