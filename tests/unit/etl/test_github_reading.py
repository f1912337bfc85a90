"""Decisions of the GitHub connector that need no GitHub."""

from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, validate
from graphql import parse as parse_graphql

import etl.demo.github
from etl.demo.github.cost import cost_of
from etl.entity import Parsing, Raw, RecordError
from etl.github.client import graphql_url
from etl.github.commits import Walk
from etl.github.deployments import outcome
from etl.github.graphql import PageSize, Waiting, question_of
from etl.github.issues import KEYS
from etl.github.pull_request_rows import created_as_draft, labels_of, state_of
from etl.github.shapes import account, instant, nodes, normal, repository_id
from etl.parse_files import unwrap
from etl.parsing import payload_hash
from store.documents import canonical

SCHEMA = Path(etl.demo.github.__file__).with_name("schema.graphql")


def _commit(sha: str, *parents: str) -> Raw:
    return {"oid": sha, "parents": {"nodes": [{"oid": parent} for parent in parents]}}


def test_a_walk_of_the_history_finds_merged_commits_that_are_older_than_the_known_head() -> None:
    """m merges an old branch (x, y) into the known head h; by date the branch lies among what h reaches."""
    walk = Walk("h")
    first = walk.step([_commit("m", "h", "y"), _commit("h", "g"), _commit("g", "f")])
    assert ([one["oid"] for one in first], walk.over) == (["m"], False)
    second = walk.step([_commit("y", "x"), _commit("f", "e"), _commit("x", "e"), _commit("e")])
    assert ([one["oid"] for one in second], walk.over) == (["y", "x"], True)


def test_a_walk_without_a_known_head_takes_everything() -> None:
    """The first read, and a head that was pushed away."""
    walk = Walk(None)
    assert [one["oid"] for one in walk.step([_commit("b", "a"), _commit("a")])] == ["b", "a"]
    assert walk.over is False


def test_a_page_size_is_halved_when_refused_and_grows_again_much_later() -> None:
    """After twenty pages that worked a larger one is tried; a second refusal doubles that patience."""
    size = PageSize()
    assert (size.shrink(100), size.current) == (True, 50)
    for _ in range(20):
        size.went_well()
    assert size.current == 100
    size.shrink(100)
    assert (size.current, size.patience) == (50, 40)
    assert PageSize(current=5).shrink(5) is False


def test_a_question_costs_what_github_would_charge() -> None:
    """One request for the list, one for each nested list of its hundred records, divided by a hundred."""
    nested = "commits(first: 50) { totalCount } reviews(first: 10) { totalCount }"
    query = f'{{ repository(owner: "o", name: "n") {{ pullRequests(first: 100) {{ nodes {{ {nested} }} }} }} }}'
    cost = cost_of(parse_graphql(query), {})
    assert (cost.requests, cost.points, cost.nodes) == (201, 2, 100 + 5000 + 1000)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["inactive"], "success"),
        (["in_progress", "failure"], "failure"),
        (["success", "failure"], "success"),
        (["queued"], "running"),
        (["abandoned"], "cancelled"),
    ],
)
def test_a_deployment_succeeded_if_it_was_ever_live(states: list[str], expected: str) -> None:
    """GitHub calls a deployment inactive once the next one has replaced it."""
    assert outcome(states) == expected


def test_only_the_instant_of_the_merge_makes_a_pull_request_merged() -> None:
    """Unmerged ones have a merge commit too: that of the test merge."""
    assert state_of({"state": "closed", "merge_commit_sha": "abc", "merged_at": None}) == "closed"
    assert state_of({"state": "closed", "merged_at": "2026-01-01T00:00:00Z"}) == "merged"
    with pytest.raises(RecordError):
        state_of({"state": "half-open"})


def test_labels_and_drafts_are_told_by_the_timeline() -> None:
    """What was put on and not taken off; the first change of draft says how it began."""
    items = [
        {"__typename": "LabeledEvent", "label": {"name": "hotfix"}},
        {"__typename": "LabeledEvent", "label": {"name": "wip"}},
        {"__typename": "ReadyForReviewEvent"},
        {"__typename": "UnlabeledEvent", "label": {"name": "wip"}},
    ]
    assert labels_of({}, items) == ["hotfix"]
    assert (created_as_draft(items, draft=False), created_as_draft([], draft=True), created_as_draft([], draft=False)) == (
        True,
        True,
        False,
    )


