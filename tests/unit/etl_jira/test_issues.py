"""What an issue becomes, oddity by oddity."""

from datetime import UTC, datetime
from typing import Any

import pytest
from jira_issues import entry, issue, moved, parse, set_field

from etl.entity import Parsing, RecordError
from etl.jira.issues import issues, level_of
from etl.jira.lookups import lookups_of
from store.config import PulseConfig


@pytest.mark.parametrize(
    ("written", "meant"), [("-1", None), (-1, None), ("", None), (None, None), ("three", None), ("5", 5.0), (0, 0.0), (2.5, 2.5)]
)
def test_story_points_are_numbers_or_unknown(written: Any, meant: float | None) -> None:
    """Sites write points as text and "none" as -1; zero is an estimate."""
    assert issue(customfield_8=written)["points"] == meant


def test_the_category_is_the_one_jira_sends_with_the_issue() -> None:
    """An issue that is closed in a status of category new is what Jira says it is, whatever the list of statuses says."""
    assert issue(status={"id": "4", "name": "Shipped", "statusCategory": {"key": "new"}})["category"] == "todo"


def test_pulse_yaml_decides_over_jira_about_a_status() -> None:
    """Category and kind can be told per status name, without regard to case and blanks (R11)."""
    config = PulseConfig.model_validate({"jira": {"statuses": {"ready for qa": {"category": "done"}, "building": {"kind": "waiting"}}}})
    rows = parse(config, [entry(1, "2026-01-06T10:00:00.000+0000", moved(("1", "To Do"), ("2", "Building")))])
    assert rows["issue_transition"][0]["to_kind"] == "waiting"
    done = parse(config, status={"id": "3", "name": "Ready for QA", "statusCategory": {"key": "indeterminate"}})
    assert done["issue"][0]["category"] == "done"


def test_transitions_are_ordered_and_read_by_todays_statuses() -> None:
    """Jira lists histories newest or oldest first; equal instants go by the number of the entry; waiting is told by the name."""
    same = "2026-01-06T10:00:00.000+0000"
    history = [
        entry(12, same, moved(("2", "Coding"), ("3", "Ready for QA"))),
        entry(9, same, moved(("1", "To Do"), ("2", "Coding"))),
        entry(13, "2026-01-07T10:00:00.000+0000", moved(("3", "Ready for QA"), ("4", "Shipped"))),
    ]
    rows = parse(changelog=history)["issue_transition"]
    got = [(row["position"], row["to_status"], row["from_category"], row["to_category"], row["to_kind"]) for row in rows]
    assert got == [
        (9, "Coding", "todo", "in_progress", "active"),
        (12, "Ready for QA", "in_progress", "in_progress", "waiting"),
        (13, "Shipped", "in_progress", "done", None),
    ]


@pytest.mark.parametrize(
    ("name", "category"), [("Closed", "done"), ("Inbox", "todo"), ("Open", "todo"), ("Peer review", "in_progress"), ("Won't Do", "done")]
)
def test_a_status_that_was_deleted_is_read_by_its_name(name: str, category: str) -> None:
    """Old histories name statuses that no list has any more."""
    rows = parse(changelog=[entry(1, "2026-01-06T10:00:00.000+0000", moved(("1", "To Do"), ("999", name)))])
    assert rows["issue_transition"][0]["to_category"] == category


def test_changes_carry_the_role_of_their_field() -> None:
    """Field ids differ from site to site, names are translated: metrics see roles."""
    history = [
        entry(1, "2026-01-06T10:00:00.000+0000", set_field("Story Points", "customfield_8", "3", "5")),
        entry(2, "2026-01-06T11:00:00.000+0000", set_field("Fix Version", "fixVersions", None, "1.0", None, "70")),
        entry(3, "2026-01-06T12:00:00.000+0000", set_field("Flagged", "customfield_5", None, "Impediment")),
        entry(4, "2026-01-06T13:00:00.000+0000", set_field("duedate", "duedate", None, "2026-02-01 00:00:00.0", None, "2026-02-01")),
        entry(5, "2026-01-06T14:00:00.000+0000", set_field("Epic Link", "customfield_9", None, "PAY-9", None, "109")),
        entry(6, "2026-01-06T15:00:00.000+0000", set_field("IssueParentAssociation", None, None, "PAY-9", None, "109")),
        entry(7, "2026-01-06T16:00:00.000+0000", set_field("Story Points", None, "5", "8")),
        entry(8, "2026-01-06T17:00:00.000+0000", set_field("Rank", "customfield_99", None, "Ranked higher")),
    ]
    found = [row["field"] for row in parse(changelog=history)["issue_field_change"]]
    assert found == ["story_points", "fix_version", "flagged", "due_date", "epic", "parent", "story_points", "Rank"]


