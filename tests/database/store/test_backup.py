"""Backups: what comes back is what was there, and a damaged file is never trusted."""

from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from store import backup as backups
from store.backup import TRAILER_BYTES, backup, restore, verify
from store.database import Database, open_database
from store.errors import DamagedBackup, DatabaseUnavailable
from store.settings import Settings

pytestmark = pytest.mark.timeout(60)
FILL = """
insert into receipt (id, tool, as_of, created_at, result)
select 'r' || n, 'metrics.query_metric', now(), now(), '{"a": 1}' from generate_series(1, 500) n
"""


async def receipts(db: Database) -> str | None:
    """A checksum over all receipts."""
    async with db.connect() as connection:
        found: str | None = await connection.scalar(text("select md5(string_agg(r::text, '|' order by id)) from receipt r"))
        return found


@pytest.fixture
async def saved(settings: Settings, db: Database, tmp_path: Path) -> Path:
    """A backup of a database with some rows."""
    async with db.begin() as connection:
        await connection.execute(text(FILL))
    await backup(settings, tmp_path / "pulse.backup")
    return tmp_path / "pulse.backup"


async def test_a_restore_brings_back_exactly_what_was_saved(settings: Settings, db: Database, saved: Path) -> None:
    """Rows added, changed and removed since the backup are gone, and every role still works."""
    before = await receipts(db)
    async with db.begin() as connection:
        await connection.execute(text("delete from receipt where id < 'r3'"))
        await connection.execute(text("update receipt set tool = 'x'"))
        await connection.execute(text("create table later (n int)"))
    await db.engine.dispose()
    await restore(settings, saved)
    async with open_database(settings, role="app") as app, app.begin() as connection:
        await connection.execute(text("insert into conversation (id) values ('c')"))
        assert await connection.scalar(text("select to_regclass('public.later')")) is None
    assert await receipts(db) == before


async def test_a_backup_of_an_older_shape_is_brought_to_the_newest(settings: Settings, db: Database, saved: Path) -> None:
    """A backup says which tables it holds; restoring migrates it."""
    info = await verify(saved)
    async with db.connect() as connection:
        newest = await connection.scalar(text("select version_num from alembic_version"))
    assert (info.revision, info.bytes) == (newest, saved.stat().st_size - TRAILER_BYTES)


async def test_any_flipped_byte_is_found(saved: Path) -> None:
    """Fifty places, also in the last line."""
    random, good = Random(7), saved.read_bytes()
    places = [random.randrange(len(good)) for _ in range(40)] + [len(good) - 1 - random.randrange(TRAILER_BYTES) for _ in range(10)]
    missed = []
    for place in places:
        saved.write_bytes(good[:place] + bytes([good[place] ^ 0x40]) + good[place + 1 :])
        try:
            missed.append((place, await verify(saved)))
        except DamagedBackup:
            continue
    assert missed == []


@pytest.mark.parametrize("content", [b"", b"not a backup", b"PGDMP" * 1000], ids=["empty", "short", "foreign"])
async def test_what_is_no_backup_is_refused_before_anything_is_touched(
    settings: Settings, db: Database, saved: Path, content: bytes
) -> None:
    """The data stays as it was."""
    before = await receipts(db)
    saved.write_bytes(content)
    with pytest.raises(DamagedBackup):
        await restore(settings, saved)
    assert await receipts(db) == before


async def test_a_restore_that_fails_leaves_everything_as_it_was(settings: Settings, db: Database, saved: Path) -> None:
    """It is one transaction: here the dump itself ends in the middle, under a checksum that fits."""
    before = await receipts(db)
    content = saved.read_bytes()[:-TRAILER_BYTES]
    broken = saved.with_name("broken")
    broken.write_bytes(content[: len(content) // 2])
    backups._seal(broken, "0001")
    with pytest.raises(DatabaseUnavailable):
        await restore(settings, broken)
    assert await receipts(db) == before


async def test_the_file_is_for_its_owner_alone_and_never_half(settings: Settings, saved: Path) -> None:
    """It holds password hashes; a failed backup leaves no file behind."""
    with pytest.raises(FileNotFoundError):
        await backup(settings, saved.parent / "no such folder" / "x")
    assert (saved.stat().st_mode & 0o777, [path.name for path in saved.parent.iterdir() if path.is_file()]) == (0o600, ["pulse.backup"])