def test_bots_have_one_login_in_both_interfaces() -> None:
    """GraphQL leaves out `[bot]`, REST writes it; a deleted account is nobody."""
    graphql = account({"__typename": "Bot", "login": "renovate", "databaseId": 7})
    rest = account({"type": "Bot", "login": "renovate[bot]", "id": 7})
    assert graphql == rest
    assert account(None) is None


def test_struct_spelling_and_all_list_forms_become_one() -> None:
    """`CommitOid`, `ID`; nodes, edges and plain lists."""
    assert normal({"CommitOid": 1, "ID": 2, "Ref": {"Name": "main"}}) == {"commitOid": 1, "id": 2, "ref": {"name": "main"}}
    assert nodes({"edges": [{"node": {"a": 1}}, None]}) == nodes({"nodes": [{"a": 1}, None]}) == nodes([{"a": 1}]) == [{"a": 1}]


@pytest.mark.parametrize("value", ["0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "soon", 7])
def test_a_date_that_is_none_sets_the_record_aside(value: object) -> None:
    """Never a made-up instant."""
    with pytest.raises(RecordError):
        instant({"created_at": value}, "created_at")


def test_a_record_that_names_no_repository_is_set_aside() -> None:
    """It would belong to all of them."""
    with pytest.raises(RecordError, match="repository"):
        repository_id(Parsing("github"), {"id": 1})


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://git.acme.example/api/v3", "https://git.acme.example/api/graphql"),
        ("http://127.0.0.1:8000/github", "http://127.0.0.1:8000/github/graphql"),
    ],
)
def test_graphql_is_found_beside_or_below_the_rest_base(base: str, expected: str) -> None:
    """GitHub Enterprise Server has it beside /v3."""
    assert graphql_url(base) == expected


def test_a_record_of_a_stand_in_is_the_same_after_its_next_start() -> None:
    """Its port is another then; everything else, another host too, makes another record."""
    first, second = (canonical({"self": f"http://127.0.0.1:{port}/jira/1"}) for port in (41001, 42002))
    assert payload_hash(first) == payload_hash(second)
    places = ("127.0.0.1:1/a", "127.0.0.1:1/b", "jira.test:1", "jira.test:2")
    assert len({payload_hash(canonical({"self": f"http://{place}/1"})) for place in places}) == 4


def test_recordings_are_unwrapped_to_records() -> None:
    """One object, a list, an answer with something around it, a file of recordings."""
    record = {"id": 1}
    assert unwrap(record) == unwrap([record]) == [record]
    assert unwrap({"total_count": 1, "workflow_runs": [record]}) == [record]
    assert unwrap({"data": {"repository": {"pullRequests": {"nodes": [record]}}}}) == [record]
    recorded = {"kind": "recorded", "records": [{"pull_id": 9, "request": {}, "payload": {"id": 1}}]}
    assert unwrap(recorded) == [{"pull_id": 9, "id": 1}]


@pytest.mark.parametrize("starts", [(None, None), ("x", "x"), (None, "x", "y")])
def test_a_question_about_several_repositories_reads_each_on_from_its_own_place(starts: tuple[str | None, ...]) -> None:
    """It is valid GraphQL, and asks for no more than it declares; where all begin at the same place, one variable does."""
    places: list[Any] = [Waiting(f"acme/r{number}", start, None) for number, start in enumerate(starts)]  # nobody waits here
    query, values = question_of(places, KEYS.newest_first, {"first": 100})
    own = {name: value for name, value in values.items() if name.startswith("a")}
    assert validate(build_schema(SCHEMA.read_text(encoding="utf-8")), parse_graphql(query)) == []
    assert own == ({"after": starts[0]} if len(set(starts)) == 1 else {f"a{number}": start for number, start in enumerate(starts)})
