"""The shape of one kind of upstream record; a connector is a folder of files that each declare one `Entity`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar, runtime_checkable

from sqlalchemy.ext.asyncio import AsyncConnection

from etl.http import Http
from store.config import PulseConfig
from store.errors import PulseError
from store.settings import Settings

Raw = dict[str, Any]
"""One upstream record as it came."""
Row = dict[str, Any]
"""One row for a table of `store.tables`, by column name."""
Rows = dict[str, list[Row]]
"""Rows by table name."""
Source = Literal["github", "jira"]
SOURCES: tuple[Source, ...] = ("github", "jira")


class SourceClient(Protocol):
    """What the engine needs of a connector's client."""

    http: Http


@runtime_checkable
class LearningClient(Protocol):
    """A client whose questions depend on what is stored."""

    def learn(self, lookups: Mapping[str, Any]) -> None:
        """Take over the lookups of the source; called before each entity."""


@runtime_checkable
class SharedClient(Protocol):
    """A client of several accounts, each with its own part of the source."""

    @property
    def is_welcome(self) -> bool:
        """Whether any of them is not refused yet."""


Client = TypeVar("Client", bound=SourceClient)


@dataclass(frozen=True)
class Scope:
    """What an entity is read for: the whole site, one repository, project or board."""

    kind: Literal["site", "repository", "project", "board"]
    id: str
    """Our id of it (`github:repo:1`), or the site."""
    name: str
    """Its name upstream (`acme-shop/payments-api`, `PAY`)."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further columns of its row."""


@dataclass(frozen=True)
class Parsing:
    """What a parser may know beside the record: the site, the scope and the lookups of the source (fields by role, status categories, …)."""

    site: str
    scope: Scope | None = None
    lookups: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Position:
    """Where a pass starts: `cursor` resumes a broken-off one, `since` (ISO, by the server's clock) makes it incremental, both None is a full read."""

    cursor: Raw | None = None
    since: str | None = None
    etag: str | None = None
    stamp: str | None = None
    """The entity's sign of change at the end of the last complete pass."""


@dataclass(slots=True)
class Page:
    """One answer of the source: the unit of work, stored in one transaction."""

    records: Sequence[Raw]
    next_cursor: Raw | None
    """Where to go on after this page; None ends the pass."""
    server_time: str | None = None
    """The source's clock (Date header) when the page was made; becomes the next `since` minus an overlap."""
    total: int | None = None
    """How many records the pass will have, where the source says so."""
    etag: str | None = None
    gaps: bool = False
    """Some records were withheld, so the pass proves nothing about what it does not bring."""
    not_modified: bool = False
    """The source says that nothing changed: what is stored stays and counts as seen."""

    failure: PulseError | None = None
    """Why a part of what was asked for is not here; the pass goes on with the rest, and is told to have failed in the end."""

    def take(self) -> Sequence[Raw]:
        """The records, once: who reads the source still holds the page while the next one comes, and they are most of its memory."""
        taken, self.records = self.records, ()
        return taken


class RecordError(ValueError):
    """One record cannot be understood; it goes to quarantine with this reason and the page goes on."""


