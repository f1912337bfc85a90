"""What a writer is: it may reword a draft; whether its words are used is decided by the verifier."""

from collections.abc import Awaitable, Callable

from agents.compose.compose import Draft
from agents.figures import Book
from agents.plan import Plan

Writer = Callable[[str, Plan, Draft, Book], Awaitable[str | None]]


async def template_only(question: str, plan: Plan, draft: Draft, book: Book) -> str | None:  # noqa: ARG001
    """No rewording: the template stands."""
    return None
