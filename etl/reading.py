"""What a sync is asked to read: what changed, everything, or what must be compared."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from etl.checkpoint import Checkpoint, Pass, start
from etl.entity import Entity
from store.errors import InvalidQuestion

Mode = Literal["incremental", "full", "reconcile"]


@dataclass(frozen=True)
class Reading:
    """What is read: what changed since the last time or since an instant, everything, or (`reconcile`) what changed with all that is compared."""

    full: bool = False
    since: datetime | None = None
    reconcile: bool = False

    @property
    def mode(self) -> Mode:
        """As a run shows it."""
        return "full" if self.full else "reconcile" if self.reconcile else "incremental"

    def as_arguments(self) -> dict[str, Any]:
        """As the job and the run keep it."""
        return {"full": self.full, "since": self.since.isoformat() if self.since else None, "reconcile": self.reconcile}

    def forces(self, entity: Entity[Any]) -> bool:
        """Whether an entity is read though it would count as fresh."""
        return self.full or self.since is not None or (self.reconcile and (_is_whole(entity) or entity.unsettled_s > 0))

    def start(self, entity: Entity[Any], known: Checkpoint, earliest: datetime | None) -> Pass:
        """Where the pass over an entity begins; `earliest`: what is older is left out on purpose."""
        full = self.full or (self.reconcile and _is_whole(entity))
        return start(entity, known, full=full, since=self.since or self._unsettled(entity, known), earliest=earliest)

    def _unsettled(self, entity: Entity[Any], known: Checkpoint) -> datetime | None:
        if not (self.reconcile and entity.unsettled_s and known.high_water_at):
            return None
        since = known.high_water_at - timedelta(seconds=entity.unsettled_s)
        return max(since, known.covered_from_at) if known.covered_from_at else since


WHAT_CHANGED = Reading()


def one_reading(*, full: bool, since: datetime | None, reconcile: bool) -> Reading:
    """What somebody asks for from outside.

    Raises:
        InvalidQuestion: more than one of the ways of reading is asked for.
    """
    if reconcile and (full or since is not None):
        raise InvalidQuestion("reconcile reads what changed and compares the rest; leave out full and since.")
    if full and since is not None:
        raise InvalidQuestion("full reads everything, since only what changed from then on; leave one of them out.")
    return Reading(full, since if since is None or since.tzinfo else since.replace(tzinfo=UTC), reconcile)


def _is_whole(entity: Entity[Any]) -> bool:
    """Whether only a complete reading says what there is: lists that tell no changes, and entities that otherwise look after what is stored."""
    return not entity.incremental or entity.follows_up
