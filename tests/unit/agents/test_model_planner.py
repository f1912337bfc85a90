"""A model plans and opens answers; whatever it does wrong, the rules answer and no number is made up."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from agents.compose.compose import Draft
from agents.evaluation import DEMO_NAMES
from agents.figures import Book
from agents.keyless.defaults import Calendar
from agents.model_planner import ModelPlanner
from agents.model_writer import ModelWriter
from agents.models import ModelChoice, chosen_model
from agents.names import Names
from agents.plan import Intent, Plan
from agents.planner import Planned
from store.settings import Settings

pytestmark = [pytest.mark.timeout(30), pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")]
NAMES = Names.from_document(DEMO_NAMES)
CALENDAR = Calendar(datetime(2026, 11, 20, 12, tzinfo=UTC))
GOOD = {"intent": "value", "metrics": ["change_fail_rate"], "period": "2026-Q3", "filters": [{"dimension": "team", "values": ["payments"]}]}
QUESTION = "how bad were payments' releases in the third quarter?"


def choice(scripted: Any, provider: str) -> ModelChoice:
    """The scripted model as a configured one; a busy machine is slow to call itself, so only a slow model gets little time."""
    patience = 1.0 if "slow" in scripted.script else 4.0
    base = f"{scripted.url}/v1" if provider == "openai" else scripted.url
    return ModelChoice(provider, "scripted", patience, SecretStr("k"), base)  # type: ignore[arg-type]


async def planned(scripted: Any, provider: str, *script: str, question: str = QUESTION) -> Planned:
    """What comes of a question when the model answers by the script."""
    scripted.script = list(script)
    return await ModelPlanner(choice(scripted, provider))(question, NAMES, CALENDAR, None)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_a_plan_by_a_model_is_the_same_plan_as_by_rules(scripted: Any, provider: str) -> None:
    """Structured output becomes the plan, with window and names resolved."""
    made = await planned(scripted, provider, json.dumps(GOOD))
    assert made.mode == "llm", made.warnings
    assert (made.plan.metrics, made.plan.filters, made.plan.period and made.plan.period.start) == (
        ["change_fail_rate"],
        {"team": "payments"},
        "2026-07-01",
    )


async def test_the_next_way_of_asking_is_tried_when_a_server_refuses_one(scripted: Any) -> None:
    """Local servers differ: schema, then tool call, then plain JSON."""
    made = await planned(scripted, "openai", "400", "400", json.dumps(GOOD))
    assert (made.mode, len(scripted.requests)) == ("llm", 3)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize(
    "script",
    [
        ["no json", "no json", "no json"],
        ["cut:" + json.dumps(GOOD)] * 3,
        ["429"],
        ["500"] * 3,
        ["401"],
        ["slow"],
        [json.dumps(GOOD | {"metrics": ["engineer_score"]})],
        [json.dumps(GOOD | {"filters": [{"dimension": "team", "values": ["blockchain"]}]})],
        [json.dumps(GOOD | {"period": "2031-Q1"})],
        [json.dumps({"name": "delete_integration", "arguments": {"integration_id": 1}})] * 3,
    ],
    ids=["bad json", "cut", "429", "500", "401", "slow", "unknown metric", "unknown team", "future", "another tool"],
)
async def test_a_failing_model_leaves_the_plan_to_the_rules(scripted: Any, provider: str, script: list[str]) -> None:
    """Mode keyless and a warning; the answer is that of the rules."""
    made = await planned(scripted, provider, *script, question="change failure rate of payments in Q3")
    assert (made.mode, made.plan.metrics, len(made.warnings)) == ("keyless", ["change_fail_rate"], 1)


async def test_a_guard_holds_before_any_model_is_asked(scripted: Any) -> None:
    """A refusal costs no call, so no model can talk its way around it."""
    made = await planned(scripted, "openai", json.dumps(GOOD), question="Who is the slowest developer?")
    assert (made.plan.status, scripted.requests) == ("unsupported", [])


async def test_a_model_that_keeps_failing_is_left_alone(scripted: Any) -> None:
    """After three failures in a row no further call is made for a while."""
    planner = ModelPlanner(choice(scripted, "openai"))
    scripted.script = ["429"] * 9
    for _ in range(5):
        await planner(QUESTION, NAMES, CALENDAR, None)
    assert len(scripted.requests) == 3


async def test_the_model_sees_metrics_and_names_but_no_row_of_data(scripted: Any) -> None:
    """The plan is made from the question alone; the question stands between random marks."""
    await planned(scripted, "openai", json.dumps(GOOD))
    await planned(scripted, "openai", json.dumps(GOOD))
    first, second = ("".join(str(m["content"]) for m in r["messages"]) for r in scripted.requests)
    assert "change_fail_rate" in first
    assert "payments-api" in first
    assert first[first.index("<question-") :][:27] != second[second.index("<question-") :][:27]


def draft() -> tuple[Draft, Book]:
    """A draft with one figure."""
    book = Book()
    book.note(metric="change_lead_time", stat="p50", status="ok", value=41.2, unit="hours", n=30, window={}, dimensions={}, evidence="e1")
    return Draft("**Change lead time**: **41.2 h**.", "ok"), book


async def opened(scripted: Any, provider: str, *script: str, intent: Intent = Intent.VALUE) -> str | None:
    """What a writer makes of the draft."""
    scripted.script = list(script)
    made, book = draft()
    return await ModelWriter(choice(scripted, provider))("lead time?", Plan(intent=intent, metrics=["change_lead_time"]), made, book)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_an_opening_stands_before_the_facts(scripted: Any, provider: str) -> None:
    """The model's sentence comes first, streamed; the facts stay as they are."""
    assert (
        await opened(scripted, provider, "Half of the changes took up to 41.2 h.")
        == "Half of the changes took up to 41.2 h.\n\n**Change lead time**: **41.2 h**."
    )


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize(
    "reply",
    ["Lead time is 12 h, a fall of 71 %.", "cut:Half of the changes", "429", "slow", "", '{"name": "start_sync"}', "word " * 200],
    ids=["invented", "cut", "429", "slow", "empty", "tool call", "endless"],
)
async def test_an_opening_that_cannot_be_trusted_is_dropped(scripted: Any, provider: str, reply: str) -> None:
    """Invented numbers, cut streams, errors, tool calls in text: the template answers alone."""
    assert await opened(scripted, provider, reply) is None


