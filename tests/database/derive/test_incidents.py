"""R5 and R6: which issues are incidents, and which deployment they are laid to."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from deriving import Derive, Read, Store, at, commit, deployed, issue, moved, pull, repository

from store.config import PulseConfig
from store.settings import Settings
from store.tables import code, delivery, work

LINKS = "select issue_key, link_deployment_id, link_kind from fact_incident order by issue_key"
OWNED = PulseConfig.model_validate(
    {
        "teams": [{"key": "shop", "jira_projects": ["OPS"]}],
        "services": [{"key": "web", "team": "shop", "repositories": [{"name": "acme/web"}]}],
    }
)


def incident(key: str, created: str, **more: object) -> dict[str, object]:
    """A Jira incident."""
    return issue(key, created, type="Incident", **more)


async def links(read: Read) -> dict[str, tuple[str | None, str]]:
    """Deployment and kind of link by incident."""
    return {row["issue_key"]: (row["link_deployment_id"], row["link_kind"]) for row in await read(LINKS)}


async def test_incidents_are_told_by_type_or_label(store: Store, derive: Derive, read: Read) -> None:
    """Types and labels without regard to case, blanks and hyphens; duplicates are left out; GitHub issues by label alone."""
    rows = [
        incident("OPS-1", "03-02 09:00"), issue("OPS-2", "03-02 09:00", labels=["SEV-1"]), issue("OPS-3", "03-02 09:00"),
        issue("OPS-4", "03-02 09:00", type="[System] Incident"), incident("OPS-5", "03-02 09:00", resolution="Duplicate"),
        issue("acme/web#6", "03-02 09:00", source="github", labels=["post mortem"]), issue("acme/web#7", "03-02 09:00", source="github", type="Incident"),
    ]  # fmt: skip
    await store({work.issue: rows})
    await derive()
    assert list(await links(read)) == ["OPS-1", "OPS-2", "OPS-4", "acme/web#6"]
    assert [row["severity"] for row in await read("select severity from fact_incident order by issue_key")] == [None, "sev1", None, None]


async def test_impact_times_win_over_the_life_of_the_ticket(store: Store, derive: Derive, read: Read) -> None:
    """Mapped impact fields say when it began and ended; else creation and the last entry into done, if it is still done."""
    rows = [
        incident("OPS-1", "03-02 09:00", category="done", impact_start_at=at("03-02 08:00"), impact_end_at=at("03-02 08:30")),
        incident("OPS-2", "03-02 09:00", category="done"), incident("OPS-3", "03-02 09:00", category="in_progress"),
    ]  # fmt: skip
    moves = [moved(key, "03-02 11:00", "done") for key in ("OPS-1", "OPS-2", "OPS-3")] + [moved("OPS-3", "03-02 12:00", "in_progress")]
    await store({work.issue: rows, work.issue_transition: moves})
    await derive()
    found = await read("select started_at, resolved_at from fact_incident order by issue_key")
    assert [tuple(row.values()) for row in found] == [
        (at("03-02 08:00"), at("03-02 08:30")), (at("03-02 09:00"), at("03-02 11:00")), (at("03-02 09:00"), None),
    ]  # fmt: skip


async def test_the_last_deployment_of_the_service_within_the_window_is_inferred(
    store: Store, derive: Derive, read: Read, today: Settings
) -> None:
    """Three days, both ends included; outside causes and unknown services infer nothing; a deployment that only starts later did not cause it."""
    rows = [deployed("d1", "a", "03-02 10:00"), deployed("d2", "b", "03-10 10:00")]
    found = [
        incident("OPS-1", "03-05 10:00"), incident("OPS-2", "03-05 10:00:01"), incident("OPS-3", "03-10 09:59"), incident("OPS-4", "03-10 10:00"),
        incident("OPS-5", "03-11 10:00", cause="Third Party"), incident("OPS-6", "03-11 10:00", service_name="other"),
    ]  # fmt: skip
    await store({code.repository: [repository(), repository("other", "github:repo:2")], delivery.deployment: rows, work.issue: found})
    await derive(today.with_config(OWNED))
    assert await links(read) == {
        "OPS-1": ("d1", "inferred"), "OPS-2": (None, "none"), "OPS-3": (None, "none"), "OPS-4": ("d2", "inferred"), "OPS-5": (None, "none"),
        "OPS-6": (None, "none"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("https://github.com/acme/web/pull/1", "d2"), ("acme/web#1", "d2"), ("#1", "d2"), ("bbbbbbb1", "d2"),
        ("https://github.com/acme/web/commit/bbbbbbb1", "d2"), ("v1", "d1"), ("acme/web#99", "d3"), ("nonsense", "d3"),
    ],
)  # fmt: skip
async def test_a_named_cause_leads_to_the_deployment_that_first_shipped_it(
    store: Store, derive: Derive, read: Read, today: Settings, reference: str, expected: str
) -> None:
    """A pull request, sha, or release names its deployment; what cannot be found leaves the inference."""
    history = [commit("aaaaaaa1"), commit("bbbbbbb1", "aaaaaaa1"), commit("ccccccc1", "bbbbbbb1")]
    rows = [
        deployed("d1", "aaaaaaa1", "03-02 10:00", ref="v1"), deployed("d2", "bbbbbbb1", "03-03 10:00", ref="v2"),
        deployed("d3", "ccccccc1", "03-04 10:00", ref="v3"),
    ]  # fmt: skip
    pulls = [pull(1, "03-01 10:00", "03-03 09:00", merge_commit_sha="bbbbbbb1")]
    await store({code.repository: [repository()], code.commit: history, delivery.deployment: rows, code.pull_request: pulls})
    await store({work.issue: [incident("OPS-1", "03-05 10:00", caused_by_ref=reference)]})
    await derive(today.with_config(OWNED))
    assert await links(read) == {"OPS-1": (expected, "inferred" if expected == "d3" else "explicit")}


@pytest.mark.parametrize(
    ("relationship", "cause"), [("causes", True), (None, True), ("links to", True), ("fixed by", False), ("mentioned in", False)]
)
async def test_a_link_to_a_pull_request_names_the_cause(
    store: Store, derive: Derive, read: Read, relationship: str | None, cause: bool
) -> None:
    """A remote link of an incident tells what caused it, unless its words say that it mends or only mentions it."""
    url = "https://github.com/acme/web/pull/1"
    link = {"id": "l1", "issue_id": "OPS-1", "kind": "pull_request", "direction": "remote", "relationship": relationship, "url": url}
    await store({work.issue: [incident("OPS-1", "03-05 10:00")], work.issue_link: [link]})
    await derive()
    assert await read("select caused_by_ref from incident") == [{"caused_by_ref": url if cause else None}]


async def test_a_persons_correction_wins_and_may_say_none(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """Whatever was inferred, the corrected link stands."""
    rows = [deployed("d1", "a", "03-02 10:00"), deployed("d2", "b", "03-03 10:00")]
    await store({code.repository: [repository()], delivery.deployment: rows})
    await store({work.issue: [incident("OPS-1", "03-04 10:00"), incident("OPS-2", "03-04 10:00")]})
    await store(
        {delivery.incident_correction: [{"incident_id": f"incident:OPS-{n}", "deployment_id": name} for n, name in ((1, "d1"), (2, None))]}
    )
    await derive(today.with_config(OWNED))
    assert await links(read) == {"OPS-1": ("d1", "explicit"), "OPS-2": (None, "none")}
    assert [row["id"] for row in await read("select id from fact_deployment where failed")] == ["d1"]


async def test_recovery_waits_for_all_incidents_and_is_never_negative(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """One open incident keeps a deployment unrecovered; one that began while the deployment ran counts from the deployment's start."""
    rows = [deployed("d1", "a", "03-02 10:00"), deployed("d2", "b", "03-10 12:00", started_at=at("03-10 10:00"))]
    found = [
        incident("OPS-1", "03-02 11:00", category="done"), incident("OPS-2", "03-02 12:00", category="in_progress"),
        incident("OPS-3", "03-10 10:30", category="done"),
    ]  # fmt: skip
    moves = [moved("OPS-1", "03-02 13:00", "done"), moved("OPS-3", "03-10 11:00", "done")]
    await store({code.repository: [repository()], delivery.deployment: rows, work.issue: found, work.issue_transition: moves})
    await derive(today.with_config(OWNED))
    columns = "id, incidents, open_incidents, recovered_at, recovery_from_at"
    assert [tuple(row.values()) for row in await read(f"select {columns} from fact_deployment order by id")] == [
        ("d1", 2, 1, None, at("03-02 10:00")),
        ("d2", 1, 0, at("03-10 11:00"), at("03-10 10:00")),
    ]


