"""What the tools gave back for one question, as the composer reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.calls import Call
from agents.figures import Book, Source
from agents.plan import Plan
from agents.toolbox import Outcome


@dataclass(frozen=True)
class Piece:
    """One call and what came of it."""

    call: Call
    outcome: Outcome

    @property
    def document(self) -> Mapping[str, Any]:
        """The structured result; empty after an error."""
        return self.outcome.result

    @property
    def ok(self) -> bool:
        """Whether the tool answered."""
        return self.outcome.error is None


@dataclass
class Gathered:
    """A plan with everything that was read for it, and the book in which numbers are written down."""

    plan: Plan
    pieces: list[Piece]
    book: Book = field(default_factory=Book)

    def of(self, *roles: str) -> list[Piece]:
        """The pieces with one of these roles that have a result."""
        return [p for p in self.pieces if p.ok and p.call.role in roles]

    def source(self, piece: Piece, document: Mapping[str, Any] | None = None) -> Source:
        """A result as a source of numbers."""
        return Source(piece.document if document is None else document, piece.call.id, self.book)

    @property
    def errors(self) -> list[str]:
        """What tools complained about, each once."""
        return list(dict.fromkeys(p.outcome.error for p in self.pieces if p.outcome.error))