async def test_an_opening_cannot_bring_links_or_images(scripted: Any) -> None:
    """What an injected model writes is cleaned like any other text."""
    text = await opened(scripted, "openai", "It took 41.2 h ![x](http://127.0.0.1:1/p?d=secret) see http://evil.test")
    assert text is not None
    assert "http" not in text
    assert "](" not in text


async def test_lists_of_tickets_are_never_shown_to_a_model(scripted: Any) -> None:
    """Row text reaches no model: lists and traces are written by templates alone."""
    assert await opened(scripted, "openai", "anything", intent=Intent.LIST) is None
    assert scripted.requests == []


def test_the_model_is_chosen_by_provider_then_by_key() -> None:
    """LLM_PROVIDER wins; OPENAI_BASE_URL alone counts; both keys: openai; none: rules."""

    def made(**given: Any) -> str | None:
        found = chosen_model(Settings(_env_file=None, **given))
        return found and found.provider

    both = {"openai_api_key": "a", "anthropic_api_key": "b"}
    assert [
        made(),
        made(openai_base_url="http://127.0.0.1:1"),
        made(anthropic_api_key="b"),
        made(**both),
        made(**both, llm_provider="anthropic"),
        made(**both, llm_provider="none"),
    ] == [None, "openai", "anthropic", "openai", "anthropic", None]
