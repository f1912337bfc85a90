"""Backups of everything Pulse stores: one file, checked before it is trusted, restored whole or not at all.

The file is what `pg_dump` writes in its custom format, followed by one line of ours: the revision of the tables, when it was
made, and the SHA-256 of all that stands before it.
"""

import asyncio
import hashlib
import hmac
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from store import dsn as dsns
from store import migrate
from store.database import Database, open_database, prepare
from store.embedded import program
from store.errors import DamagedBackup, DatabaseUnavailable
from store.roles import SCHEMAS
from store.settings import Settings

TRAILER_BYTES = 400
"""The last line is padded to this length, so that it is found from the end."""
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class BackupInfo:
    """What a backup holds: its size without the last line, its tables' revision, when it was made (ISO, UTC), its checksum."""

    bytes: int
    revision: str
    created_at: str
    sha256: str


async def backup(settings: Settings, file: Path) -> BackupInfo:
    """Write a consistent backup while everybody goes on working; the file appears when it is complete."""
    async with open_database(settings, role="owner") as db:
        async with db.connect() as connection:
            revision = await migrate.revision(connection)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            await _dump(db, draft)
            info = await asyncio.to_thread(_seal, draft, revision or "")
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
    return info


async def verify(file: Path) -> BackupInfo:
    """What a backup holds, after every byte of it has been checked.

    Raises:
        DamagedBackup: the file is cut, changed, or was not written by `pulse db backup`.
    """
    return await asyncio.to_thread(_checked, file)


async def restore(settings: Settings, file: Path) -> BackupInfo:
    """Replace the whole content of the database, in one transaction, and bring it to the newest tables.

    Raises:
        DamagedBackup: nothing was touched.
        DatabaseUnavailable: the restore failed; everything is as before.
    """
    info = await verify(file)
    async with open_database(settings, role="owner") as db:
        await _replace(db, file)
        async with db.begin() as connection:
            await prepare(settings, connection, db.dsn)
    return info


async def _dump(db: Database, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds password hashes and sealed secrets
    schemas = [f"--schema={schema}" for schema in ("public", *SCHEMAS)]
    with os.fdopen(descriptor, "wb") as file:
        await _run(db, "pg_dump", "--format=custom", "--no-owner", "--no-acl", *schemas, stdout=file.fileno())


async def _replace(db: Database, file: Path) -> None:
    """Drop all schemas and run the backup as one script, so that a failure leaves what was there."""
    drops = "".join(f"drop schema if exists {schema} cascade; " for schema in ("public", *SCHEMAS))
    with tempfile.NamedTemporaryFile(suffix=".sql") as script:
        await _run(db, "pg_restore", "--no-owner", "--no-acl", "--file=-", str(file), stdout=script.fileno())
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as before:
            before.write(f"set client_min_messages = error; set lock_timeout = '60s'; {drops} create schema if not exists public;\n")
            before.flush()
            await _run(
                db, "psql", "--quiet", "--single-transaction", "-v", "ON_ERROR_STOP=1", "-f", before.name, "-f", _adapted(Path(script.name))
            )


def _adapted(script: Path) -> str:
    """The script without what the server may refuse: schema public exists already, and older servers lack a setting."""
    content = script.read_bytes()
    for statement in (b"CREATE SCHEMA public;", b"SET transaction_timeout = 0;"):
        content = content.replace(statement, b"", 1)
    script.write_bytes(content)
    return str(script)


async def _run(db: Database, name: str, *arguments: str, stdout: int | None = None) -> None:
    """Run a client program on the database; the password travels by environment, never on the command line."""
    environment = {**os.environ, "PGPASSWORD": dsns.login(db.dsn)[1]}
    target = [] if name == "pg_restore" else ["--dbname", dsns.without_password(db.dsn)]
    process = await asyncio.create_subprocess_exec(
        program(name), *target, *arguments, env=environment, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL if stdout is None else stdout, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    if process.returncode != 0:
        reason = said.decode("utf-8", "replace").strip().splitlines()[:1]
        raise DatabaseUnavailable(f"{name} failed: {' '.join(reason)[:300]} The stored data is as before.")


def _seal(file: Path, revision: str) -> BackupInfo:
    """Append the line that says what the file holds."""
    size, digest = _digest(file, file.stat().st_size)
    info = BackupInfo(size, revision, datetime.now(UTC).isoformat(timespec="seconds"), digest)
    with file.open("ab") as opened:
        opened.write(_trailer(info))
        opened.flush()
        os.fsync(opened.fileno())
    return info


def _trailer(info: BackupInfo) -> bytes:
    line = json.dumps({"pulse_backup": 1, **asdict(info)})
    checked = json.dumps({"line": line, "check": hashlib.sha256(line.encode()).hexdigest()[:16]})
    return b"\n" + checked.encode().ljust(TRAILER_BYTES - 2) + b"\n"


def _checked(file: Path) -> BackupInfo:
    info = _read_trailer(file)
    size, digest = _digest(file, file.stat().st_size - TRAILER_BYTES)
    if size != info.bytes or not hmac.compare_digest(digest, info.sha256):
        raise DamagedBackup(f"{file} is damaged: its content does not have the checksum that was written; use another backup.")
    return info


def _read_trailer(file: Path) -> BackupInfo:
    try:
        with file.open("rb") as opened:
            opened.seek(-TRAILER_BYTES, os.SEEK_END)
            last = opened.read()
        outer = json.loads(last)
        inner = json.loads(outer["line"])
        info = BackupInfo(inner["bytes"], inner["revision"], inner["created_at"], inner["sha256"])
        if last == _trailer(info):
            return info
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedBackup(f"{file} is no complete backup of Pulse; give a file that `pulse db backup` wrote.") from error
    raise DamagedBackup(f"{file} is damaged: its last line was changed; use another backup.")


def _digest(file: Path, size: int) -> tuple[int, str]:
    """Bytes read and their SHA-256."""
    digest, left = hashlib.sha256(), size
    with file.open("rb") as opened:
        while left > 0 and (chunk := opened.read(min(CHUNK_BYTES, left))):
            digest.update(chunk)
            left -= len(chunk)
    return size - left, digest.hexdigest()
