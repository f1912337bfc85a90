"""What real Jira sites sent must come out of the parsers as its meaning says, value by value."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from etl.jira.adf import plain_text
from etl.parse_files import parse_payloads, read_context, unwrap
from store.config import PulseConfig

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Parse = Callable[[str, str], Rows]


def records(path: Path) -> list[Row]:
    """The records or cases of an evidence file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    found: list[Row] = document.get("records") or document["cases"]
    return found


def instant(value: str | None) -> datetime | None:
    """An ISO instant."""
    return datetime.fromisoformat(value) if value else None


def external(row_id: str | None) -> str | None:
    """What the source calls the record of our id."""
    return row_id.rsplit(":user:", 1)[-1].rsplit(":issue:", 1)[-1] if row_id else None


def one(rows: Iterable[Row], **wanted: Any) -> Row:
    """The row with these values."""
    found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    assert found, f"no row with {wanted}"
    return found[-1]


@pytest.fixture(scope="module")
def parsed(evidence: Path) -> Parse:
    """Rows of an evidence file by the named entity, with the recorded statuses and fields as context."""
    context = read_context(evidence / "jira" / "context")
    config = PulseConfig.model_validate({"jira": {"fields": {"story_points": ["customfield_10024"]}}})
    made: dict[tuple[str, str], Rows] = {}

    def parse(entity: str, file: str) -> Rows:
        if (entity, file) not in made:
            document = json.loads((evidence / "jira" / file).read_text(encoding="utf-8"))
            result = parse_payloads(entity, document, config=config, context=context)
            assert result["quarantined"] == []
            made[entity, file] = result["rows"]
        return made[entity, file]

    return parse


def expected(evidence: Path, name: str) -> list[tuple[Row, Row]]:
    """Pairs of match and universal values."""
    return [(record.get("match", {}), record["universal"]) for record in records(evidence / "jira" / "expected" / name)]


@pytest.mark.parametrize("name", ["board8-issues", "due-date"])
def test_each_recorded_issue_comes_out_as_expected(parsed: Parse, evidence: Path, name: str) -> None:
    """Keys, people, times, estimates, labels and sprints of an issue follow from its payload."""
    rows = parsed("jira.issues", f"issues/{'board8' if name == 'board8-issues' else name}.json")
    names = {row["id"]: row["display_name"] for row in rows["identity"] if "display_name" in row}
    projects = {row["id"]: row["name"] for row in rows["project"]}
    for match, wanted in expected(evidence, f"{name}.json"):
        row = one(rows["issue"], id=f"jira:issue:{match['issue_id']}")
        got = {
            "key": row["key"],
            "issue_id": external(row["id"]),
            "project_id": row["project_id"].rsplit(":", 1)[-1],
            "project_name": projects[row["project_id"]],
            "summary": row["title"],
            "type_name": row["type"],
            "is_subtask": row["level"] == "subtask",
            "status_name": row["status"],
            "status_category_key": {"todo": "new", "in_progress": "indeterminate", "done": "done"}[row["category"]],
            "priority_id": row["priority_id"],
            "priority_name": row["priority"],
            "parent_id": external(row["parent_id"]),
            "parent_key": row["parent_key"],
            "creator_account_id": external(row["creator_id"]),
            "creator_name": names.get(row["creator_id"]),
            "assignee_account_id": external(row["assignee_id"]),
            "assignee_name": names.get(row["assignee_id"]),
            "original_estimate_minutes": row["original_estimate_s"] and row["original_estimate_s"] / 60,
            "spent_minutes": row["spent_s"] and row["spent_s"] / 60,
            "changelog_total": row["changes"],
            "comment_total": row["comments"],
            "labels": row["labels"],
            "sprint_ids": sorted(int(sprint) for sprint in row["sprint_ids"]),
        }
        times = {f"{name}_at": instant(row[f"{name}_at"]) for name in ("created", "updated", "resolved")}
        everything = {**got, **times}
        assert {key: everything[key] for key in wanted} == {key: instant(value) if key in times else value for key, value in wanted.items()}


