"""Live progress of syncs: a WebSocket and server-sent events under one address."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, WebSocket, WebSocketDisconnect
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.exceptions import HTTPException

from gateway.front import Front, InFront
from gateway.live import follow
from servers.records import runs as records
from store.errors import InvalidQuestion

router = APIRouter(prefix="/api/v1/sync", tags=["sync"])
UNKNOWN_RUN = 4404
"""Close code of the WebSocket when nobody knows the run: 404 among the codes that applications may use."""
After = Annotated[int, Query(ge=0, description="The version that was seen last; only newer states are sent.")]


@router.websocket("/stream")
async def stream(socket: WebSocket, run: str | None = None, after: int = 0) -> None:
    """Send `{"version", "runs", "ended"}` now and after every change until the client leaves, or until `run` has ended."""
    front: Front = socket.app.state.front
    await socket.accept()
    if run is not None and not await _known(front, run):
        await socket.close(UNKNOWN_RUN)
        return
    leaving = asyncio.ensure_future(_until_left(socket))
    telling = asyncio.ensure_future(_tell(socket, front, run, after))
    await asyncio.wait({leaving, telling}, return_when=asyncio.FIRST_COMPLETED)
    for task in (leaving, telling):
        task.cancel()
    await asyncio.gather(leaving, telling, return_exceptions=True)


async def _until_left(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()


async def _tell(socket: WebSocket, front: Front, run: str | None, after: int) -> None:
    async with contextlib.aclosing(follow(front, run=run, after=after)) as moments:
        async for moment in moments:
            await socket.send_json(moment.document())
    await socket.close()


@router.get("/stream")
async def events(
    front: InFront, run: str | None = None, after: After = 0, last_event_id: Annotated[str | None, Header(max_length=30)] = None
) -> Response:
    """The same as server-sent events `runs`, each with its version as id: a client that comes back gets what it missed.

    With `run` the stream ends after the event `end`, which carries the run's final state.
    """
    if run is not None and not await _known(front, run):
        raise HTTPException(404, f"There is no sync run {run}; GET /api/v1/sync/runs lists them.")
    seen = int(last_event_id) if last_event_id and last_event_id.isdecimal() else after
    return EventSourceResponse(_events(front, run, seen), headers={"X-Accel-Buffering": "no"})


async def _known(front: Front, run: str) -> bool:
    try:
        async with front.db.connect() as connection:
            return bool(await records.runs(connection, run=run))
    except InvalidQuestion:  # no run can be called so
        return False


async def _events(front: Front, run: str | None, after: int) -> AsyncIterator[bytes]:
    async with contextlib.aclosing(follow(front, run=run, after=after)) as moments:
        async for moment in moments:
            if moment.runs is None:
                yield b": nothing new\n\n"
                continue
            name = "end" if run is not None and moment.ended else "runs"
            yield format_sse_event(event=name, id=str(moment.version), data_str=json.dumps(moment.document(), ensure_ascii=False))
