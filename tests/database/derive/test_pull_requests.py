"""R7, R9, R10, R12 and R13 for pull requests."""

import json
from pathlib import Path
from typing import Any

import pytest
from deriving import Derive, Read, Store, account, at, commit, event, issue, pull, repository, review
from sqlalchemy import text

from etl.derive.words import PATTERNS
from store.config import Membership, Metrics, PersonEntry, PulseConfig, Team
from store.database import Database
from store.settings import Settings
from store.tables import code, people, work

PEOPLE = [account(login) for login in ("ana", "bo", "cy")] + [
    account("checker[bot]", account_type="Bot"),
    account("copilot-swe-agent[bot]"),
]


async def fact(read: Read, columns: str, key: str = "pr1") -> dict[str, Any]:
    """Some columns of one pull request's fact."""
    return (await read(f"select {columns} from fact_pull_request where id = '{key}'"))[0]


async def test_a_draft_is_ready_when_it_is_first_offered(store: Store, derive: Derive, read: Read) -> None:
    """Going back to draft and out again does not move the first moment; one merged as a draft was ready when it was merged; an open draft never."""
    pulls = [
        pull(1, "03-02 09:00", "03-06 09:00", created_as_draft=True), pull(2, "03-02 09:00", "03-06 09:00", created_as_draft=True),
        pull(3, "03-02 09:00", created_as_draft=True, is_draft=True), pull(4, "03-02 09:00", "03-06 09:00"),
    ]  # fmt: skip
    events = [event("pr1", "ready_for_review", "03-03 09:00"), event("pr1", "converted_to_draft", "03-04 09:00")]
    events += [
        event("pr1", "ready_for_review", "03-05 09:00"),
        event("pr4", "converted_to_draft", "03-03 09:00"),
        event("pr4", "ready_for_review", "03-04 09:00"),
    ]
    await store({code.repository: [repository()], code.pull_request: pulls, code.pr_event: events})
    await derive()
    found = {row["id"]: row["ready_at"] for row in await read("select id, ready_at from fact_pull_request")}
    assert found == {"pr1": at("03-03 09:00"), "pr2": at("03-06 09:00"), "pr3": None, "pr4": at("03-02 09:00")}


async def test_a_review_at_the_moment_of_the_merge_counts_and_later_ones_do_not(store: Store, derive: Derive, read: Read) -> None:
    """Reviews count up to and including the merge; a machine's or the author's do not make a pull request reviewed."""
    pulls = [pull(n, "03-02 09:00", "03-03 09:00") for n in (1, 2, 3)]
    reviews = [
        review("pr1", "bo", "approved", "03-03 09:00"), review("pr2", "bo", "approved", "03-03 09:01"), review("pr2", "ana", "commented", "03-02 10:00"),
        review("pr3", "checker[bot]", "approved", "03-02 10:00"),
    ]  # fmt: skip
    await store({code.repository: [repository()], people.identity: PEOPLE, code.pull_request: pulls, code.review: reviews})
    await derive()
    found = await read(
        "select id, first_review_at, reviewed_before_merge, approved_before_merge, ai_reviewed_only from fact_pull_request order by id"
    )
    assert [tuple(row.values()) for row in found] == [
        ("pr1", at("03-03 09:00"), True, True, False),
        ("pr2", None, False, False, False),
        ("pr3", None, False, False, True),
    ]


async def test_an_approval_that_was_dismissed_later_is_none(store: Store, derive: Derive, read: Read) -> None:
    """The last approval that still stands counts; who dismissed their own is not among them."""
    reviews = [
        review("pr1", "cy", "approved", "03-02 10:00"),
        review("pr1", "bo", "approved", "03-02 12:00"),
        review("pr1", "bo", "dismissed", "03-02 13:00"),
    ]
    await store(
        {
            code.repository: [repository()],
            people.identity: PEOPLE,
            code.pull_request: [pull(1, "03-02 09:00", "03-03 09:00")],
            code.review: reviews,
        }
    )
    await derive()
    assert await fact(read, "last_approval_at") == {"last_approval_at": at("03-02 10:00")}


