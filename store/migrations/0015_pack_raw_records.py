"""Keep raw records packed: two thirds of the space, written in a third of the time; existing records are rewritten one by one."""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from store.documents import document_text, pack, unpack

revision = "0015"
down_revision = "0014"

KEY = "(site, entity, external_id)"
SOME = "select site, entity, external_id, {read} as given from raw_record where " + KEY + " > (:site, :entity, :external_id)"
WRITE = "update raw_record set converted = {write} where " + KEY + " = (:site, :entity, :external_id)"
BATCH = 1000


def upgrade() -> None:
    """Pack what is stored."""
    _convert(sa.LargeBinary(), lambda given: pack(json.loads(given)), read="payload::text", write=":given")


def downgrade() -> None:
    """Unpack it."""
    _convert(JSONB(), lambda given: document_text(unpack(given)), read="payload", write="cast(:given as jsonb)")


def _convert(kind: Any, convert: Callable[[Any], Any], *, read: str, write: str) -> None:
    """Fill a new column from the old one, some rows at a time, and put it in its place."""
    op.add_column("raw_record", sa.Column("converted", kind))
    some = sa.text(f"{SOME.format(read=read)} order by site, entity, external_id limit {BATCH}")
    after = {"site": "", "entity": "", "external_id": ""}
    while rows := [dict(row) for row in op.get_bind().execute(some, after).mappings()]:
        values = [{**row, "given": convert(row["given"])} for row in rows if row["given"] is not None]
        if values:
            op.get_bind().execute(sa.text(WRITE.format(write=write)), values)
        after = {name: rows[-1][name] for name in after}
    op.drop_column("raw_record", "payload")
    op.alter_column("raw_record", "converted", new_column_name="payload")
