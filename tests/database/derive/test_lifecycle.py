"""R11, R12 and R9 for issues, and the hours people worked on them."""

from typing import Any

from deriving import Derive, Read, Store, account, at, issue, moved

from store.config import PulseConfig
from store.settings import Settings
from store.tables import people, work

LIFE = "start_at, first_done_at, done_at, cancelled_at, reopened_count, active_hours, waiting_hours"


async def life(read: Read, key: str = "PAY-1", columns: str = LIFE) -> dict[str, Any]:
    """Some columns of one issue's fact."""
    return (await read(f"select {columns} from fact_issue where id = '{key}'"))[0]


async def test_equal_instants_are_ordered_by_the_changelog(store: Store, derive: Derive, read: Read) -> None:
    """Moved through progress to done in one moment: started and finished then, in this order."""
    moves = [moved("PAY-1", "03-02 09:00", "in_progress", position=1), moved("PAY-1", "03-02 09:00", "done", position=2)]
    await store({work.issue: [issue("PAY-1", category="done")], work.issue_transition: moves})
    await derive()
    when = at("03-02 09:00")
    assert await life(read, columns="start_at, done_at, active_hours") == {"start_at": when, "done_at": when, "active_hours": 0}
    assert await read("select category, from_at, to_at from fact_issue_state order by from_at") == [
        {"category": "todo", "from_at": at("03-01 09:00"), "to_at": when},
        {"category": "done", "from_at": when, "to_at": None},
    ]


async def test_leaving_done_within_ten_minutes_is_a_slip(store: Store, derive: Derive, read: Read) -> None:
    """Ten minutes are forgiven, a second more is a reopening."""
    slip = [moved("PAY-1", "03-02 09:00", "done"), moved("PAY-1", "03-02 09:10", "in_progress"), moved("PAY-1", "03-03 09:00", "done")]
    real = [moved("PAY-2", "03-02 09:00", "done"), moved("PAY-2", "03-02 09:10:01", "in_progress"), moved("PAY-2", "03-03 09:00", "done")]
    await store({work.issue: [issue(key, category="done") for key in ("PAY-1", "PAY-2")], work.issue_transition: slip + real})
    await derive()
    assert await read("select id, reopened_count, first_done_at, done_at from fact_issue order by id") == [
        {"id": key, "reopened_count": count, "first_done_at": at("03-02 09:00"), "done_at": at("03-03 09:00")}
        for key, count in (("PAY-1", 0), ("PAY-2", 1))
    ]


async def test_moving_between_done_statuses_is_not_finishing_again(store: Store, derive: Derive, read: Read) -> None:
    """Done at is the last entry into the category, not the last change within it."""
    moves = [moved("PAY-1", "03-02 09:00", "in_progress"), moved("PAY-1", "03-03 09:00", "done"), moved("PAY-1", "03-09 09:00", "done")]
    await store({work.issue: [issue("PAY-1", category="done")], work.issue_transition: moves})
    await derive()
    assert await life(read, columns="done_at, reopened_count") == {"done_at": at("03-03 09:00"), "reopened_count": 0}


async def test_without_a_changelog_only_creation_and_resolution_are_known(store: Store, derive: Derive, read: Read) -> None:
    """No start is invented, neither for what is finished nor for what is under way."""
    rows = [
        issue("PAY-1", category="done", resolved_at=at("03-05 09:00"), has_history=False),
        issue("PAY-2", category="in_progress", has_history=False), issue("PAY-3", category="in_progress"), issue("PAY-4", category="done"),
    ]  # fmt: skip
    await store({work.issue: rows})
    await derive()
    assert [tuple(row.values()) for row in await read("select id, start_at, done_at from fact_issue order by id")] == [
        ("PAY-1", None, at("03-05 09:00")), ("PAY-2", None, None), ("PAY-3", at("03-01 09:00"), None), ("PAY-4", None, None),
    ]  # fmt: skip