def test_an_author_without_account_keeps_only_the_name() -> None:
    """Deleted accounts and apps of old come with an empty id."""
    history = [
        {
            "id": "1",
            "created": "2026-01-06T10:00:00.000+0000",
            "author": {"accountId": "", "displayName": "Former user"},
            "items": [set_field("x", None, "a", "b")],
        }
    ]
    row = parse(changelog=history)["issue_field_change"][0]
    assert (row["actor_id"], row["actor_name"]) == (None, "Former user")


def test_an_entry_without_author_is_an_act_of_jira_itself() -> None:
    """Automation leaves no author."""
    history = [{"id": "1", "created": "2026-01-06T10:00:00.000+0000", "items": [moved(("1", "To Do"), ("2", "Building"))]}]
    assert parse(changelog=history)["issue_transition"][0]["actor_id"] is None


def test_a_deleted_account_loses_its_name_and_keeps_its_id() -> None:
    """After a deletion (GDPR) Jira sends a placeholder without e-mail; what is stored is overwritten by it."""
    user = {"accountId": "unknown:1", "accountType": "unknown", "displayName": "Former user", "active": False, "emailAddress": ""}
    row = next(row for row in parse(assignee=user)["identity"] if row["external_id"] == "unknown:1")
    assert (row["display_name"], row["verified_email"], row["active"]) == ("Former user", None, False)


def test_data_center_names_people_by_key() -> None:
    """No account ids there: the key stays when a user is renamed, the name does not."""
    row = issue(assignee={"name": "alima", "key": "JIRAUSER10100", "displayName": "Ana", "emailAddress": "ana@acme.example"})
    assert row["assignee_id"] == "jira:user:JIRAUSER10100"


def test_a_moved_issue_keeps_its_id_and_takes_the_new_key() -> None:
    """An issue that moves to another project is the same row: the id is Jira's, the key is a name."""
    raw = {"id": "100", "key": "CHK-7", "fields": {"created": "2026-01-05T10:00:00.000+0000", "project": {"id": "2", "key": "CHK"}}}
    row = issues.parse(Parsing("jira"), raw)["issue"][0]
    assert (row["id"], row["key"], row["project_key"], row["project_id"]) == ("jira:issue:100", "CHK-7", "CHK", "jira:project:2")


@pytest.mark.parametrize(
    ("issue_type", "level"),
    [
        ({"name": "Initiative", "hierarchyLevel": 2}, "epic"),
        ({"name": "Epic", "hierarchyLevel": 1}, "epic"),
        ({"name": "Epic"}, "epic"),
        ({"name": "Großes", "untranslatedName": "Epic"}, "epic"),
        ({"name": "Story", "hierarchyLevel": 0}, "item"),
        ({"name": "Sub-task", "hierarchyLevel": -1}, "subtask"),
        ({"name": "子任务", "subtask": True}, "subtask"),
        ({"name": "Bug", "subtask": False}, "item"),
        ({}, "item"),
    ],
)
def test_the_level_follows_hierarchy_then_flag_then_name(issue_type: dict[str, Any], level: str) -> None:
    """Cloud sends a hierarchy level, older sites a sub-task flag, the oldest only a type called Epic."""
    assert level_of(issue_type, lookups_of(Parsing("jira"))) == level


def test_pulse_yaml_decides_over_the_level_of_a_type() -> None:
    """A type called Feature may be what others call an epic."""
    config = PulseConfig.model_validate({"jira": {"types": {"Feature": {"level": "epic"}}}})
    assert parse(config, issuetype={"name": "Feature", "hierarchyLevel": 0})["issue"][0]["level"] == "epic"


def test_the_epic_is_the_parent_in_cloud_and_a_link_field_elsewhere() -> None:
    """Cloud gives the parent with its id; a classic Epic Link gives a key only; a sub-task's parent is no epic."""
    epic = {"id": "9", "key": "PAY-9", "fields": {"issuetype": {"name": "Epic", "hierarchyLevel": 1}}}
    story = {"id": "8", "key": "PAY-8", "fields": {"issuetype": {"name": "Story", "hierarchyLevel": 0}}}
    assert issue(parent=epic)["epic_id"] == "jira:issue:9"
    assert (issue(customfield_9="PAY-9")["epic_id"], issue(customfield_9="PAY-9")["epic_key"]) == (None, "PAY-9")
    sub = issue(parent=story, issuetype={"name": "Sub-task", "subtask": True})
    assert (sub["parent_id"], sub["epic_id"], sub["epic_key"]) == ("jira:issue:8", None, None)


