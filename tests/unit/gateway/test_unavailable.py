"""A front door whose database does not answer: it says so, and it goes on."""

from typing import Any, cast

import httpx
from fastapi import FastAPI

from gateway import problems
from gateway.up import Terminal, _sync_then_work
from store.errors import DatabaseUnavailable

SENTENCE = "The disk of the database is full (3 MB left)."


async def test_a_request_is_answered_with_the_reason_and_when_to_ask_again() -> None:
    """503 with Retry-After, for programs and for people."""
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    async def asked() -> None:
        raise DatabaseUnavailable(SENTENCE)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://front") as http:
        answer = await http.get("/")
    assert (answer.status_code, answer.json()["detail"], int(answer.headers["retry-after"]) > 0) == (503, SENTENCE, True)


async def test_a_sync_at_the_start_that_fails_leaves_a_worker() -> None:
    """Whatever went wrong: the schedule tries again, and somebody has to do it."""

    class Nowhere:
        """A database that fails in one of two ways."""

        def __init__(self, error: Exception) -> None:
            self.error = error

        def connect(self) -> Any:
            raise self.error

    class Front:
        """As much of a front door as the start looks at."""

        def __init__(self, error: Exception) -> None:
            self.db = Nowhere(error)

    class Queue:
        """Counts who works."""

        workers = 0

        async def work(self) -> None:
            self.workers += 1

    queue, said = Queue(), list[str]()
    terminal = Terminal(said.append, cast("Any", None), lambda *_: None)
    for error in (DatabaseUnavailable(SENTENCE), ValueError("a mistake of ours")):
        await _sync_then_work(cast("Any", queue), cast("Any", Front(error)), cast("Any", None), terminal)
    assert (queue.workers, said) == (2, [SENTENCE])