async def test_a_status_is_read_as_it_is_mapped_now(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """A remapped status changes all history; pulse.yaml wins over Jira's category."""
    statuses = [{"id": "jira:status:3", "site": "jira", "external_id": "3", "name": "In Review", "category": "in_progress"}]
    moves = [
        moved("PAY-1", "03-02 09:00", "todo", to_status="Triage", to_status_id="3"),
        moved("PAY-1", "03-04 09:00", "done", from_status_id="3"),
    ]
    await store({work.status: statuses, work.issue: [issue("PAY-1", category="done")], work.issue_transition: moves})
    await derive()
    assert await life(read, columns="start_at, active_hours, waiting_hours") == {
        "start_at": at("03-02 09:00"),
        "active_hours": 48,
        "waiting_hours": 0,
    }
    await derive(today.with_config(PulseConfig.model_validate({"jira": {"statuses": {"in review": {"kind": "waiting"}}}})))
    assert await life(read, columns="start_at, active_hours, waiting_hours") == {
        "start_at": at("03-02 09:00"),
        "active_hours": 0,
        "waiting_hours": 48,
    }
    await derive(today.with_config(PulseConfig.model_validate({"jira": {"statuses": {"IN_REVIEW": {"category": "todo"}}}})))
    assert await life(read, columns="start_at, done_at") == {"start_at": None, "done_at": at("03-04 09:00")}


async def test_waiting_is_told_by_the_name_or_a_flag(store: Store, derive: Derive, read: Read) -> None:
    """Blocked is waiting by name; a flag makes any status in progress wait while it is set."""
    moves = [
        moved("PAY-1", "03-02 00:00", "in_progress", to_status="Doing"), moved("PAY-1", "03-04 00:00", "in_progress", to_status="Blocked by vendor"),
        moved("PAY-1", "03-05 00:00", "in_progress", to_status="Doing"), moved("PAY-1", "03-08 00:00", "done", to_status="Done"),
    ]  # fmt: skip
    flags = [
        {"id": "f1", "issue_id": "PAY-1", "field": "flagged", "at": at("03-02 12:00"), "new": "Impediment"},
        {"id": "f2", "issue_id": "PAY-1", "field": "flagged", "at": at("03-03 00:00"), "new": ""},
    ]
    await store({work.issue: [issue("PAY-1", category="done")], work.issue_transition: moves, work.issue_field_change: flags})
    await derive()
    assert await life(read, columns="active_hours, waiting_hours") == {"active_hours": 4.5 * 24, "waiting_hours": 1.5 * 24}


async def test_cancelled_is_neither_finished_nor_open(store: Store, derive: Derive, read: Read) -> None:
    """Won't Fix, Duplicate and their kin by any spelling; Done is a resolution like any other."""
    names = ["Won't Fix", "wontfix", "Duplicate", "Cannot Reproduce", "Declined", "Invalid", "not_planned", "Done", "Fixed"]
    issues = [issue(f"PAY-{n}", category="done", resolution=name) for n, name in enumerate(names, 1)]
    await store({work.issue: issues, work.issue_transition: [moved(row["id"], "03-05 09:00", "done") for row in issues]})
    await derive()
    found = await read(
        "select cancelled, done_at is null as not_done, cancelled_at is null as not_cancelled from fact_issue order by length(id), id"
    )
    assert [tuple(row.values()) for row in found] == [(True, True, False)] * 7 + [(False, False, True)] * 2


async def test_work_class_is_the_first_that_applies(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """Own field or label, then the epic's, then the type; pulse.yaml may map a type; an unknown type is unclassified."""
    rows = [
        issue("PAY-1", type="Epic", level="epic", labels=["work-class:Tech Debt"]), issue("PAY-2", type="Bug", epic_id="PAY-1"),
        issue("PAY-3", type="Bug", epic_id="PAY-1", labels=["work-class:risk"]), issue("PAY-4", type="Bug"), issue("PAY-5", type="Spike"),
        issue("PAY-6", type="New Feature", work_class_field="ktlo"), issue("PAY-7", type="Story", parent_id="PAY-1"),
    ]  # fmt: skip
    await store({work.issue: rows})
    await derive()
    found = {row["id"]: row["work_class"] for row in await read("select id, work_class from fact_issue")}
    assert found == {
        "PAY-1": "tech_debt", "PAY-2": "tech_debt", "PAY-3": "risk", "PAY-4": "defect", "PAY-5": "unclassified", "PAY-6": "ktlo", "PAY-7": "tech_debt",
    }  # fmt: skip
    await derive(today.with_config(PulseConfig.model_validate({"jira": {"types": {"Spike": {"work_class": "improvement"}}}})))
    assert await life(read, "PAY-5", "work_class") == {"work_class": "improvement"}


async def test_the_team_comes_from_field_then_project_then_assignee(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """The assignee's team is the one at the time the issue was done."""
    rows = [
        issue("PAY-1", team_name="Mobile Apps"), issue("PAY-2"), issue("OPS-3", assignee_id="jira:user:ana", category="done"),
        issue("OPS-4", assignee_id="jira:user:ana"), issue("OPS-5"),
    ]  # fmt: skip
    members = [{"person": "ana", "to": "2026-03-16"}]
    teams = [{"key": "payments", "jira_projects": "PAY", "members": members}, {"key": "mobile", "name": "mobile apps"}]
    await store(
        {people.identity: [account("ana", "jira")], work.issue: rows, work.issue_transition: [moved("OPS-3", "03-10 09:00", "done")]}
    )
    await derive(today.with_config(PulseConfig.model_validate({"teams": teams})))
    found = {row["id"]: row["team"] for row in await read("select id, team from fact_issue")}
    assert found == {"PAY-1": "mobile", "PAY-2": "payments", "OPS-3": "payments", "OPS-4": None, "OPS-5": None}


async def test_work_belongs_to_whom_the_issue_was_assigned_while_active(store: Store, derive: Derive, read: Read) -> None:
    """A handover parts the interval; waiting and time without an assignee are nobody's work."""
    moves = [
        moved("PAY-1", "03-02 09:00", "in_progress", to_status="Doing"), moved("PAY-1", "03-06 09:00", "in_progress", to_status="On hold"),
        moved("PAY-1", "03-07 09:00", "in_progress", to_status="Doing"),
    ]  # fmt: skip
    changes = [
        {"id": "a1", "issue_id": "PAY-1", "field": "assignee", "at": at("03-03 09:00"), "position": 1, "old_id": None, "new_id": "ana"},
        {
            "id": "a2",
            "issue_id": "PAY-1",
            "field": "assignee",
            "at": at("03-05 09:00"),
            "position": 2,
            "old_id": "ana",
            "new_id": "jira:user:bo",
        },
    ]
    await store({people.identity: [account("ana", "jira"), account("bo", "jira")], work.issue: [issue("PAY-1", category="in_progress")]})
    await store({work.issue_transition: moves, work.issue_field_change: changes})
    await derive()
    found = await read("select assignee_id, from_at, to_at from work_interval order by from_at")
    assert [tuple(row.values()) for row in found] == [
        ("person:jira:user:ana", at("03-03 09:00"), at("03-05 09:00")),
        ("person:jira:user:bo", at("03-05 09:00"), at("03-06 09:00")),
        ("person:jira:user:bo", at("03-07 09:00"), None),
    ]


async def test_where_a_bug_was_found_is_told_by_the_field_first(store: Store, derive: Derive, read: Read) -> None:
    """Then by a label or a reporter at the service desk; without any it is unknown."""
    bugs = {
        "K-1": {"found_in": "Staging", "labels": ["customer"]}, "K-2": {"found_in": "Production"}, "K-3": {"labels": ["Customer"]},
        "K-4": {"reporter_id": "jira:user:guest"}, "K-5": {},
    }  # fmt: skip
    rows = [issue(key, type="Bug", **more) for key, more in bugs.items()]
    await store({people.identity: [account("guest", "jira", account_type="customer")], work.issue: rows})
    await derive()
    found = {row["key"]: row["found_in"] for row in await read("select key, found_in from fact_issue")}
    assert found == {"K-1": "pre_release"} | dict.fromkeys(("K-2", "K-3", "K-4"), "production") | {"K-5": None}