def items_of(rows: Rows) -> dict[tuple[str, str], list[Row]]:
    """Changed fields in Jira's own words by issue and history entry."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows.get("issue_field_change", []):
        item = {"field": row["field_name"], "field_type": row["field_type"], "field_id": row["field_id"]}
        values = {"from": row["old_id"], "from_string": row["old"], "to": row["new_id"], "to_string": row["new"]}
        found[row["issue_id"], row["changelog_id"]].append({**item, **values})
    for row in rows.get("issue_transition", []):
        item = {"field": "status", "field_type": "jira", "field_id": "status", "from": row["from_status_id"], "to": row["to_status_id"]}
        found[row["issue_id"], row["changelog_id"]].append({**item, "from_string": row["from_status"], "to_string": row["to_status"]})
    return found


@pytest.mark.parametrize(
    ("entity", "file", "name"),
    [
        ("jira.issues", "issues/board8.json", "board8-changelogs.json"),
        ("jira.changelogs", "changelogs/api3-changelog.json", "api3-changelog.json"),
    ],
)
def test_each_recorded_history_entry_comes_out_as_expected(parsed: Parse, evidence: Path, entity: str, file: str, name: str) -> None:
    """Every item of every entry is kept: who, when, which field, from what to what."""
    rows = parsed(entity, file)
    items = items_of(rows)
    names = {row["id"]: row["display_name"] for row in rows.get("identity", []) if "display_name" in row}
    heads = {row["changelog_id"]: row for table in ("issue_field_change", "issue_transition") for row in rows[table]}
    for match, wanted in expected(evidence, name):
        head = heads[match["changelog_id"]]
        assert external(head["actor_id"]) == wanted["author_account_id"]
        assert (names.get(head["actor_id"]) or head["actor_name"]) == wanted["author_name"]
        assert instant(head["at"]) == instant(wanted["created_at"])
        got = items[f"jira:issue:{match['issue_id']}", match["changelog_id"]]
        assert sorted(got, key=str) == sorted(
            ({**item} for item in wanted["items"]), key=lambda item: str({key: item[key] for key in got[0]})
        )


def test_accounts_named_only_in_a_history_are_discovered(evidence: Path) -> None:
    """Assignees and reporters, and values of fields whose schema says that they hold users; texts that look like ids are not."""
    user_field = {"id": "customfield_1", "name": "a_fake_user", "clauseNames": [], "schema": {"type": "user"}}
    document = json.loads((evidence / "jira/changelogs/api3-users-in-changelog.json").read_text(encoding="utf-8"))
    rows = parse_payloads("jira.changelogs", document, context=[user_field])["rows"]
    wanted = {(account["account_id"], account["name"]) for _, account in expected(evidence, "api3-users-in-changelog.json")}
    assert {(row["external_id"], row.get("display_name")) for row in rows["identity"]} == wanted


def test_status_periods_follow_from_transitions(parsed: Parse, evidence: Path) -> None:
    """The first period starts at creation in the status that the first change left; each later one at its change; the last is current."""
    rows = parsed("jira.issues", "issues/board8.json")
    for match, wanted in expected(evidence, "board8-status-history.json"):
        issue = one(rows["issue"], id=f"jira:issue:{match['issue_id']}")
        moves = [row for row in rows["issue_transition"] if row["issue_id"] == issue["id"]]
        first = moves[0]["from_status"] if moves else issue["status"]
        periods = [(first, issue["created_at"]), *((row["to_status"], row["at"]) for row in moves)]
        assert [(name, instant(at)) for name, at in periods] == [(p["status"], instant(p["entered_at"])) for p in wanted["status_periods"]]
        assert [p["is_current"] for p in wanted["status_periods"]].index(True) == len(periods) - 1


def test_each_recorded_sprint_comes_out_as_expected(parsed: Parse, evidence: Path) -> None:
    """Name, state, the three instants and the board."""
    rows = parsed("jira.sprints", "sprints/board8-sprints.json")
    for match, wanted in expected(evidence, "board8-sprints.json"):
        row = one(rows["sprint"], external_id=str(match["sprint_id"]))
        times = [instant(row[name]) for name in ("started_at", "planned_end_at", "completed_at")]
        assert (row["name"], row["state"], row["board_id"]) == (wanted["name"], wanted["state"], f"jira:board:{wanted['origin_board_id']}")
        assert times == [instant(wanted[name]) for name in ("started_at", "ended_at", "completed_at")]


def test_each_recorded_worklog_comes_out_as_expected(parsed: Parse, evidence: Path) -> None:
    """Seconds as Jira counts them (a day has eight hours there), the words, both authors and the times."""
    rows = parsed("jira.worklogs", "worklogs/board8-worklogs.json")
    for match, wanted in expected(evidence, "board8-worklogs.json"):
        row = one(rows["worklog"], id=f"jira:worklog:{match['worklog_id']}")
        got = {
            "issue_id": external(row["issue_id"]),
            "author_account_id": external(row["author_id"]),
            "update_author_account_id": external(row["update_author_id"]),
            "time_spent": row["time_spent"],
            "time_spent_seconds": row["seconds"],
            "updated_at": instant(row["updated_at"]),
            "started_at": instant(row["started_at"]),
        }
        assert got == {**wanted, **{name: instant(wanted[name]) for name in ("updated_at", "started_at")}}


def test_each_recorded_account_comes_out_as_expected(parsed: Parse, evidence: Path) -> None:
    """Names, apps and people; an e-mail that Jira hides is null."""
    rows = parsed("jira.users", "users/users.json")
    for match, wanted in expected(evidence, "users.json"):
        row = one(rows["identity"], external_id=match["account_id"])
        got = {
            "name": row["display_name"],
            "email": row["verified_email"],
            "account_type": row["account_type"],
            "timezone": row["time_zone"],
        }
        assert got == wanted


def test_each_recorded_issue_link_comes_out_as_expected(parsed: Parse, evidence: Path) -> None:
    """Type, direction and the other issue; an issue without links has none."""
    rows = parsed("jira.issues", "issues/server-issuelinks.json")
    for match, wanted in expected(evidence, "server-issuelinks.json"):
        links = [row for row in rows["issue_link"] if row["issue_id"] == f"jira:issue:{match['issue_id']}"]
        got = [
            {
                "type_id": row["type_id"],
                "type_name": row["kind"],
                "inward": row["inward"],
                "outward": row["outward"],
                **{
                    f"{side}_issue_{part}": value if row["direction"] == side else None
                    for side in ("inward", "outward")
                    for part, value in (("id", external(row["other_id"])), ("key", row["other_key"]))
                },
            }
            for row in links
        ]
        assert sorted(got, key=str) == sorted(
            ({**link} for link in wanted["links"]), key=lambda link: str({key: link[key] for key in got[0]})
        )


@pytest.mark.parametrize(
    ("entity", "file", "name"),
    [
        ("jira.remotelinks", "remotelinks/remotelinks.json", "remotelink-commits.json"),
        ("jira.devpanel", "devpanel/devpanel.json", "devpanel-commits.json"),
    ],
)
def test_commits_behind_links_come_out_as_expected(parsed: Parse, evidence: Path, entity: str, file: str, name: str) -> None:
    """A link to a commit is known by its address, a commit of the development panel by its id."""
    rows = parsed(entity, file)["issue_link"]
    for match, wanted in expected(evidence, name):
        mine = [row for row in rows if row["issue_id"] == f"jira:issue:{match['issue_id']}" and row["kind"] == "commit"]
        assert {(row["sha"], row["url"]) for row in mine} == {(commit["sha"], commit["url"]) for commit in wanted["commits"]}


def test_rich_text_reads_as_expected(evidence: Path) -> None:
    """Every recorded node gives its text, also those whose form is the source's convention."""
    cases = records(evidence / "jira/adf/adf-to-text.json")
    assert {case["name"]: plain_text(case["adf"]) for case in cases} == {case["name"]: case["expected_text"] for case in cases}


