"""Briefings made, kept, given in every form, and sent when something passed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from agents.briefings.briefing import Asked, make_briefing
from agents.briefings.forms import FORMS
from agents.toolbox import Toolbox
from gateway.briefing_pdf import pdf
from gateway.delivery import Message, deliver
from gateway.front import Front
from store.clock import now, wall_clock
from store.database import Database
from store.errors import InvalidQuestion, NotFound
from store.settings import Settings
from store.tables.operations import briefing

FORMATS = ("md", "html", "pdf", "slack")
SHOWN = 50
_LISTED = (
    briefing.c.id, briefing.c.audience, briefing.c.length, briefing.c.status, briefing.c.made_at, briefing.c.sent_to, briefing.c.sent_at,
)  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """What became of a briefing: where it went, or why it did not."""

    to: str | None
    reason: str

    def as_dict(self) -> dict[str, str | None]:
        """As JSON values."""
        return {"to": self.to, "reason": self.reason}


async def make(front: Front, asked: Asked) -> dict[str, Any]:
    """A briefing over the synced data, kept under its id."""
    document = await make_briefing(Toolbox(front.tools), asked, now(front.settings))
    row = {name: document[name] for name in ("id", "audience", "length", "status")} | {"made_at": wall_clock(), "document": document}
    again = (
        insert(briefing).values(row).on_conflict_do_update(index_elements=["id"], set_={"made_at": row["made_at"], "document": document})
    )
    async with front.db.begin() as connection:
        await connection.execute(again)
    return document


def formed(document: Mapping[str, Any], form: str) -> Any:
    """The briefing as text (md, html), bytes (pdf) or a message (slack).

    Raises:
        InvalidQuestion: there is no such form.
    """
    if form not in FORMATS:
        raise InvalidQuestion(f"There is no form {form!r}; the forms are {', '.join(FORMATS)}.")
    return pdf(document["blocks"]) if form == "pdf" else FORMS[form](document["blocks"])


async def send(settings: Settings, db: Database, document: Mapping[str, Any], to: str | None = None) -> Sent:
    """Silence first: only a briefing with news leaves the house.

    Raises:
        PulseError: nothing is set to send by, or the other side refused.
    """
    if document["status"] != "news":
        return Sent(None, f"Nothing was sent: nothing passed the tests ({document['checked']['pairs']} pairs were checked).")
    blocks = document["blocks"]
    message = Message(str(blocks[0]["text"]), FORMS["md"](blocks), FORMS["html"](blocks), FORMS["slack"](blocks))
    place = await deliver(settings, message, to)
    async with db.begin() as connection:
        await connection.execute(update(briefing).where(briefing.c.id == document["id"]).values(sent_to=place, sent_at=wall_clock()))
    return Sent(place, f"Sent by {place}.")


async def listed(db: Database) -> list[dict[str, Any]]:
    """The newest briefings."""
    async with db.connect() as connection:
        rows = await connection.execute(select(*_LISTED).order_by(briefing.c.made_at.desc()).limit(SHOWN))
        return [dict(row) for row in rows.mappings()]


async def kept(db: Database, identity: str) -> dict[str, Any]:
    """One briefing as it was made.

    Raises:
        NotFound: there is none with this id.
    """
    async with db.connect() as connection:
        row = (await connection.execute(select(briefing).where(briefing.c.id == identity))).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no briefing {identity!r}; GET /api/v1/briefings lists them.")
    return {**row["document"], "sent_to": row["sent_to"], "sent_at": row["sent_at"]}
