"""R4: what a deployment ships for the first time."""

import json
from pathlib import Path

from deriving import Derive, Read, Store, at, commit, deployed, pull, repository

from store.config import PulseConfig, Service, ServiceRepository
from store.settings import Settings
from store.tables import code, delivery

SHIPPED = "select deployment_id, sha from deployment_change order by deployment_id, sha"
CHANGES = "select coalesce(pr_id, sha) as change, deployment_id from fact_change order by 1"


async def shipped(read: Read) -> dict[str, list[str]]:
    """Shas by deployment."""
    found: dict[str, list[str]] = {}
    for row in await read(SHIPPED):
        found.setdefault(row["deployment_id"], []).append(row["sha"])
    return found


async def changes(read: Read) -> dict[str, str]:
    """Deployment by change."""
    return {row["change"]: row["deployment_id"] for row in await read(CHANGES)}


async def test_a_range_is_what_one_sha_reaches_and_the_other_does_not(store: Store, derive: Derive, read: Read) -> None:
    """A merged branch comes with its merge, however old its commits are; the first deployment shows its head only."""
    history = [
        commit("a", "z"), commit("b", "a"), commit("x1", "a"), commit("x2", "x1"), commit("m", "b", "x2"), commit("c", "m"), commit("y", "b"),
        commit("n", "c", "y"),
    ]  # fmt: skip
    rows = [deployed("d1", "b", "03-02 10:00"), deployed("d2", "c", "03-03 10:00"), deployed("d3", "n", "03-04 10:00")]
    await store({code.repository: [repository()], code.commit: history, delivery.deployment: rows})
    await derive()
    assert await shipped(read) == {"d1": ["b"], "d2": ["c", "m", "x1", "x2"], "d3": ["n", "y"]}
    assert [row["changes_by"] for row in await read("select changes_by from fact_deployment order by id")] == ["first", "graph", "graph"]
    assert await changes(read) == {"b": "d1", "c": "d2", "x1": "d2", "x2": "d2", "y": "d3"}


async def test_a_hotfix_branch_ships_its_own_commits_and_the_next_release_the_rest(store: Store, derive: Derive, read: Read) -> None:
    """A sha beside the main history is compared over the graph: the fix counts once, main's commits wait for their release."""
    history = [commit("a"), commit("b", "a"), commit("c", "b"), commit("fix", "a"), commit("m", "c", "fix")]
    rows = [deployed("d1", "a", "03-02 10:00"), deployed("d2", "fix", "03-03 10:00"), deployed("d3", "m", "03-04 10:00")]
    await store({code.repository: [repository()], code.commit: history, delivery.deployment: rows})
    await derive()
    assert await shipped(read) == {"d1": ["a"], "d2": ["fix"], "d3": ["b", "c", "m"]}


async def test_a_rollback_ships_nothing_and_a_second_try_does_not_ship_again(store: Store, derive: Derive, read: Read) -> None:
    """A change counts once, at its first deployment that is not a rollback."""
    history = [commit("a"), commit("b", "a"), commit("c", "b")]
    rows = [deployed(f"d{n}", sha, f"03-0{n} 10:00") for n, sha in enumerate("abac", 2)]
    await store({code.repository: [repository()], code.commit: history, delivery.deployment: rows})
    await derive()
    assert await shipped(read) == {"d2": ["a"], "d3": ["b"], "d5": ["b", "c"]}
    assert await changes(read) == {"a": "d2", "b": "d3", "c": "d5"}


async def test_commits_find_their_pull_request_by_merge_squash_and_rebase(store: Store, derive: Derive, read: Read) -> None:
    """A squash is the merge commit itself, a merge brings the pull request's own commits, a rebase leaves instant and message."""
    same = {"when": "03-01 08:00", "message": "Add rebased step"}
    history = [
        commit("a"), commit("squashed", "a"), commit("own", "a"), commit("merge", "squashed", "own"), commit("re1", "merge", **same),
        commit("re2", "re1"), commit("old1", "a", **same), commit("direct", "re2"),
    ]  # fmt: skip
    merged = {1: "squashed", 2: "merge", 3: "re2"}
    pulls = [pull(n, "03-01 10:00", f"03-02 1{n}:00", merge_commit_sha=sha) for n, sha in merged.items()]
    own = [{"pr_id": "pr2", "sha": "own", "position": 0}, {"pr_id": "pr3", "sha": "old1", "position": 0}]
    rows = [deployed("d1", "a", "03-02 10:00"), deployed("d2", "direct", "03-03 10:00")]
    await store(
        {code.repository: [repository()], code.commit: history, code.pull_request: pulls, code.pr_commit: own, delivery.deployment: rows}
    )
    await derive()
    assert await changes(read) == {"a": "d1", "direct": "d2", "pr1": "d2", "pr2": "d2", "pr3": "d2"}
    assert await read("select pr_count from fact_deployment where id = 'd2'") == [{"pr_count": 3}]


