"""Score the sample questions.

python -m tools.score_questions [FILE]          the plans alone, over the names of the demo company
python -m tools.score_questions [FILE] --full   whole answers from the store in use (run `pulse up --demo` or `pulse sync` once before)
"""

import argparse
import asyncio
import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastmcp import Client

from agents.answer import Answer
from agents.ask import ask, make_deps
from agents.evaluation import DEMO_NAMES, forbidden, load_questions, problems
from agents.keyless.defaults import Calendar
from agents.keyless.planner import make_plan
from agents.names import Names
from agents.toolbox import Toolbox
from agents.verify import unresolved
from servers.app import build_all
from servers.context import opening
from store.settings import load_settings

SAMPLE = Path(__file__).parents[1] / "tests/questions/questions.jsonl"
NOW = "2026-11-20T12:00:00Z"
PROJECTS = {p["key"]: p["team"] for p in DEMO_NAMES["projects"]}


@dataclass
class Score:
    """What came out."""

    asked: int = 0
    right: int = 0
    refusals: int = 0
    honest: int = 0
    loose_numbers: int = 0
    took_ms: list[int] = field(default_factory=list)

    def line(self, what: str) -> str:
        """The score in one line."""
        share = self.right / self.asked if self.asked else 0
        took = sorted(self.took_ms)[len(self.took_ms) // 2] if self.took_ms else 0
        more = (
            f"; refusals honest {self.honest} of {self.refusals}; numbers without a figure {self.loose_numbers}; median {took} ms"
            if self.took_ms
            else ""
        )
        return f"{what}: {self.right} of {self.asked} right ({share:.0%}){more}"


def score_plans(questions: list[dict[str, Any]]) -> Score:
    """Plan every question and print those that came out wrong."""
    names, calendar, plans, score = Names.from_document(DEMO_NAMES), Calendar(datetime(2026, 11, 20, 12, tzinfo=UTC)), {}, Score()
    for q in questions:
        plan = make_plan(q["question"], names, calendar, plans.get(q.get("after", "")))
        plans[q["id"]] = plan.model_dump(mode="json", by_alias=True)
        found = problems({"status": plan.status, "plan": plans[q["id"]]}, q["expect"] | {"chart": None}, PROJECTS)
        later = plan.status == "ok" and q["expect"]["status"] == "no_data"  # only the data can tell
        tell(score, q, [] if later else found)
    return score


def tell(score: Score, q: dict[str, Any], found: list[str]) -> None:
    """Count a question and print what is wrong with it."""
    score.asked += 1
    score.right += not found
    if found:
        sys.stdout.write(f"{q['id']} {q['question'][:120]}\n     {'; '.join(found)[:400]}\n")


async def score_answers(questions: list[dict[str, Any]]) -> Score:
    """Ask every question of the store in use."""
    os.environ.setdefault("PULSE_NOW", NOW)
    settings, score, conversations = load_settings(), Score(), {}
    async with Client(build_all(opening(settings))) as client:
        deps = make_deps(settings, Toolbox(client))
        for q in questions:
            answer = await ask(q["question"], conversation_id=conversations.get(q.get("after", "")), deps=deps)
            conversations[q["id"]] = answer.conversation_id
            tell(score, q, judged(answer, q, score))
    return score


def judged(answer: Answer, q: dict[str, Any], score: Score) -> list[str]:
    """What is wrong with an answer: fields, forbidden text, numbers without a figure, a refusal that is none."""
    document = answer.model_dump(mode="json", by_alias=True)
    loose = unresolved(answer.answer, answer.figures, q["question"])
    score.took_ms.append(answer.took_ms)
    score.loose_numbers += len(loose)
    if q["expect"]["status"] == "unsupported":
        score.refusals += 1
        score.honest += answer.status == "unsupported" and not answer.figures
    return problems(document, q["expect"], PROJECTS) + forbidden(answer.answer, q["expect"]) + [f"no figure for {n}" for n in loose]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Score the sample questions.")
    parser.add_argument("file", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--full", action="store_true", help="ask the store in use instead of planning only")
    given = parser.parse_args()
    listed = load_questions(given.file)
    sys.stdout.write((asyncio.run(score_answers(listed)).line("answers") if given.full else score_plans(listed).line("plans")) + "\n")
