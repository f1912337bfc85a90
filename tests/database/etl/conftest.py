"""An invented source: boards of releases in memory, read by the real engine."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from etl.catalogue import Declared
from etl.entity import Connector, Entity, Page, Parsing, Position, Raw, RecordError, Rows, Scope
from etl.http import Http
from store.errors import UpstreamError
from store.settings import Settings

PAGE = 3


@dataclass
class Upstream:
    """What the invented source holds, its clock, and how it misbehaves."""

    records: dict[int, Raw] = field(default_factory=dict)
    clock: datetime = datetime(2026, 3, 1, tzinfo=UTC)
    fail_at_page: int | None = None
    pages_read: int = 0
    positions: list[Position] = field(default_factory=list)

    def put(self, number: int, **more: Any) -> None:
        """Create or change a record now."""
        self.clock += timedelta(minutes=1)
        self.records[number] = {"id": number, "tag": f"v{number}", "updated": self.clock.isoformat(), **more}

    async def pages(self, _client: Any, _scope: Scope, position: Position) -> AsyncIterator[Page]:
        """Pages of three, oldest first."""
        self.positions.append(position)
        found = [raw for _, raw in sorted(self.records.items()) if position.since is None or raw["updated"] >= position.since]
        first = position.cursor["offset"] if position.cursor else 0
        for offset in range(first, max(len(found), 1), PAGE):
            self.pages_read += 1
            if self.fail_at_page == self.pages_read:
                raise UpstreamError("The invented source is down.")
            following = {"offset": offset + PAGE} if offset + PAGE < len(found) else None
            yield Page(found[offset : offset + PAGE], following, server_time=self.clock.isoformat())

    def entity(self, **more: Any) -> Entity[Any]:
        """Its only entity."""
        return Entity(
            name="github.inventions", scope="site", tables=("release",), pages=self.pages, parse=_parse, external_id=_name_of, **more
        )


def _name_of(raw: Raw) -> str:
    return str(raw["id"])


def _parse(parsing: Parsing, raw: Raw) -> Rows:
    if raw.get("broken"):
        raise RecordError("it is broken")
    return {"release": [{"id": f"{parsing.site}:release:{raw['id']}", "site": parsing.site, "repo_id": "r", "tag": raw["tag"]}]}


class Client:
    """Has the one attribute the engine reads."""

    def __init__(self) -> None:
        self.http = Http("http://127.0.0.1:1")


@contextlib.asynccontextmanager
async def _connect(_settings: Settings) -> AsyncIterator[Client]:
    client = Client()
    async with client.http:
        yield client


@pytest.fixture
def upstream() -> Upstream:
    """An invented source with ten records."""
    made = Upstream()
    for number in range(10):
        made.put(number)
    return made


@pytest.fixture
def declare() -> Callable[..., Callable[[Any], Declared]]:
    """Declares entities as those of the invented source."""

    def declared(*entities: Entity[Any]) -> Callable[[Any], Declared]:
        connector: Connector[Any] = Connector("github", site=lambda _: "github", configured=lambda _: True, connect=_connect)
        return lambda _source: Declared(connector, entities)

    return declared
