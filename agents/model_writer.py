"""An opening written by a model: it sees the facts of the draft, has no tools, and every number in its words is checked."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any

from agents.compose.compose import Draft
from agents.figures import Book
from agents.models import Breaker, ModelChoice, ModelFailed, failures, finished, prompt, ready_model
from agents.plan import Intent, Plan
from agents.verify import harmless, unresolved

WRITTEN = frozenset(
    {
        Intent.VALUE,
        Intent.TREND,
        Intent.COMPARE,
        Intent.RANK,
        Intent.BREAKDOWN,
        Intent.DASHBOARD,
        Intent.BRIEFING,
        Intent.WHY,
        Intent.ANOMALY,
    }
)
"""Answers made of figures alone. Text of tickets and pull requests (lists, traces) is never shown to a model."""
MOST_FACTS = 6000
"""Characters of the draft that a model sees."""
MOST_WORDS = 110


@dataclass
class ModelWriter:
    """Puts a model's opening before the template, or leaves the template as it is."""

    choice: ModelChoice
    breaker: Breaker = field(default_factory=Breaker)

    async def __call__(self, question: str, plan: Plan, draft: Draft, book: Book) -> str | None:
        """The text with an opening; None when there is nothing usable."""
        if plan.intent not in WRITTEN or self.breaker.is_open:
            return None
        model = await ready_model(self.choice)
        try:
            async with asyncio.timeout(2 * self.choice.timeout_s):
                opening = await self._opening(model, question, draft)
        except failures(self.choice):
            self.breaker.failed()
            return None
        self.breaker.succeeded()
        return f"{opening}\n\n{draft.text}" if accepted(opening, question, book) else None

    async def _opening(self, model: Any, question: str, draft: Draft) -> str:
        mark = secrets.token_hex(8)
        asked = [
            ("system", prompt("summary")),
            ("human", f"Question: {question[:500]}\n<facts-{mark}>\n{draft.text[:MOST_FACTS]}\n</facts-{mark}>"),
        ]
        whole: Any = None
        async for chunk in model.astream(asked):
            whole = chunk if whole is None else whole + chunk
        if whole is None or not finished(whole):
            raise ModelFailed("the reply was cut off")
        return harmless(" ".join(str(whole.text).split()))


def accepted(opening: str, question: str, book: Book) -> bool:
    """Whether the words may stand: not empty, short, no markup, and no number without a figure."""
    plain = bool(opening) and len(opening.split()) <= MOST_WORDS and not opening.startswith(("{", "[", "|", "#"))
    return plain and not unresolved(opening, book.figures, question)