async def test_a_repair_of_an_incident_is_a_hotfix(store: Store, derive: Derive, read: Read) -> None:
    """A small deployment whose pull request names an incident was not planned."""
    history = [commit("a"), commit("b", "a"), commit("c", "b")]
    pulls = [
        pull(1, "03-02 11:00", "03-02 12:00", merge_commit_sha="b", title="OPS-1 stop the bleeding"),
        pull(2, "03-02 11:00", "03-02 13:00", merge_commit_sha="c"),
    ]
    rows = [deployed("d1", "a", "03-02 10:00"), deployed("d2", "b", "03-03 10:00"), deployed("d3", "c", "03-04 10:00")]
    await store({code.repository: [repository()], code.commit: history, delivery.deployment: rows, code.pull_request: pulls})
    await store({work.issue: [incident("OPS-1", "03-02 10:30")]})
    await derive()
    assert {row["id"]: row["kind"] for row in await read("select id, kind from fact_deployment")} == {
        "d1": "change",
        "d2": "hotfix",
        "d3": "change",
    }


async def test_links_agree_with_another_tool_where_the_rules_do(store: Store, derive: Derive, read: Read, evidence: Path) -> None:
    """An incident before every deployment, or none at all, is laid to nothing, as Middleware's own tests expect."""
    cases = json.loads((evidence / "dora" / "middleware-incident-link.json").read_text(encoding="utf-8"))["cases"]
    service = {"id": "service:web", "key": "web", "source": "given", "deployment_source": "github_deployments"}
    await store({code.repository: [repository()], code.service: [service]})
    for case in cases:
        name = case["id"]
        rows = [deployed(f"{name} {d['id']}", d["id"], "03-01 10:00", service_id="service:web") for d in case["inputs"]["deployments"]]
        for row, given in zip(rows, case["inputs"]["deployments"], strict=True):
            row["started_at"] = row["finished_at"] = datetime.fromisoformat(given["at"])
        found = [
            {"id": f"{name} {i['id']}", "source": "api", "service_id": "service:web", "started_at": datetime.fromisoformat(i["at"])}
            for i in case["inputs"]["incidents"]
        ]
        await store({delivery.deployment: rows, delivery.incident: found})
    await derive()
    assert {row["incidents"] for row in await read("select incidents from fact_deployment")} == {0}


