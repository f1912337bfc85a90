"""Questions in, plans out: the sample questions, our own paraphrases, and the rules behind them."""

import json
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agents.evaluation import DEMO_NAMES, filter_problems, load_questions, problems, window_problem
from agents.keyless.defaults import Calendar
from agents.keyless.periods import find_periods
from agents.keyless.planner import make_plan
from agents.keyless.text import fold
from agents.names import Names
from agents.plan import Plan
from servers.metrics.catalogue import CATALOGUE

FOLDER = Path(__file__).parents[2] / "questions"
NAMES = Names.from_document(DEMO_NAMES)
CALENDAR = Calendar(datetime(2026, 11, 20, 12, tzinfo=UTC))
PROJECTS = {p["key"]: p["team"] for p in DEMO_NAMES["projects"]}
SAMPLE = load_questions(FOLDER / "questions.jsonl")
PARAPHRASES = [json.loads(line) for line in (FOLDER / "paraphrases.jsonl").read_text(encoding="utf-8").splitlines()]


def plan_of(question: str, before: Plan | None = None) -> Plan:
    """The plan of a question at the fixed instant, over the names of the demo company."""
    return make_plan(question, NAMES, CALENDAR, before.model_dump(mode="json", by_alias=True)) if before else plan_alone(question)


@cache
def plan_alone(question: str) -> Plan:
    """The plan of a question that follows none, made once."""
    return make_plan(question, NAMES, CALENDAR, None)


def planned(identity: str) -> Plan:
    """The plan of a sample question, after those it follows."""
    asked = next(q for q in SAMPLE if q["id"] == identity)
    return plan_of(asked["question"], planned(asked["after"]) if "after" in asked else None)


@pytest.mark.parametrize("asked", SAMPLE, ids=lambda q: q["id"])
def test_a_sample_question_gets_the_plan_it_expects(asked: dict[str, Any]) -> None:
    """Intent, metrics, window, comparison, grain, filters and tool follow questions_conventions; whether data exists only the data can tell."""
    plan = planned(asked["id"])
    expect = asked["expect"] | ({"status": ["ok", "no_data"]} if asked["expect"]["status"] == "no_data" else {}) | {"chart": None}
    assert problems({"status": plan.status, "plan": plan.model_dump(mode="json", by_alias=True)}, expect, PROJECTS) == []


@pytest.mark.parametrize("asked", PARAPHRASES, ids=lambda q: q["question"][:50])
def test_a_paraphrase_is_understood_like_the_plain_question(asked: dict[str, Any]) -> None:
    """Other words, other languages and typos lead to the same plan."""
    plan = plan_of(asked["question"])
    got = {"question": asked["question"], "status": plan.status, "intent": plan.intent.value}
    if plan.status == "ok":
        got |= {"metrics": plan.metrics, "period": plan.period and plan.period.value, "compare": plan.compare and plan.compare.value}
        got |= {"filters": plan.filters, "group_by": plan.group_by}
        got |= {key: getattr(plan, key) for key in ("grain", "top", "stat") if getattr(plan, key)}
    assert got == asked


def wrong(asked: dict[str, Any], plan: Plan) -> list[str]:
    """What of a plan is not as a question of heard.jsonl says; an inner list of metrics means any of them, `window` and `against` are bounds."""
    if plan.status not in asked.get("status", ["ok"]):
        return [f"status {plan.status}"]
    if plan.status != "ok":
        return []
    wanted = [[name] if isinstance(name, str) else name for name in asked.get("metrics", [])]
    found = [f"{names} not in {plan.metrics}" for names in wanted if not set(names) & set(plan.metrics)]
    got = {"intent": plan.intent.value, "tool": plan.tool, "grain": plan.grain, "stat": plan.stat, "top": plan.top}
    got |= {"period": plan.period and plan.period.value, "compare": plan.compare and plan.compare.value}
    found += [f"{name} {value}" for name, value in got.items() if name in asked and value not in any_of(asked[name])]
    shown = plan.model_dump(mode="json", by_alias=True)
    running = bool(asked.get("window", {}).get("to_date"))
    found += window_problem("window", shown["period"], asked.get("window"))
    found += window_problem("against", shown["compare"], asked.get("against"), loose_start=running)
    found += filter_problems(plan.filters, asked.get("filters", {}), PROJECTS)
    found += [f"arguments {plan.arguments}" for name, value in asked.get("arguments", {}).items() if plan.arguments.get(name) != value]
    return found + [f"not by {name}" for name in asked.get("group_by", []) if name not in plan.group_by]


def any_of(value: Any) -> list[Any]:
    """A list of choices, or choices written with bars, or the one value."""
    return value if isinstance(value, list) else value.split(" | ") if isinstance(value, str) else [value]


HEARD = {
    asked["question"]: asked for asked in (json.loads(line) for line in (FOLDER / "heard.jsonl").read_text(encoding="utf-8").splitlines())
}
PARTS = 10
"""The questions are checked in so many tests, so that none of them takes long."""


def heard(question: str) -> Plan:
    """The plan of a question of heard.jsonl, after the one it follows."""
    before = HEARD[question].get("after")
    return plan_of(question, heard(before) if before else None)


