"""The ETL board on a page: drawn once, kept up to date while something runs, its buttons answered."""

import asyncio
import contextlib
from typing import Any

import chainlit as cl

from chat_ui import backend, board
from store.errors import DatabaseUnavailable, PulseError

SESSION_KEY = "board"
BUSY_S = 1.0
QUIET_S = 5.0
"""Seconds between two looks while something runs, and while nothing does."""
HEALTH_S = 30.0


class Board:
    """One board of one page."""

    def __init__(self) -> None:
        self.log: dict[str, Any] | None = None
        self.notice: str | None = None
        self.health: dict[str, Any] | None = None
        self.looked_at = 0.0
        self.element = cl.CustomElement(name="PulseBoard", props={}, display="inline")
        self.follower: asyncio.Task[None] | None = None

    async def show(self) -> None:
        """Draw it below a message of its own and keep it up to date."""
        await self._look()
        self.element.props = board.board_props(await backend.current().board(), self.log, health=self.health)
        await cl.Message(content="", elements=[self.element]).send()
        self.follower = asyncio.create_task(self._follow())  # a task of its own: the page takes questions meanwhile

    def close(self) -> None:
        """Stop following."""
        if self.follower is not None:
            self.follower.cancel()

    async def refresh(self) -> bool:
        """Draw it anew if anything has changed; returns whether something runs."""
        now = await backend.current().board()
        await self._look()
        props = board.board_props(now, self.log, self.notice, self.health)
        if props != self.element.props:
            self.element.props = props
            await self.element.update()
        return board.busy(now)

    async def _look(self) -> None:
        """Look at the data's health now and then: it reads facts, which change with each sync only."""
        moment = asyncio.get_running_loop().time()
        if self.health is None or moment - self.looked_at > HEALTH_S:
            self.health, self.looked_at = await backend.current().health(), moment

    async def _follow(self) -> None:
        busy = True
        while True:
            with contextlib.suppress(DatabaseUnavailable):  # a database that restarts is back at the next look
                busy = await self.refresh()
            await asyncio.sleep(BUSY_S if busy else QUIET_S)

    async def press(self, do: str, target: str) -> None:
        """A button: say what happened, or why it is not possible."""
        try:
            self.notice = await backend.current().control(do, target)
        except PulseError as error:
            self.notice = str(error)
        if self.log is not None:
            await self.open_log(self.log["wanted"])
        await self.refresh()

    async def open_log(self, wanted: dict[str, Any] | None) -> None:
        """Show a page of the log, or close it."""
        if wanted is None:
            self.log = None
        else:
            asked = {name: wanted.get(name) for name in ("run", "level", "text")}
            try:
                self.log = {**await backend.current().log(**asked, cursor=wanted.get("cursor")), "wanted": asked}
            except PulseError as error:
                self.notice = str(error)
        await self.refresh()


async def show() -> None:
    """A new board; the one before it on this page stands still."""
    close()
    opened = Board()
    cl.user_session.set(SESSION_KEY, opened)
    await opened.show()


def close() -> None:
    """Stop following for a page that is gone, or that shows a newer board."""
    if isinstance(known := cl.user_session.get(SESSION_KEY), Board):
        known.close()


@cl.action_callback("board")
async def press(action: cl.Action) -> None:
    """A button of the board."""
    if isinstance(known := cl.user_session.get(SESSION_KEY), Board):
        await known.press(str(action.payload["do"]), str(action.payload["target"]))


@cl.action_callback("board_log")
async def open_log(action: cl.Action) -> None:
    """The log of a run, filtered, searched or turned over; without `wanted` it is closed."""
    if isinstance(known := cl.user_session.get(SESSION_KEY), Board):
        await known.open_log(action.payload.get("wanted"))
