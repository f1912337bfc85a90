"""Reviews, pushes and commits of people, and whether they were within working hours."""

from deriving import Derive, Read, Store, account, at, commit, event, pull, repository, review

from store.config import Membership, Organisation, PersonEntry, PulseConfig, Team
from store.settings import Settings
from store.tables import code, people

PEOPLE = [account("ana"), account("bo"), account("checker[bot]", account_type="Bot"), account("a1", "jira", time_zone="Asia/Tokyo")]


async def done(read: Read, columns: str, kind: str) -> list[tuple[object, ...]]:
    """Some columns of the activities of one kind, in order of time."""
    return [tuple(row.values()) for row in await read(f"select {columns} from fact_activity where kind = '{kind}' order by at, id")]


async def test_who_did_what_is_told_of_people_only(store: Store, derive: Derive, read: Read) -> None:
    """Own comments, machines and merges are out; commits of one minute are one push; a squashed commit belongs to the author of the pull request."""
    squash = commit("s1", "s0", when="03-04 10:00", author="bo", on_default_branch=True)
    merge = commit("s2", "s1", "x", when="03-04 11:00", author="ana", on_default_branch=True)
    direct = commit("s3", "s2", when="03-04 12:00", author="bo", on_default_branch=True)
    own = [commit("c1", when="03-02 10:00:05"), commit("c2", "c1", when="03-02 10:00:40"), commit("c3", "c2", when="03-02 11:00")]
    await store({
        code.repository: [repository()], people.identity: PEOPLE, code.commit: [squash, merge, direct, *own],
        code.pull_request: [pull(1, "03-02 09:00", "03-04 10:00", merge_commit_sha="s1")],
        code.pr_commit: [{"pr_id": "pr1", "sha": sha, "position": place} for place, sha in enumerate(("c1", "c2", "c3"))],
        code.pr_event: [event("pr1", "push", "03-02 11:00", "ana"), event("pr1", "push", "03-03 09:00", "checker[bot]")],
        code.review: [review("pr1", who, "commented", "03-03 10:00") for who in ("ana", "bo", "checker[bot]")],
    })  # fmt: skip
    await derive()
    assert await done(read, "person_id, pr_id", "review") == [("person:github:user:bo", "pr1")]
    assert await done(read, "at", "push") == [(at("03-02 10:00"),), (at("03-02 11:00"),)]
    assert await done(read, "person_id, at", "commit") == [
        ("person:github:user:ana", at("03-04 10:00")),
        ("person:github:user:bo", at("03-04 12:00")),
    ]


async def test_working_hours_are_those_of_the_person(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """Ana works from Tokyo, Bo by the hours and zone of his team; without any zone nothing is said; a holiday is no working day."""
    ana = PersonEntry(person="ana", github=["ana"], jira=["a1"])
    night = Team(key="night", timezone="UTC", working_hours="Mon-Fri 20:00-23:00", members=[Membership(person="bo")])
    config = PulseConfig(org=Organisation(holidays=["2026-03-04"]), people=[ana], teams=[night])
    reviews = [
        review("pr1", "ana", "commented", "03-02 01:00"), review("pr1", "ana", "commented", "03-02 10:00"), review("pr1", "ana", "commented", "03-04 01:00"),
        review("pr1", "bo", "commented", "03-02 21:00"), review("pr1", "bo", "commented", "03-03 10:00"), review("pr1", "cy", "commented", "03-02 10:30"),
    ]  # fmt: skip
    await store({
        code.repository: [repository()], people.identity: [*PEOPLE, account("cy"), account("dee")],
        code.pull_request: [pull(1, "03-01 09:00", author="dee")], code.review: reviews,
    })  # fmt: skip
    await derive(today.with_config(config))
    found = {(row["login"], row["at"]): row["off_hours"] for row in await read(
        "select i.login, a.at, a.off_hours from fact_activity a join identity i on i.person_id = a.person_id and i.source = 'github'")}  # fmt: skip
    assert found == {
        ("ana", at("03-02 01:00")): False, ("ana", at("03-02 10:00")): True, ("ana", at("03-04 01:00")): True, ("bo", at("03-02 21:00")): False,
        ("bo", at("03-03 10:00")): True, ("cy", at("03-02 10:30")): None,
    }  # fmt: skip


async def test_fresh_lines_are_those_in_files_merged_less_than_three_weeks_before(store: Store, derive: Derive, read: Read) -> None:
    """Exactly 21 days is no longer fresh; another repository's file of the same path is another file; a cut list of files says nothing."""
    other = repository("api", "github:repo:2")
    pulls = [
        pull(1, "03-01 09:00", "03-02 09:00"), pull(2, "03-01 09:00", "03-23 09:00"), pull(3, "03-01 09:00", "03-24 09:00"),
        pull(4, "03-01 09:00", "03-24 10:00", repo_id="github:repo:2"), pull(5, "03-01 09:00", "03-25 09:00", files_truncated=True),
    ]  # fmt: skip
    files = [
        ("pr1", "a.py", 5),
        ("pr2", "a.py", 7),
        ("pr3", "a.py", 3),
        ("pr3", "b.py", 2),
        ("pr3", "uv.lock", 90),
        ("pr4", "a.py", 4),
        ("pr5", "a.py", 6),
    ]
    await store({
        code.repository: [repository(), other], code.pull_request: pulls,
        code.pr_file: [{"pr_id": pr, "path": path, "additions": lines, "deletions": 0} for pr, path, lines in files],
    })  # fmt: skip
    await derive()
    found = await read("select early_lines, size_lines from fact_pull_request order by id")
    assert [row["early_lines"] for row in found] == [0, 0, 3, 0, None]