def test_times_are_utc_and_days_begin_in_the_zone_of_the_organisation() -> None:
    """Offsets are honoured; a due date is midnight where the organisation is."""
    config = PulseConfig.model_validate({"org": {"timezone": "America/New_York"}})
    row = parse(config, duedate="2026-03-01", resolutiondate="2026-02-01T23:30:00.000-0800")["issue"][0]
    assert row["created_at"] == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert row["resolved_at"] == datetime(2026, 2, 2, 7, 30, tzinfo=UTC)
    assert row["due_at"] == row["target_at"] == datetime(2026, 3, 1, 5, tzinfo=UTC)


def test_mapped_fields_fill_the_columns_of_incidents() -> None:
    """Options, teams and dates come as objects; a date that is none costs nothing."""
    row = issue(
        customfield_3={"id": "1", "value": "third_party"},
        customfield_2="2026-01-05T09:00:00.000+0000",
        customfield_4={"id": "t1", "name": "Payments"},
    )
    assert (row["cause"], row["impact_start_at"], row["team_name"]) == ("third_party", datetime(2026, 1, 5, 9, tzinfo=UTC), "Payments")
    assert issue(customfield_2="yesterday")["impact_start_at"] is None


@pytest.mark.parametrize(
    ("fields", "flagged"),
    [({"customfield_5": [{"value": "Impediment"}]}, True), ({"flagged": True}, True), ({"customfield_5": []}, False), ({}, False)],
)
def test_a_flag_is_an_option_or_a_member_of_the_agile_api(fields: dict[str, Any], flagged: bool) -> None:
    """Both forms mean the same."""
    assert issue(**fields)["flagged"] is flagged


def test_a_label_gives_the_class_of_work_where_no_field_does() -> None:
    """`work-class:x` as label (R12)."""
    assert issue(labels=["b", "Work-Class: risk"])["work_class_field"] == "risk"


def test_labels_come_in_one_order() -> None:
    """Jira changes their order from answer to answer: an unchanged issue must stay unchanged."""
    assert issue(labels=["b", "a", "b"])["labels"] == ["a", "b"]


def test_a_duplicate_names_its_original() -> None:
    """The side that says `duplicates` is the copy."""
    link = {"id": "5", "type": {"id": "2", "name": "Duplicate", "inward": "is duplicated by", "outward": "duplicates"}}
    other = {"id": "77", "key": "PAY-7"}
    assert issue(issuelinks=[{**link, "outwardIssue": other}])["duplicate_of"] == "jira:issue:77"
    assert issue(issuelinks=[{**link, "inwardIssue": other}])["duplicate_of"] is None


def test_a_history_that_was_cut_is_not_called_complete() -> None:
    """Metrics warn where they cannot see the whole life of an issue."""
    raw = {"id": "1", "key": "A-1", "fields": {"created": "2026-01-05T10:00:00Z"}, "changelog": {"total": 41, "histories": []}}
    assert issues.parse(Parsing("jira"), raw)["issue"][0]["has_history"] is False


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"id": "1"},
        {"id": "1", "fields": {}},
        {"id": None, "fields": {"created": "2026-01-01"}},
        {"id": "1", "fields": {"created": "never"}},
    ],
)
def test_a_record_that_is_no_issue_says_what_it_lacks(raw: dict[str, Any]) -> None:
    """It goes to quarantine with the reason."""
    with pytest.raises(RecordError, match=r"missing|not a time"):
        issues.parse(Parsing("jira"), raw)


def test_rich_text_becomes_the_body() -> None:
    """The description of Cloud is a document, that of Data Center wiki text."""
    document = {
        "type": "doc",
        "content": [
            {
                "type": "bulletList",
                "content": [
                    {
                        "type": "listItem",
                        "content": [
                            {
                                "type": "paragraph",
                                "content": [
                                    {"type": "text", "text": "a"},
                                    {"type": "hardBreak"},
                                    {"type": "emoji", "attrs": {"shortName": ":x:"}},
                                ],
                            }
                        ],
                    }
                ],
            },
            {"type": "rule"},
        ],
    }
    assert issue(description=document)["body"] == "a\n:x:\n---"
    assert issue(description="h1. Wiki")["body"] == "h1. Wiki"