@pytest.mark.parametrize("part", range(PARTS))
def test_what_people_ask_in_words_of_their_own_is_understood(part: int) -> None:
    """Terse, polite, misspelt, non-native and foreign questions over every intent: each line holds what must be read out of it."""
    assert {question: said for question in list(HEARD)[part::PARTS] if (said := wrong(HEARD[question], heard(question)))} == {}


def test_what_people_ask_covers_every_metric() -> None:
    """Each metric is asked for in words of its own."""
    asked = {name for one in HEARD.values() for names in one.get("metrics", []) for name in ([names] if isinstance(names, str) else names)}
    assert asked >= {metric.id for metric in CATALOGUE.values()} - {"kpi_scorecard", "anomaly_xmr"}


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("in the last 30 days", ["last_30_days"]),
        ("im dritten Quartal", ["2026-Q3"]),
        ("Q3 this year vs Q3 last year", ["2026-Q3", "2025-Q3"]),
        ("between 1 July and 15 August", ["2026-07-01..2026-08-15"]),
        ("since September", ["since:2026-09-01"]),
        ("dans les 3 derniers mois", ["last_3_months"]),
        ("no mês passado", ["last_month"]),
        ("上个季度", ["last_quarter"]),
        ("in December", ["2025-12"]),
        ("Sept 2025", ["2025-09"]),
        ("on 31 June", []),
        ("we may ship it", []),
        ("in the next 4 weeks", ["2026-12-17"]),
        ("next month", ["2026-12-31"]),
        ("in den nächsten 2 Wochen", ["2026-12-03"]),
        ("le trimestre prochain, dans 3 mois", ["2027-02-19"]),
    ],
)
def test_words_of_time_become_period_values(words: str, values: list[str]) -> None:
    """A month or quarter without a year is the latest that has begun; a date that does not exist is no period."""
    assert [found.value for found in find_periods(fold(words).casefold(), date(2026, 11, 20))] == values


def test_a_near_miss_of_a_name_is_resolved_and_said() -> None:
    """Two letters off is a typo; the answer says how it was read."""
    plan = plan_of("throughput of chekcuot last month")
    assert (plan.filters, plan.notes) == ({"team": "checkout"}, ["I read “chekcuot” as team checkout."])


def test_an_unknown_team_is_asked_back_with_the_known_ones() -> None:
    """A name nobody knows is never guessed."""
    plan = plan_of("What is the lead time of the blockchain team?")
    assert (plan.status, plan.choices) == ("clarify", ["checkout", "data", "mobile", "payments", "platform"])


def test_the_data_is_not_the_data_team() -> None:
    """An ordinary word is a name only where a name stands."""
    assert plan_of("Is the data complete for deployment frequency last month?").filters == {}


def test_a_follow_up_keeps_what_it_does_not_replace() -> None:
    """“and X?” replaces the like entity; the window stays until another is named."""
    first = plan_of("Change failure rate of payments in September")
    second = plan_of("and checkout?", first)
    third = plan_of("what about the month before?", second)
    assert (second.filters, second.period, third.compare and third.compare.start) == ({"team": "checkout"}, first.period, "2026-08-01")


def test_a_refusal_inside_a_conversation_stays_a_refusal() -> None:
    """A guard looks at the question alone."""
    assert plan_of("and who of them is the slowest?", plan_of("lead time of payments")).status == "unsupported"


def test_who_is_a_team_only_where_nothing_but_teams_is_offered() -> None:
    """ "Who ships more, payments or checkout?" compares two teams; a person stays out of reach."""
    assert plan_of("Who ships more often, payments or checkout?").filters == {"team": ["payments", "checkout"]}
    for person in (
        "Who merges the most PRs in payments or checkout?",
        "Who ships more often, Ana or Bo?",
        "Who is the slowest developer, payments or checkout?",
    ):
        assert plan_of(person).status == "unsupported"


def test_a_share_is_listed_by_the_records_it_counts() -> None:
    """Merges without review are the numerator; pull requests without a ticket are what traceability leaves out."""
    listed = {
        q: plan_of(q).arguments
        for q in ("which PRs got merged without a review last week?", "which pull requests have no ticket, last month?")
    }
    assert list(listed.values()) == [{"cell": "counted_above=yes"}, {"cell": "counted_above=no"}]


def test_the_bottom_of_a_list_comes_first_where_it_is_asked_for() -> None:
    """The bottom three by a figure that should be high are the lowest; the least reviewed repository has most merges without review."""
    assert not plan_of("bottom three services by deployment frequency in Q3").descending
    assert plan_of("What is the least reviewed repository? last quarter").descending


def test_a_question_that_is_whole_means_the_same_in_any_conversation() -> None:
    """A report, a list, a risk or a broad word needs nothing of what was asked before."""
    before = plan_of("lead time of payments this year by team")
    alone = [q for q in SAMPLE if "after" not in q and "metrics" in q["expect"]]
    changed = [q["question"] for q in alone if plan_of(q["question"], before) != plan_of(q["question"])]
    assert len(alone) > 80
    assert changed == []