PARSABLE = {
    "changelogs": "jira.changelogs",
    "devpanel": "jira.devpanel",
    "remotelinks": "jira.remotelinks",
    "users": "jira.users",
    "worklogs": "jira.worklogs",
}
BY_NAME = {
    "board8-sprints": "jira.sprints",
    "playg-sprints": "jira.sprints",
    "projects": "jira.projects",
    "playg-projects": "jira.projects",
    "playg-project_versions": "jira.versions",
    "playg-boards": "jira.boards",
    "playg-issue_fields": "jira.fields",
    "fields": "jira.fields",
    "playg-workflow_statuses": "jira.statuses",
    "statuses": "jira.statuses",
    "board8": "jira.issues",
    "due-date": "jira.issues",
    "playg-issues": "jira.issues",
    "server-issuelinks": "jira.issues",
    "faros-issues": "jira.issues",
    "mcpatlassian-issue_response": "jira.issues",
    "gojira-sprints": "jira.sprints",
    "jiracli-sprints": "jira.sprints",
    "jiracli-sprints-0": "jira.sprints",
    "jiracli-sprints-2": "jira.sprints",
    "jiracli-sprints-3": "jira.sprints",
    "gojira-all_boards": "jira.boards",
    "jiracli-boards": "jira.boards",
    "faros-boards": "jira.boards",
    "gojira-all_fields": "jira.fields",
    "jiracli-fields": "jira.fields",
    "jiracli-users": "jira.users",
    "jiracli-releases": "jira.versions",
    "mcpatlassian-projects": "jira.projects",
    "faros-projects": "jira.projects",
}


def test_nothing_recorded_is_set_aside(evidence: Path) -> None:
    """Every recorded payload that is a whole record of its kind becomes rows; issues cut to two fields say which one they lack."""
    refused = {}
    for path in sorted((evidence / "jira").glob("*/*.json")):
        entity = PARSABLE.get(path.parent.name) or BY_NAME.get(path.stem)
        if entity and path.parent.name != "expected":
            result = parse_payloads(entity, json.loads(path.read_text(encoding="utf-8")))
            assert result["rows"]
            refused[path.stem] = [item["reason"] for item in result["quarantined"]]
    assert len(refused) >= 34
    assert {name: reasons for name, reasons in refused.items() if reasons} == {}


def test_recorded_deliveries_of_webhooks_carry_parsable_issues(evidence: Path) -> None:
    """The issue inside a delivery has the same form, in Cloud and in Server, whatever its age."""
    seen = 0
    for path in sorted((evidence / "jira/webhooks").glob("*.json")):
        for delivery in unwrap(json.loads(path.read_text(encoding="utf-8"))):
            issue = delivery.get("issue")
            if issue and "created" in issue.get("fields", {}):
                result = parse_payloads("jira.issues", [issue])
                assert result["quarantined"] == []
                assert result["rows"]["issue"][0]["key"] == issue["key"]
                seen += 1
    assert seen >= 10