async def test_a_promotion_is_no_change_but_what_it_carries_is(store: Store, derive: Derive, read: Read) -> None:
    """A squashed promotion hides the commits of develop; the pull requests merged there ship with it."""
    history = [commit("a"), commit("feat", "a"), commit("promo", "a")]
    pulls = [
        pull(1, "03-01 10:00", "03-02 09:00", base_ref="develop", merge_commit_sha="feat"),
        pull(2, "03-02 10:00", "03-02 11:00", head_ref="develop", merge_commit_sha="promo"),
    ]
    own = [{"pr_id": "pr2", "sha": "feat", "position": 0}]
    rows = [deployed("d1", "a", "03-01 10:00"), deployed("d2", "promo", "03-03 10:00")]
    await store(
        {code.repository: [repository()], code.commit: history, code.pull_request: pulls, code.pr_commit: own, delivery.deployment: rows}
    )
    await derive()
    assert await changes(read) == {"a": "d1", "pr1": "d2"}
    assert await read("select id, is_promotion from fact_pull_request order by id") == [
        {"id": "pr1", "is_promotion": False},
        {"id": "pr2", "is_promotion": True},
    ]


async def test_without_the_history_merge_times_stand_in_and_the_answer_says_so(store: Store, derive: Derive, read: Read) -> None:
    """Pull requests merged into the deployed branch between both finishes, the later one included."""
    merged = ["03-02 10:00", "03-02 10:01", "03-03 10:00", "03-03 10:01"]
    pulls = [pull(n, "03-01 10:00", when, merge_commit_sha=f"m{n}") for n, when in enumerate(merged, 1)]
    pulls.append(pull(9, "03-01 10:00", "03-02 12:00", base_ref="other"))
    rows = [deployed("d1", "unknown1", "03-02 10:00"), deployed("d2", "unknown2", "03-03 10:00")]
    await store({code.repository: [repository()], code.pull_request: pulls, delivery.deployment: rows})
    await derive()
    assert await changes(read) == {"pr2": "d2", "pr3": "d2"}
    assert [row["changes_by"] for row in await read("select changes_by from fact_deployment order by id")] == ["first", "time"]


async def test_a_monorepo_service_ships_what_touches_its_folder(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """With a path only pull requests that change a file below it are changes of the service."""
    history = [commit("a"), commit("b", "a"), commit("c", "b")]
    pulls = [pull(1, "03-01 10:00", "03-02 11:00", merge_commit_sha="b"), pull(2, "03-01 10:00", "03-02 12:00", merge_commit_sha="c")]
    files = [
        {"pr_id": "pr1", "path": "api/main.py", "additions": 1, "deletions": 0},
        {"pr_id": "pr2", "path": "web/app.ts", "additions": 1, "deletions": 0},
    ]
    rows = [deployed("d1", "a", "03-02 10:00"), deployed("d2", "c", "03-03 10:00")]
    await store(
        {code.repository: [repository()], code.commit: history, code.pull_request: pulls, code.pr_file: files, delivery.deployment: rows}
    )
    services = [Service(key=key, repositories=[ServiceRepository(name="acme/web", path=f"{key}/")]) for key in ("api", "web")]
    await derive(today.with_config(PulseConfig(services=services)))
    assert await read("select service, pr_id, deployment_id, is_first from fact_change order by service") == [
        {"service": "api", "pr_id": "pr1", "deployment_id": "d2@api", "is_first": True},
        {"service": "web", "pr_id": "pr2", "deployment_id": "d2@web", "is_first": True},
    ]
    assert [row["service"] for row in await read("select service from fact_pull_request order by id")] == ["api", "web"]


async def test_ranges_agree_with_those_another_tool_computed(store: Store, derive: Derive, read: Read, evidence: Path) -> None:
    """Ancestors of one sha that are no ancestors of the other, as DevLake's own tests expect; without a predecessor Pulse takes the head only."""
    cases = json.loads((evidence / "dora" / "devlake-commit-ranges.json").read_text(encoding="utf-8"))["cases"]
    case = next(case for case in cases if case["inputs"]["from"])
    history = [commit(sha, *parents) for sha, parents in case["inputs"]["parents"].items()]
    rows = [deployed("d1", case["inputs"]["from"], "03-02 10:00"), deployed("d2", case["inputs"]["to"], "03-03 10:00")]
    await store({code.repository: [repository()], code.commit: history, delivery.deployment: rows})
    await derive()
    assert (await shipped(read))["d2"] == case["expected"]["commits"]


async def test_lead_times_start_at_the_first_commit_or_the_commit_itself(store: Store, derive: Derive, read: Read) -> None:
    """Merged pull requests start at t0, direct commits when they were written; both end when the deployment finishes."""
    history = [
        commit("a"),
        commit("own", "a", when="03-01 12:00"),
        commit("b", "a", when="03-02 11:00"),
        commit("c", "b", when="03-02 12:00", author="bo"),
    ]
    pulls = [pull(1, "03-02 10:00", "03-02 11:00", merge_commit_sha="b")]
    rows = [deployed("d1", "a", "03-02 10:00"), deployed("d2", "c", "03-03 10:00")]
    await store({code.repository: [repository()], code.commit: history, code.pull_request: pulls, delivery.deployment: rows})
    await store({code.pr_commit: [{"pr_id": "pr1", "sha": "own", "position": 0}]})
    await derive()
    found = await read(
        "select coalesce(pr_id, sha) as change, first_commit_at, deployed_at, repo from fact_change where deployment_id = 'd2' order by 1"
    )
    assert found == [
        {"change": "c", "first_commit_at": at("03-02 12:00"), "deployed_at": at("03-03 10:00"), "repo": "acme/web"},
        {"change": "pr1", "first_commit_at": at("03-01 12:00"), "deployed_at": at("03-03 10:00"), "repo": "acme/web"},
    ]
