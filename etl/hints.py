"""What webhooks hint at, kept until a sync has looked there. A hint is never data: the sync reads the normal way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.entity import Source
from store.database import Database
from store.documents import clean_text
from store.tables.operations import webhook_delivery

LONGEST = 200
"""Characters of a name or id that are kept."""


class Hint(NamedTuple):
    """That something of a kind changed or was deleted; `other` asks for nothing."""

    action: Literal["changed", "deleted", "other"]
    entity: str | None = None
    """`jira.issues`."""
    scope: str | None = None
    """The repository it is in; None: wherever the entity is read."""


@dataclass(frozen=True)
class Delivery:
    """A webhook whose signature is right."""

    source: Source
    id: str
    """The same for every repetition of it: made of what is signed, since a header could be changed by whoever repeats it."""
    event: str
    hint: Hint


@dataclass(frozen=True)
class Waiting:
    """A hint that no sync has followed yet."""

    source: Source
    delivery: str
    hint: Hint


async def keep(connection: AsyncConnection, delivery: Delivery) -> bool:
    """Remember a delivery in the caller's transaction; False when it came before."""
    values: dict[str, Any] = {
        "source": delivery.source,
        "delivery": delivery.id,
        "event": clean_text(delivery.event),
        "hint": {name: clean_text(value[:LONGEST]) if value else value for name, value in delivery.hint._asdict().items()},
        "outcome": "set aside" if delivery.hint.action == "other" else "waiting",
    }
    statement = insert(webhook_delivery).values(**values, received_at=func.clock_timestamp())
    kept = await connection.execute(statement.on_conflict_do_nothing().returning(webhook_delivery.c.delivery))
    return kept.first() is not None


async def waiting(db: Database, sources: Sequence[Source]) -> list[Waiting]:
    """The hints that wait for a sync of these sources, oldest first."""
    row = webhook_delivery.c
    statement = (
        select(row.source, row.delivery, row.hint).where(row.outcome == "waiting", row.source.in_(sources)).order_by(row.received_at)
    )
    async with db.connect() as connection:
        return [
            Waiting(found.source, found.delivery, Hint(*(found.hint.get(name) for name in Hint._fields)))
            for found in await connection.execute(statement)
        ]


async def follow(db: Database, followed: Iterable[Waiting]) -> None:
    """A sync has looked where these hints pointed."""
    by_source: dict[Source, list[str]] = {}
    for one in followed:
        by_source.setdefault(one.source, []).append(one.delivery)
    async with db.begin() as connection:
        for source, deliveries in by_source.items():
            mine = (webhook_delivery.c.source == source) & (webhook_delivery.c.delivery == func.any(deliveries))
            await connection.execute(update(webhook_delivery).where(mine).values(outcome="followed"))
