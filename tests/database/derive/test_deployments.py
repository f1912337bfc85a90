"""R1 to R3: which events are deployments, which belong together, and of what kind they are."""

import pytest
from deriving import REPO, Derive, Read, Row, Store, at, deployed, pull, repository

from store.config import Deployments, Metrics, PulseConfig, Service, ServiceRepository
from store.errors import ConfigurationError
from store.settings import Settings
from store.tables import code, delivery

KINDS = "select id, kind from fact_deployment order by started_at, id"


async def kinds(read: Read) -> dict[str, str]:
    """Kind by logical deployment."""
    return {row["id"]: row["kind"] for row in await read(KINDS)}


async def test_the_first_success_ends_a_deployment_and_later_retirement_changes_nothing(store: Store, derive: Derive, read: Read) -> None:
    """GitHub retires older deployments of an environment as inactive; a failure without success is a failure, what still runs is neither."""
    steps = {
        "d1": ["pending", "in_progress", "success", "inactive"],
        "d2": ["in_progress", "failure", "inactive"],
        "d3": ["queued"],
        "d4": ["inactive"],
    }
    statuses = [
        {"id": f"{name}{n}", "deployment_id": name, "state": state, "at": at(f"03-0{name[1]} 10:0{n}")}
        for name, states in steps.items()
        for n, state in enumerate(states)
    ]
    rows = [deployed(name, name, "03-01 09:00", status="running", started_at=None, finished_at=None) for name in steps]
    await store({code.repository: [repository()], delivery.deployment: rows, delivery.deployment_status: statuses})
    await derive()
    assert await read("select id, status, finished_at from fact_deployment_row order by id") == [
        {"id": "d1", "status": "success", "finished_at": at("03-01 10:02")},
        {"id": "d2", "status": "failure", "finished_at": at("03-02 10:01")},
    ]


@pytest.mark.parametrize(
    ("environment", "flagged", "expected"),
    [
        ("production", None, 1), ("Prod", None, 1), ("prod-eu", None, 1), ("live/blue", None, 1), ("preprod", None, 0), ("product-demo", None, 0),
        ("staging", None, 0), ("github-pages", None, 0), ("github-pages", True, 1), ("reproduction", None, 0),
    ],
)  # fmt: skip
async def test_production_is_told_by_name_or_by_flag(
    store: Store, derive: Derive, read: Read, environment: str, flagged: bool | None, expected: int
) -> None:
    """An environment is production when the pattern matches from its beginning or GitHub flags it."""
    row = deployed("d1", "a", "03-02 10:00", environment=environment, production_environment=flagged)
    await store({code.repository: [repository()], delivery.deployment: [row]})
    await derive()
    assert len(await read("select id from fact_deployment")) == expected


def run(key: str, when: str, conclusion: str = "success", **more: str | None) -> Row:
    """A finished run of a workflow on main."""
    row = {
        "id": key,
        "site": "github",
        "repo_id": REPO,
        "name": "Deploy",
        "path": ".github/workflows/deploy.yml",
        "event": "push",
        "branch": "main",
    }
    return {**row, "sha": key, "status": "completed", "conclusion": conclusion, "started_at": at(when), "updated_at": at(when), **more}


def release(name: str, when: str, **more: object) -> Row:
    """A published release."""
    row = {"id": name, "site": "github", "repo_id": REPO, "tag": name, "sha": name, "draft": False, "prerelease": False}
    return {**row, "published_at": at(when), **more}


async def test_sources_are_taken_in_order_of_trust_and_never_added_together(store: Store, derive: Derive, read: Read) -> None:
    """With runs and releases of the last 180 days the runs are the deployments; deployments on GitHub itself would win over both."""
    rows = {
        code.repository: [repository()],
        delivery.workflow_run: [
            run("w1", "03-02 10:00"), run("w2", "03-03 10:00", "failure"), run("w3", "03-04 10:00", "skipped"),
            run("w4", "03-05 10:00", name="CI", path="ci.yml"),
            run("w5", "03-06 10:00", branch="feature"), run("w6", "03-07 10:00", event="pull_request"), run("w7", "03-08 10:00", name="Deploy staging"),
        ],
        delivery.release: [release("v1", "03-02 11:00")],
        delivery.deployment: [deployed("old", "a", "2025-06-01 10:00")],
    }  # fmt: skip
    await store(rows)
    await derive()
    found = await read("select id, status, source from fact_deployment_row order by id")
    assert [tuple(row.values()) for row in found] == [("w1", "success", "workflow_runs"), ("w2", "failure", "workflow_runs")]
    assert await read("select chosen_source from service") == [{"chosen_source": "workflow_runs"}]


