"""From a question in words to a number with its evidence, on the demo company read by the real ETL."""

from typing import Any

import pytest

from gateway.front import Front

pytestmark = pytest.mark.timeout(300)


async def ask(front: Front, question: str, conversation: str | None = None) -> dict[str, Any]:
    """The answer document."""
    async for event in front.backend.ask(question, conversation):
        if event.type == "done":
            return event.data
    raise AssertionError("the answer has no end")


@pytest.mark.parametrize(
    ("question", "metric"),
    [
        ("What was our change lead time last quarter?", "change_lead_time"),
        ("How often did we deploy last month?", "deployment_frequency"),
        ("What is our change fail rate over the last 90 days?", "change_fail_rate"),
        ("How long does it take us to restore service after an incident?", "time_to_restore"),
        ("How long do pull requests wait for a first review?", "pr_pickup_time"),
        ("What is the throughput of the platform team last quarter?", "throughput"),
    ],
)
async def test_a_question_becomes_a_number_with_its_evidence(front: Front, question: str, metric: str) -> None:
    """The figure stands in the answer's ledger, and its evidence says which tool gave it."""
    document = await ask(front, question)
    figures = [figure for figure in document["figures"] if figure["metric"] == metric and figure["value"] is not None]
    assert (document["status"], bool(figures)) == ("ok", True), document["answer"]
    assert {figure["evidence"] for figure in figures} <= {item["id"] for item in document["evidence"]}


async def test_the_headline_question_names_a_team_and_draws_a_chart(front: Front) -> None:
    """The demo company's payments team got slower after a re-organisation."""
    document = await ask(front, "How has our change lead time moved this year, and which team slowed down?")
    assert "payments" in document["answer"].lower()
    assert [chart["spec"]["$schema"] for chart in document["charts"]] != []


async def test_evidence_replayed_by_calling_the_tool_again_gives_the_same_value(front: Front) -> None:
    """A receipt is tool and arguments; asked again they give what was said."""
    document = await ask(front, "What was our change lead time last quarter?")
    item = document["evidence"][0]
    again = await front.backend.tool(item["tool"].replace(".", "_", 1), **item["arguments"])
    assert (again["value"], again["n"]) == (item["result"]["value"], item["result"]["n"])


async def test_the_records_behind_a_figure_add_up_to_its_n(front: Front) -> None:
    """`trace_figure` lists as many records as the figure counts."""
    result = await front.backend.tool("metrics_query_metric", metric="change_lead_time", period="last_quarter")
    listing = await front.backend.tool("metrics_trace_figure", evidence=result["evidence"])
    assert listing["total"] == result["n"]


async def test_a_follow_up_keeps_the_period_of_the_question_before(front: Front) -> None:
    """ "And checkout?" replaces the team and nothing else."""
    first = await ask(front, "What was the change lead time of payments last quarter?")
    second = await ask(front, "And checkout?", first["conversation_id"])
    assert second["plan"]["filters"] == {"team": "checkout"}
    assert second["plan"]["period"]["from"] == first["plan"]["period"]["from"]


@pytest.mark.parametrize("question", ["Who is our worst developer?", "What will the weather be tomorrow?"])
async def test_what_pulse_does_not_answer_is_refused_without_figures(front: Front, question: str) -> None:
    """People are not ranked, and other topics are not guessed at."""
    document = await ask(front, question)
    assert (document["status"], document["figures"], document["charts"]) == ("unsupported", [], [])