@dataclass(frozen=True)
class Entity(Generic[Client]):
    """One kind of upstream record, declared as data.

    `pages` reads from the source; `parse` is pure and turns one raw record into rows (so that a replay needs no source);
    `external_id` names the raw record; `replaces` lists child tables whose rows of the same parent (an `id` in the first of `tables`)
    are replaced as a whole: (table, parent column).
    """

    name: str
    """`github.pull_requests`."""
    scope: Literal["site", "repository", "project", "board"]
    tables: tuple[str, ...]
    pages: Callable[[Client, Scope, Position], AsyncIterator[Page]]
    parse: Callable[[Parsing, Raw], Rows]
    external_id: Callable[[Raw], str]
    after: tuple[str, ...] = ()
    """Names of entities that must be read before this one."""
    incremental: bool = True
    """False: every pass reads all, and what it no longer finds is marked as deleted."""
    follows_up: bool = False
    """An incremental pass only looks after what is stored, so the first one reads all, whatever window was asked for."""
    replaces: tuple[tuple[str, str], ...] = ()
    overlap_s: int = 120
    refresh_s: int = 0
    """Seconds for which a complete read counts as fresh and is not repeated."""
    version: Callable[[Raw], str | None] | None = None
    """When the record last changed, as ISO instant in UTC: an older page never overwrites a newer record."""
    stamp: Callable[[Scope], str | None] | None = None
    """What must have changed upstream for a pass to bring anything; equal to the last one: the pass is left out."""
    stamp_max_age_s: int = 86400
    """Seconds after which a pass is made though the stamp is the same."""
    settled: Callable[[Raw], bool] | None = None
    """Whether a record has come to its end. While a pass brings one that has not, the next is made whatever the sign says: it may end without one."""
    deletes: bool = True
    """Whether a complete pass proves that records it did not bring are deleted."""

    keys: Callable[[Client, Scope], AsyncIterator[Page]] | None = None
    """Lists id and version of every record there is, in few requests: enough to prove that none is missing, stale or gone."""
    keys_at_once: int = 100
    """How many the source lists in one answer."""
    chosen: Callable[[Client, Scope, Sequence[Raw]], AsyncIterator[Page]] | None = None
    """Reads whole the records that `keys` showed; those that are gone by now are left out."""
    dated: Callable[[Raw], str] | None = None
    """The instant that decides whether a record is inside of the window of a pass, where that is not its version."""
    unsettled_s: int = 0
    """Seconds for which a record may still change without a sign: a reconcile reads so far back again what has no `keys`."""
    on_demand: bool = False
    """Not part of a usual sync: read when named, else parsed from webhooks and recordings."""
    owned: tuple[str, ...] = ()
    """Tables whose rows belong to one record alone, beside the first of `tables` and those of `replaces`."""

    @property
    def own(self) -> frozenset[str]:
        """All tables whose rows belong to one record alone: while it is not stored, they hold nothing of it."""
        return frozenset((*self.tables[:1], *self.owned, *(name for name, _ in self.replaces)))

    @property
    def compared(self) -> bool:
        """Whether a reconcile compares what is stored with what the source lists; the other entities it reads."""
        return self.incremental and self.deletes

    @property
    def source(self) -> Source:
        """`github` or `jira`."""
        return "jira" if self.name.startswith("jira.") else "github"


async def nothing(_client: Any, _scope: Scope, _position: Position) -> AsyncIterator[Page]:
    """Pages of what has no list of its own: it comes inside other records, by webhook or from a recording."""
    none: tuple[Page, ...] = ()
    for page in none:
        yield page


Lookups = Mapping[str, Any]


async def no_lookups(_connection: AsyncConnection, _settings: Settings, _site: str) -> Lookups:
    """For a source whose parsers need no more than the record."""
    return {}


def no_sample_lookups(_config: PulseConfig, _context: Iterable[Raw]) -> Lookups:
    """The same for recorded payloads."""
    return {}


@dataclass(frozen=True)
class Connector(Generic[Client]):
    """One source: how to name its site, how to talk to it and what its parsers may look up. Declared in `etl/<source>/connector.py`."""

    source: Source
    site: Callable[[Settings], str]
    """The beginning of its ids: `github`, `jira`, or with the host for further sites."""
    configured: Callable[[Settings], bool]
    connect: Callable[[Settings], AbstractAsyncContextManager[Client]]
    lookups: Callable[[AsyncConnection, Settings, str], Awaitable[Lookups]] = no_lookups
    """From what is stored and pulse.yaml; asked before each entity and by a replay."""
    sample_lookups: Callable[[PulseConfig, Iterable[Raw]], Lookups] = no_sample_lookups
    """From pulse.yaml and recorded statuses, fields, … for `pulse sync parse`."""