async def test_comments_are_reviews_only_where_the_settings_say_so(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """A plain comment is no review by default."""
    rows = {code.pull_request: [pull(1, "03-02 09:00", "03-03 09:00")], code.pr_event: [event("pr1", "commented", "03-02 10:00", "bo")]}
    await store({code.repository: [repository()], people.identity: PEOPLE, **rows})
    await derive()
    assert await fact(read, "first_review_at, reviews") == {"first_review_at": None, "reviews": 0}
    await derive(today.with_config(PulseConfig(metrics=Metrics(comments_count_as_review=True))))
    assert await fact(read, "first_review_at, reviews") == {"first_review_at": at("03-02 10:00"), "reviews": 1}


async def test_commits_after_a_review_begin_a_new_round(store: Store, derive: Derive, read: Read) -> None:
    """GitHub tells of forced pushes only, so a commit made between two reviews parts them like a push."""
    reviews = [
        review("pr1", "bo", "changes_requested", "03-02 10:00"),
        review("pr1", "bo", "commented", "03-02 11:00"),
        review("pr1", "bo", "approved", "03-02 13:00"),
    ]
    await store(
        {
            code.repository: [repository()],
            people.identity: PEOPLE,
            code.pull_request: [pull(1, "03-02 09:00", "03-03 09:00")],
            code.review: reviews,
        }
    )
    await store({code.commit: [commit("a", when="03-02 08:00"), commit("b", "a", when="03-02 12:00")]})
    await store({code.pr_commit: [{"pr_id": "pr1", "sha": sha, "position": n} for n, sha in enumerate("ab")]})
    await derive()
    assert await fact(read, "review_rounds, reviews, first_commit_at") == {
        "review_rounds": 2,
        "reviews": 3,
        "first_commit_at": at("03-02 08:00"),
    }


@pytest.mark.parametrize(
    ("path", "generated"),
    [
        ("package-lock.json", True), ("web/yarn.lock", True), ("uv.lock", True), ("go.sum", True), ("vendor/x.go", True), ("web/node_modules/a.js", True),
        ("dist/app.js", True), ("a.min.css", True), ("api/user_pb2.py", True), ("tests/__snapshots__/a.snap", True), ("src/locking.py", False),
        ("src/distance.py", False), ("vendors.py", False), ("admin.js", False), ("lock", False),
    ],
)  # fmt: skip
async def test_generated_files_have_no_size(db: Database, path: str, generated: bool) -> None:
    """Lock files, vendored and built files, minified ones and snapshots are no work of people."""
    async with db.connect() as connection:
        from_words = (await connection.execute(text("select :path ~* :pattern"), {"path": path, "pattern": PATTERNS["generated"]})).scalar()
    assert from_words is generated


async def test_a_truncated_file_list_falls_back_to_the_totals(store: Store, derive: Derive, read: Read) -> None:
    """Fewer files listed than changed: the pull request's own totals stand, and it is flagged; nothing known is null, not 0."""
    pulls = [
        pull(1, "03-02 09:00", "03-03 09:00", additions=700, deletions=50, changed_files=2), pull(2, "03-02 09:00", "03-03 09:00"),
        pull(3, "03-02 09:00", "03-03 09:00", additions=0, deletions=0, changed_files=0),
        pull(4, "03-02 09:00", "03-03 09:00", additions=900, deletions=0, changed_files=1),
    ]  # fmt: skip
    files = [{"pr_id": "pr1", "path": "a.py", "additions": 10, "deletions": 0, "generated": None}]
    files += [{"pr_id": "pr4", "path": "api.py", "additions": 900, "deletions": 0, "generated": True}]
    await store({code.repository: [repository()], code.pull_request: pulls, code.pr_file: files})
    await derive()
    found = await read("select id, size_lines, size_bucket, files_missing from fact_pull_request order by id")
    assert [tuple(row.values()) for row in found] == [
        ("pr1", 750, "XL", True),
        ("pr2", None, None, True),
        ("pr3", 0, "XS", False),
        ("pr4", 0, "XS", False),
    ]


@pytest.mark.parametrize(
    ("more", "reverts"),
    [
        ({"head_ref": "revert-1-work/1"}, "pr1"), ({"body": "Reverts acme/web#1"}, "pr1"), ({"body": "reverts #1."}, "pr1"),
        ({"body": "This reverts commit abcdef1234567890."}, "pr1"), ({"body": "Reverts acme/other#1"}, None), ({"head_ref": "revert-99-x"}, None),
        ({"title": "Revert nothing"}, None),
    ],
)  # fmt: skip
async def test_a_revert_names_what_it_takes_back(
    store: Store, derive: Derive, read: Read, more: dict[str, str], reverts: str | None
) -> None:
    """By branch, by reference in the body, or by the reverted sha; of the same repository unless another is named."""
    first = pull(1, "03-01 10:00", "03-02 10:00", merge_commit_sha="abcdef1234567890aaaa")
    await store({code.repository: [repository()], code.pull_request: [first, pull(2, "03-03 10:00", "03-04 10:00", **more)]})
    await derive()
    assert await fact(read, "reverts_pr_id", "pr2") == {"reverts_pr_id": reverts}
    assert await fact(read, "reverted_by_pr_id, reverted_at") == {
        "reverted_by_pr_id": reverts and "pr2",
        "reverted_at": at("03-04 10:00") if reverts else None,
    }


async def test_the_team_is_the_primary_one_at_the_merge(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """A move does not rewrite the past; an agent's work belongs to the team of whom it was assigned to."""
    pulls = [
        pull(1, "03-02 09:00", "03-05 09:00"), pull(2, "03-02 09:00", "03-16 00:00"), pull(3, "03-02 09:00"),
        pull(4, "03-02 09:00", "03-17 09:00", author="copilot-swe-agent[bot]", assignee_ids=["github:user:ana"]),
    ]  # fmt: skip
    await store({code.repository: [repository()], people.identity: PEOPLE, code.pull_request: pulls})
    core = [Membership.model_validate({"person": "ana", "to": "2026-03-16"})]
    apps = [Membership.model_validate({"person": "ana", "from": "2026-03-16"})]
    await derive(today.with_config(PulseConfig(teams=[Team(key="core", members=core), Team(key="apps", members=apps)])))
    found = {row["id"]: row["team"] for row in await read("select id, team from fact_pull_request")}
    assert found == {"pr1": "core", "pr2": "apps", "pr3": "apps", "pr4": "apps"}


async def test_days_of_membership_begin_at_local_midnight(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """A date in pulse.yaml is a day of the organisation's time zone."""
    await store({people.identity: PEOPLE})
    config = {"org": {"timezone": "America/New_York"}, "teams": [{"key": "core", "members": [{"person": "ana", "from": "2026-03-16"}]}]}
    await derive(today.with_config(PulseConfig.model_validate(config)))
    assert await read("select valid_from from team_member") == [{"valid_from": at("03-16 04:00")}]


@pytest.mark.parametrize(
    ("message", "level"),
    [
        ("Co-authored-by: Claude <noreply@anthropic.com>", "assisted"), ("Co-authored-by: Claude Opus 4.5 <noreply@anthropic.com>", "assisted"),
        ("Assisted-by: GitHub Copilot", "assisted"), ("Generated-by: Cursor", "assisted"), ("Co-Authored-By: copilot <copilot@github.com>", "assisted"),
        ("Co-authored-by: Claude Monet <claude.monet@acme.example>", "none"), ("Co-authored-by: Bo <bo@acme.example>", "none"),
        ("Move the cursor: generated keys stay", "none"), ("🤖 Generated with [Claude Code](https://claude.example)", "assisted"),
    ],
)  # fmt: skip
async def test_ai_is_told_by_markers_alone(store: Store, derive: Derive, read: Read, message: str, level: str) -> None:
    """Trailers and footers of tools count, squash messages included; a person who shares a tool's name is a person."""
    squash = commit("m", when="03-02 11:00", message=f"Change 1 (#1)\n\n{message}")
    await store(
        {
            code.repository: [repository()],
            code.pull_request: [pull(1, "03-02 09:00", "03-02 11:00", merge_commit_sha="m")],
            code.commit: [squash],
        }
    )
    await derive()
    assert await fact(read, "ai_level") == {"ai_level": level}


async def test_who_is_a_bot(store: Store, derive: Derive, read: Read, today: Settings, evidence: Path) -> None:
    """Every login that ends in [bot] is an app; known bots and configured ones too; all others are people unless GitHub says Bot."""
    listed = json.loads((evidence / "dora" / "middleware-bot-names.json").read_text(encoding="utf-8"))["cases"]
    apps = {case["inputs"]["login"] for case in listed if case["inputs"]["login"].endswith("[bot]")}
    logins = apps | {"dependabot", "renovate", "github-actions", "acme-ci", "robotics", "sabotage", "ana"}
    await store(
        {
            people.identity: [account(login) for login in sorted(logins)]
            + [account("helper", account_type="Bot"), account("jules", account_type="User")]
        }
    )
    await derive(today.with_config(PulseConfig(bots=["acme-ci"])))
    found = await read("select i.login, p.author_type from identity i join person p on p.id = i.person_id")
    humans = {row["login"] for row in found if row["author_type"] == "human"}
    assert apps
    assert humans == {"robotics", "sabotage", "ana", "jules"}


async def test_issue_links_need_an_issue_that_exists(store: Store, derive: Derive, read: Read) -> None:
    """Keys in branch, title and commits, in any case of a branch; look-alikes such as UTF-8 link nothing; closing keywords link GitHub issues."""
    pulls = [
        pull(1, "03-02 09:00", head_ref="feature/pay-7-limits"), pull(2, "03-02 09:00", title="PAY-7: encode as UTF-8"),
        pull(3, "03-02 09:00", body="Fixes #12 and closes acme/other#13"), pull(4, "03-02 09:00", title="PAY-70 is another"),
    ]  # fmt: skip
    github = issue("acme/web#12", source="github", site="github", project_key="acme/web")
    await store({code.repository: [repository()], code.pull_request: pulls, work.issue: [issue("PAY-7", work_class_field="ktlo"), github]})
    await derive()
    assert await read("select issue_id, pr_id, link_kind from issue_pr order by pr_id") == [
        {"issue_id": "PAY-7", "pr_id": "pr1", "link_kind": "branch"},
        {"issue_id": "PAY-7", "pr_id": "pr2", "link_kind": "title"},
        {"issue_id": "acme/web#12", "pr_id": "pr3", "link_kind": "closing_keyword"},
    ]
    assert await fact(read, "has_issue_link, work_class") == {"has_issue_link": True, "work_class": "ktlo"}


async def test_accounts_of_one_person_are_one_author_and_reviewer(store: Store, derive: Derive, read: Read, today: Settings) -> None:
    """Who reviews their own work from a second account has not reviewed it."""
    await store(
        {
            code.repository: [repository()],
            people.identity: PEOPLE,
            code.pull_request: [pull(1, "03-02 09:00", "03-03 09:00", merged_by_id="github:user:bo")],
        }
    )
    await store({code.review: [review("pr1", "bo", "approved", "03-02 10:00")]})
    await derive(today.with_config(PulseConfig(people=[PersonEntry(person="ana@acme.example", github=["ana", "bo"])])))
    assert await fact(read, "reviewed_before_merge, self_merged, author_person_id") == {
        "reviewed_before_merge": False,
        "self_merged": True,
        "author_person_id": "person:ana@acme.example",
    }


async def test_a_pull_request_closed_for_its_successor_is_superseded(store: Store, derive: Derive, read: Read) -> None:
    """Closed without a merge while the same branch was merged by another one."""
    closed = {"state": "closed", "closed_at": at("03-03 09:00")}
    pulls = [pull(1, "03-02 09:00", **closed), pull(2, "03-03 10:00", "03-04 09:00", head_ref="work/1"), pull(3, "03-02 09:00", **closed)]
    await store({code.repository: [repository()], code.pull_request: pulls})
    await derive()
    assert [row["id"] for row in await read("select id from fact_pull_request where is_superseded")] == ["pr1"]


async def test_activity_of_machines_does_not_keep_a_pull_request_alive(store: Store, derive: Derive, read: Read) -> None:
    """Reviews, comments and commits of people count; a bot's comment does not."""
    events = [event("pr1", "commented", "03-05 09:00", "bo"), event("pr1", "commented", "03-09 09:00", "checker[bot]")]
    await store(
        {code.repository: [repository()], people.identity: PEOPLE, code.pull_request: [pull(1, "03-02 09:00")], code.pr_event: events}
    )
    await derive()
    assert await fact(read, "last_human_activity_at") == {"last_human_activity_at": at("03-05 09:00")}
