"""From a question to a verified answer, through the real tools on a real database."""

import re
from typing import Any

import pytest

from agents.answer import Answer
from agents.ask import Deps, ask, stream
from agents.dashboards import dashboard
from agents.verify import unresolved

pytestmark = pytest.mark.timeout(60)
FLAGSHIP = "How has our change lead time moved this year, and which team slowed down?"


def sound(answer: Answer) -> bool:
    """Every number resolves, and every figure points at a receipt that is there."""
    known = {e["id"] for e in answer.evidence}
    return unresolved(answer.answer, answer.figures, answer.question) == [] and {f["evidence"] for f in answer.figures} <= known


async def test_the_question_a_board_asks_is_answered_with_the_team_that_slowed_down(company: Deps) -> None:
    """The course over the year, then each team's last complete quarter against its first, with n and the difference."""
    answer = await ask(FLAGSHIP, deps=company)
    assert answer.status == "ok"
    assert re.search(r"Got worse.*\*\*payments\*\*", answer.answer)
    assert {"2026-01", "2026-10"} <= set(re.findall(r"\| (2026-\d\d)", answer.answer))
    assert sound(answer)


SAID = (
    ("Median lead time for changes of the payments team last month", "ok", "**3.1 days** (median, n 30)"),
    ("Change failure rate of checkout in Q3", "ok", "**8.7 %** (4 of 46)"),
    ("MTTR in Q3?", "ok", "has two readings"),
    ("deployment frequency in 2019", "no_data", "pulse sync"),
    ("What is the lead time in Q1 2027?", "no_data", "has not begun"),
    ("lead time of the blockchain team", "clarify", "- payments"),
    ("Who is the slowest developer?", "unsupported", "never compares, ranks or scores people"),
    ("What does change failure rate mean?", "ok", "> "),
    ("share of AI-assisted pull requests this year", "ok", "at least **"),
    ("show the last 10 production deployments of mobile-app", "ok", "deployments"),
)


async def test_an_answer_says_the_value_or_why_there_is_none(company: Deps) -> None:
    """Value, unit, n and window; else the honest reason and what can be done."""
    answers = [(await ask(question, deps=company), status, said) for question, status, said in SAID]
    wrong = [
        (a.question, a.status, a.answer) for a, status, said in answers if (a.status, said in a.answer, sound(a)) != (status, True, True)
    ]
    assert wrong == []


async def test_the_flow_of_work_is_drawn_from_the_states_of_all_items(company: Deps) -> None:
    """Beside what is in progress the chart of work in progress shows what waits and what was done, which the result itself does not hold."""
    answer = await ask("How has our work in progress developed over the last 6 weeks? Show a chart.", deps=company)
    rows = answer.charts[0]["spec"]["data"]["values"]
    last = {row["state"]: row["value"] for row in rows if row["bucket"] == max(row["bucket"] for row in rows)}
    assert last["in progress"] == answer.evidence[0]["result"]["series"][-1]["value"]
    assert last["done since the start"] > 0


@pytest.mark.parametrize(
    ("name", "first"), [("dora", "Delivery performance"), ("portfolio", "Work in progress, items by state · payments")]
)
async def test_a_dashboard_is_one_document_of_charts_with_evidence(company: Deps, name: str, first: str) -> None:
    """Every chart points at a receipt of the document, every figure too; what has no data is said in a line and not drawn."""
    board = await dashboard(name, company.toolbox, scope={"team": "payments"})
    known = {part["id"] for part in board["evidence"]}
    assert board["charts"][0]["title"] == first
    assert {part["evidence"] for part in board["charts"] + board["figures"]} <= known
    assert "team payments" in board["answer"]


async def test_a_conversation_belongs_to_the_user_who_began_it(company: Deps) -> None:
    """The same id in other hands is another conversation, so a follow-up finds nothing to follow."""
    first = await ask("Change failure rate of payments last quarter", deps=company, user="ana")
    own = await ask("And checkout?", conversation_id=first.conversation_id, deps=company, user="ana")
    other = await ask("And checkout?", conversation_id=first.conversation_id, deps=company, user="bo")
    assert (own.plan["filters"], own.status, other.status) == ({"team": "checkout"}, "ok", "clarify")


async def test_an_answer_comes_step_by_step_and_ends_with_the_document(company: Deps) -> None:
    """plan, tool calls, results, text, done, in this order."""
    steps: list[Any] = [event async for event in stream("deployment frequency last quarter", deps=company)]
    assert [step.type for step in steps] == ["plan", "tool_call", "tool_result", "text", "done"]
    assert steps[-1].data["answer"] == steps[-2].data["text"]


async def test_the_figure_can_be_replayed_from_its_evidence(company: Deps) -> None:
    """Evidence holds tool and arguments; calling it again gives the same value."""
    answer = await ask("lead time of mobile last quarter", deps=company)
    receipt = answer.evidence[0]
    again = await company.toolbox.call(receipt["tool"], receipt["arguments"])
    assert again.result["value"] == receipt["result"]["value"] == answer.figures[0]["value"]