async def test_drafts_and_prereleases_are_no_deployments(store: Store, derive: Derive, read: Read) -> None:
    """Only published full releases count, and a configured pattern narrows them."""
    releases = [release("v1", "03-02 10:00"), release("v2-rc1", "03-03 10:00", prerelease=True), release("v3", "03-04 10:00", draft=True)]
    await store({code.repository: [repository()], delivery.release: [*releases, release("nightly", "03-05 10:00")]})
    await derive()
    assert [row["id"] for row in await read("select id from fact_deployment order by id")] == ["nightly", "v1"]


def service(key: str, settings: Settings, *paths: str | None, **deployments: str) -> Service:
    """A service of the repository acme/web."""
    return Service(
        key=key,
        repositories=[ServiceRepository(name="acme/web", path=path) for path in paths or (None,)],
        deployments=Deployments(**deployments),
    )


async def test_a_source_that_was_named_is_the_only_one(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """Merges are deployments only where pulse.yaml says so; then each merge into the default branch is one."""
    pulls = [
        pull(1, "03-01 10:00", "03-02 10:00", merge_commit_sha="m1"),
        pull(2, "03-01 10:00", "03-03 10:00", base_ref="develop", merge_commit_sha="m2"),
    ]
    await store({code.repository: [repository()], code.pull_request: pulls, delivery.release: [release("v1", "03-02 11:00")]})
    await derive(today.with_config(PulseConfig(services=[service("shop", today, source="merges")])))
    assert await read("select service, source, sha, finished_at from fact_deployment") == [
        {"service": "shop", "source": "merges", "sha": "m1", "finished_at": at("03-02 10:00")}
    ]


async def test_one_deployment_of_two_services_is_one_of_each(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """A run that deploys several services counts once per service, under ids that stay apart."""
    await store({code.repository: [repository()], delivery.deployment: [deployed("d1", "a", "03-02 10:00")]})
    await derive(today.with_config(PulseConfig(services=[service("api", today), service("worker", today)])))
    assert await read("select id, service from fact_deployment order by id") == [
        {"id": "d1@api", "service": "api"},
        {"id": "d1@worker", "service": "worker"},
    ]


async def test_retries_and_regions_join_but_a_rollback_within_the_hour_does_not(store: Store, derive: Derive, read: Read) -> None:
    """Same sha within 60 minutes joins, unless another sha was there in between: then the old one came back."""
    rows = [
        deployed("a1", "a", "03-02 10:00"),
        deployed("a2", "a", "03-02 10:40"),
        deployed("b1", "b", "03-02 10:50"),
        deployed("a3", "a", "03-02 11:05"),
    ]
    await store({code.repository: [repository()], delivery.deployment: rows})
    await derive()
    assert await kinds(read) == {"a1": "change", "b1": "change", "a3": "rollback"}
    assert await read("select id, rolled_back_by_id, recovered_at from fact_deployment where failed") == [
        {"id": "b1", "rolled_back_by_id": "a3", "recovered_at": at("03-02 11:05")}
    ]


async def test_rollouts_that_overlap_stay_apart(store: Store, derive: Derive, read: Read) -> None:
    """A slow region may receive the older release while a quick one already runs the next."""
    rows = [
        deployed("e0", "a", "03-02 08:00", environment="prod-eu"), deployed("e1", "b", "03-02 09:00", environment="prod-eu"),
        deployed("u0", "a", "03-02 09:15", environment="prod-us"), deployed("u1", "b", "03-02 10:00", environment="prod-us"),
    ]  # fmt: skip
    await store({code.repository: [repository()], delivery.deployment: rows})
    await derive()
    assert await read("select id, kind, parts, finished_at from fact_deployment order by id") == [
        {"id": "e0", "kind": "change", "parts": 2, "finished_at": at("03-02 09:15")},
        {"id": "e1", "kind": "change", "parts": 2, "finished_at": at("03-02 10:00")},
    ]


async def test_a_release_that_failed_in_its_first_region_is_no_newer_than_the_next_one(store: Store, derive: Derive, read: Read) -> None:
    """It went through elsewhere while the next one was under way: that ends nothing, since it was tried before."""
    rows = [
        deployed("e0", "a", "03-02 07:36", environment="prod-eu", status="failure"),
        deployed("e1", "b", "03-02 07:52", environment="prod-eu"),
        deployed("u0", "a", "03-02 08:01", environment="prod-us"), deployed("u1", "b", "03-02 08:17", environment="prod-us"),
    ]  # fmt: skip
    await store({code.repository: [repository()], delivery.deployment: rows})
    await derive()
    assert await read("select id, kind, parts, finished_at from fact_deployment order by id") == [
        {"id": "e1", "kind": "change", "parts": 2, "finished_at": at("03-02 08:17")},
        {"id": "u0", "kind": "change", "parts": 1, "finished_at": at("03-02 08:01")},
    ]


async def test_a_shared_key_joins_rows_of_different_shas(store: Store, derive: Derive, read: Read) -> None:
    """Several repositories in one run of one service are one deployment that finishes with its last part."""
    other = {"repo_id": "github:repo:2"}
    rows = [deployed("d1", "a", "03-02 10:00", group_key="run 7"), deployed("d2", "b", "03-02 13:00", group_key="run 7", **other)]
    names = [{"service_id": "service:web", "repo_id": repo, "path_prefix": ""} for repo in (REPO, "github:repo:2")]
    given = {"id": "service:web", "key": "web", "source": "given", "deployment_source": "github_deployments"}
    await store({code.repository: [repository(), repository("lib", "github:repo:2")], delivery.deployment: rows})
    await store({code.service: [given], code.service_repository: names})
    await derive()
    assert await read("select id, parts, finished_at from fact_deployment") == [{"id": "d1", "parts": 2, "finished_at": at("03-02 13:00")}]


async def test_repositories_of_one_service_do_not_roll_each_other_back(store: Store, derive: Derive, read: Read) -> None:
    """What was deployed before is compared within one repository: its sha again is a redeploy, whatever the neighbour did."""
    given = {"id": "service:web", "key": "web", "source": "given", "deployment_source": "github_deployments"}
    names = [{"service_id": "service:web", "repo_id": repo, "path_prefix": ""} for repo in (REPO, "github:repo:2")]
    rows = [
        deployed("a1", "a", "03-02 10:00"),
        deployed("b1", "b", "03-03 10:00", repo_id="github:repo:2"),
        deployed("a2", "a", "03-04 10:00"),
    ]
    await store(
        {code.repository: [repository(), repository("lib", "github:repo:2")], code.service: [given], code.service_repository: names}
    )
    await store({delivery.deployment: rows})
    await derive()
    assert await kinds(read) == {"a1": "change", "b1": "change", "a2": "redeploy"}


async def test_a_change_rolled_back_twice_keeps_its_first_recovery(store: Store, derive: Derive, read: Read) -> None:
    """The second rollback finds the same change as the latest one before it and does not move its recovery."""
    rows = [deployed(f"d{n}", sha, f"03-0{n} 10:00") for n, sha in enumerate("abcba", 1)]
    await store({code.repository: [repository()], delivery.deployment: rows})
    await derive()
    assert await kinds(read) == {"d1": "change", "d2": "change", "d3": "change", "d4": "rollback", "d5": "rollback"}
    assert await read("select id, rolled_back_by_id from fact_deployment where failed") == [{"id": "d3", "rolled_back_by_id": "d4"}]


async def test_a_kind_that_was_given_wins(store: Store, derive: Derive, read: Read) -> None:
    """The sender of a deployment knows best; a rollback by its word marks the change before it."""
    rows = [deployed("d1", "a", "03-02 10:00"), deployed("d2", "b", "03-03 10:00", change_kind="rollback")]
    await store({code.repository: [repository()], delivery.deployment: rows})
    await derive()
    assert await kinds(read) == {"d1": "change", "d2": "rollback"}
    assert [row["id"] for row in await read("select id from fact_deployment where failed")] == ["d1"]


async def test_coalescing_can_be_switched_off(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """With no minutes and hours to join, every success is a deployment; the same sha again is a redeploy."""
    rows = [deployed("a1", "a", "03-02 10:00"), deployed("a2", "a", "03-02 10:10")]
    await store({code.repository: [repository()], delivery.deployment: rows})
    await derive(today.with_config(PulseConfig(metrics=Metrics(coalesce_minutes=0, rollout_hours=0))))
    assert await kinds(read) == {"a1": "change", "a2": "redeploy"}


async def test_a_pattern_that_is_none_is_a_matter_of_configuration(derive: Derive, store: Store, today: Settings) -> None:
    """The error names the setting instead of a line of SQL."""
    await store({code.repository: [repository()], delivery.deployment: [deployed("d1", "a", "03-02 10:00")]})
    with pytest.raises(ConfigurationError, match=r"metrics\.production_pattern"):
        await derive(today.with_config(PulseConfig(metrics=Metrics(production_pattern="prod("))))