async def test_what_was_taken_back_or_mended_says_how_sure_a_link_is(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """A revert for the incident names an older deployment; a hotfix confirms the last one; time alone is little; the rest stays unattributed."""
    history = [commit("a"), commit("b", "a"), commit("c", "b"), commit("d", "c"), commit("e", "d")]
    pulls = [
        pull(1, "03-01 10:00", "03-02 09:00", merge_commit_sha="b"), pull(2, "03-03 10:00", "03-03 11:00", merge_commit_sha="c"),
        pull(3, "03-04 11:00", "03-04 12:00", merge_commit_sha="d", title="OPS-1 Revert change 1", head_ref="revert-1-work/1"),
        pull(4, "03-06 11:00", "03-06 12:00", merge_commit_sha="e", title="Hotfix for OPS-2"),
    ]  # fmt: skip
    days = {"a": "03-01 10:00", "b": "03-02 10:00", "c": "03-03 12:00", "d": "03-04 13:00", "e": "03-06 13:00"}
    await store({code.repository: [repository()], code.commit: history, code.pull_request: pulls})
    await store({delivery.deployment: [deployed(f"d{sha}", sha, when) for sha, when in days.items()]})
    found = [incident(f"OPS-{n}", when) for n, when in enumerate(("03-04 10:00", "03-06 10:00", "03-08 10:00", "03-20 10:00"), 1)]
    await store({work.issue: found})
    await derive(today.with_config(OWNED))
    columns = "issue_key, link_deployment_id, link_rule, link_confidence"
    assert [tuple(row.values()) for row in await read(f"select {columns} from fact_incident order by issue_key")] == [
        ("OPS-1", "db", "reverted", "medium"),
        ("OPS-2", "dd", "hotfixed", "medium"),
        ("OPS-3", "de", "window", "low"),
        ("OPS-4", None, None, None),
    ]
    gaps = {row["id"]: row["gap_hours"] for row in await read("select id, gap_hours from fact_deployment where gap_hours is not null")}
    assert gaps == {"dc": 22.0, "dd": 45.0, "de": 45.0}
