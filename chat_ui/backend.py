"""What the chat needs from the rest of Pulse; the front door hands it in."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from agents.answer import Event


class Backend(Protocol):
    """Answers questions, calls tools, and tells how the first sync is doing."""

    def ask(self, question: str, conversation: str | None) -> AsyncIterator[Event]:
        """The answer to a question, step by step."""
        ...

    async def dashboard(
        self, name: str, words: str = "", *, period: str | None = None, scope: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """A dashboard as one document; words beside a command may name period and scope."""
        ...

    async def tool(self, name: str, **arguments: Any) -> dict[str, Any]:
        """The structured result of an MCP tool; a refusal is a PulseError with what to do."""
        ...

    async def first_sync(self) -> str:
        """pending, running, done or failed."""
        ...

    async def runs(self) -> list[dict[str, Any]]:
        """The newest sync runs with their entities and progress."""
        ...

    async def board(self) -> dict[str, Any]:
        """The ETL board: sources with schedule and freshness, and the newest runs."""
        ...

    async def health(self) -> dict[str, Any]:
        """How far the stored data can be trusted: a state and findings, worst first."""
        ...

    async def log(self, **wanted: Any) -> dict[str, Any]:
        """A page of the run log, newest first: run, level, text, cursor."""
        ...

    async def control(self, do: str, target: str) -> str:
        """Press a button of the ETL board; returns what happened, or raises a PulseError with what to do."""
        ...

    async def mappings(self) -> dict[str, Any]:
        """Proposed mappings and the last decisions about them."""
        ...

    async def decide(self, do: str, target: str) -> str:
        """Accept or reject a proposal, or undo a decision; returns what happened."""
        ...


_current: list[Backend] = []


def provide(backend: Backend) -> None:
    """Let the chat answer by `backend` from now on."""
    _current[:] = [backend]


def current() -> Backend:
    """The backend in use."""
    if not _current:
        raise RuntimeError("The chat was opened before the front door gave it a backend.")
    return _current[0]
