"""Mappings as REST, chat and command line decide them: the decision is kept, and the facts are refreshed."""

from collections.abc import Awaitable, Callable
from typing import Any, get_args

from fastapi.encoders import jsonable_encoder
from sqlalchemy.ext.asyncio import AsyncConnection

from etl import mappings
from etl.derive.refresh import refresh
from etl.jobs.refresh_facts import REFRESH_FACTS
from gateway.upstream import upstream
from store.database import Database, open_database
from store.errors import InvalidQuestion
from store.queue import put_once
from store.settings import Settings

Decide = Callable[[AsyncConnection], Awaitable[Any]]


async def decided(db: Database, work: Decide) -> Any:
    """Do `work` in a transaction that also queues the refresh of the facts, once for many decisions."""
    async with db.begin() as connection:
        done = await work(connection)
        await put_once(connection, REFRESH_FACTS)  # one that is queued already will see this decision too
    return done


async def listed(settings: Settings) -> list[dict[str, Any]]:
    """What is proposed, the surest first."""
    async with open_database(settings, role="app") as db, db.connect() as connection:
        return [one.as_dict() for one in await mappings.proposals(connection)]


async def log(settings: Settings) -> list[dict[str, Any]]:
    """Who decided what and when."""
    async with open_database(settings, role="app") as db, db.connect() as connection:
        return await mappings.decisions(connection)


async def decide_now(settings: Settings, work: Decide) -> Any:
    """Do `work` and refresh the facts in this process: for the command line, with no worker around."""
    async with upstream(settings) as served, open_database(served, role="etl") as db:
        async with db.begin() as connection:
            done = await work(connection)
        await refresh(db, served)
        return done


async def shown(db: Database) -> dict[str, Any]:
    """Proposals and decisions, for the chat."""
    async with db.connect() as connection:
        proposed, made = await mappings.proposals(connection), await mappings.decisions(connection)
    document: dict[str, Any] = jsonable_encoder({"proposals": [one.as_dict() for one in proposed], "decisions": made})
    return document


async def press(db: Database, do: str, target: str, *, by: str) -> str:
    """A button of the chat: accepted, rejected or undo; returns what happened.

    Raises:
        InvalidQuestion: there is no such button.
    """
    if do == "undo":
        done = await decided(db, lambda connection: mappings.undo(connection, target, by))
        return f"Taken back: {done['evidence']['says']}. Figures follow in a moment."
    decision = next((known for known in get_args(mappings.Decision) if known == do), None)
    if decision is None:
        raise InvalidQuestion(f"A proposal is accepted or rejected, not {do[:20]}.")
    done = await decided(db, lambda connection: mappings.decide(connection, target, decision, by))
    return f"{decision.capitalize()}: {done['evidence']['says']}. Figures follow in a moment."
