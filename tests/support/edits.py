"""A made-up company of three repositories, and random changes of its rows as connectors and people would make them."""

import random
from collections.abc import Callable
from datetime import timedelta

import second_opinion
from deriving import Row, Rows, account, commit, deployed, issue, moved, repository, review
from second_opinion import DAY, HOUR, START
from sqlalchemy import Table

from store.tables import code, delivery, people, work

NAMES = ("web", "api", "app")
EVERYBODY = (*second_opinion.PEOPLE, "zoe")
"""Zoe's account is known late."""
OWN_KEYS = ("id", "sha", "pr_id", "issue_id")


def start(seed: int) -> Rows:
    """Three companies beside each other, told apart by the name of their repository."""
    rows: Rows = {people.identity: [account(login) for login in second_opinion.PEOPLE]}
    rows[people.source_team] = [{"id": f"team:{name}", "site": "github", "key": name, "external_id": f"acme/{name}"} for name in NAMES]
    for place, name in enumerate(NAMES):
        made = second_opinion.company(seed * 10 + place)
        rows.setdefault(code.repository, []).append(repository(name, f"github:repo:{place + 1}"))
        parts = (
            (code.commit, made.commits), (delivery.deployment, made.deployments), (delivery.incident, made.incidents), (code.pull_request, made.pulls),
            (code.pr_event, made.events), (code.review, made.reviews), (work.issue, made.issues), (work.issue_transition, made.moves),
        )  # fmt: skip
        for table, found in parts:
            rows.setdefault(table, []).extend(_named(row, name, place) for row in found)
    return rows


def _named(row: Row, name: str, place: int) -> Row:
    made = {key: f"{name}-{value}" if key in OWN_KEYS else value for key, value in row.items()}
    fixed = {"repo_id": f"github:repo:{place + 1}", "service_id": f"service:{name}", "project_key": name.upper()}
    made |= {key: value for key, value in fixed.items() if key in row}
    if "parents" in row:
        made["on_default_branch"] = True
        made["parents"] = [f"{name}-{sha}" for sha in row["parents"]]
    if "key" in row:
        made["key"] = f"{name.upper()}-{row['key'].split('-')[1]}"
    if "finished_at" in row:
        made["deleted_at"] = None
    return made


class Edits:
    """Changes drawn by chance; `rows` is what is stored now."""

    def __init__(self, seed: int, rows: Rows) -> None:
        self.dice = random.Random(seed)
        self.rows = rows
        self.made = 0
        self.kinds: tuple[Callable[[], Rows], ...] = (
            self.pull, self.pull, self.commit_of_pull, self.commit, self.review, self.issue, self.issue, self.move, self.deployment, self.deployment,
            self.incident, self.incident, self.late_issue, self.sprint, self.release, self.correction, self.status,
            self.account, self.account, self.member,
        )  # fmt: skip

    def draw(self) -> Rows:
        """Rows to be stored."""
        self.made += 1
        return self.dice.choice(self.kinds)()

    def some(self, table: Table) -> Row:
        """Any stored row."""
        return self.dice.choice(self.rows[table])

    def change(self, table: Table, **options: list[object]) -> Rows:
        """A stored row with one to three other values."""
        row = self.some(table)
        for name in self.dice.sample(sorted(options), min(len(options), self.dice.randint(1, 3))):
            row[name] = self.dice.choice(options[name])
        return {table: [row]}

    def add(self, table: Table, row: Row) -> Rows:
        """A new row."""
        self.rows.setdefault(table, []).append(row)
        return {table: [row]}

    def moment(self) -> object:
        """Some time of the company's first weeks."""
        return START + self.dice.randrange(900) * HOUR + timedelta(minutes=self.made % 60)

    def named(self) -> str:
        """What texts may name: issues, pull requests and commits, also such that do not exist."""
        name, number = self.dice.choice(NAMES), self.dice.randrange(70)
        said = (f"{name.upper()}-{number}", f"LATE-{number % 9}", f"Fixes acme/{name}#{number % 9}", f"Reverts acme/{name}#{number}")
        return self.dice.choice([*said, f"Reverts #{number}", f"This reverts commit {name}-s{number}", "nothing"])

    def pull(self) -> Rows:
        """A pull request is merged, renamed, labelled, taken back or deleted."""
        merged = self.moment()
        return self.change(
            code.pull_request, merged_at=[None, merged], title=[self.named()], body=[self.named(), None], labels=[[], ["hotfix"], ["ai-assisted"]],
            assignee_ids=[[f"github:user:{self.dice.choice(EVERYBODY)}"]],
            base_ref=["main", "main", "release"], merge_commit_sha=[f"{self.dice.choice(NAMES)}-s{self.dice.randrange(120)}"],
            author_id=[f"github:user:{self.dice.choice(EVERYBODY)}"], deleted_at=[None, None, None, merged], closed_at=[merged, None],
        )  # fmt: skip

    def commit_of_pull(self) -> Rows:
        """A pull request gets a commit."""
        pull = self.some(code.pull_request)
        sha = self.dice.choice([row["sha"] for row in self.rows[code.commit] if row["repo_id"] == pull["repo_id"]])
        return {code.pr_commit: [{"pr_id": pull["id"], "sha": sha, "position": 0}]}

    def commit(self) -> Rows:
        """A commit arrives on top, or one is read again with another message."""
        if self.dice.random() < 0.5:
            author = f"github:user:{self.dice.choice(EVERYBODY)}"
            return self.change(code.commit, message=[self.named()], authored_at=[self.moment()], author_id=[author])
        below = self.some(code.commit)
        name = below["sha"].split("-")[0]
        return self.add(
            code.commit, {**commit(f"{name}-n{self.made}", below["sha"]), "repo_id": below["repo_id"], "committed_at": self.moment()}
        )

    def review(self) -> Rows:
        """Somebody reviews."""
        made = review(self.some(code.pull_request)["id"], self.dice.choice(EVERYBODY), "approved", "03-01 10:00")
        file = {"pr_id": made["pr_id"], "path": f"src/{self.dice.randrange(5)}.py", "additions": self.made, "deletions": 1}
        return {code.review: [{**made, "id": f"n{self.made}", "submitted_at": self.moment()}], code.pr_file: [file]}

    def issue(self) -> Rows:
        """An issue changes its type, parent, class or end."""
        other = self.some(work.issue)
        return self.change(
            work.issue, type=["Story", "Incident", "Epic", "Bug"], level=["item", "epic"], epic_id=[None, other["id"]], epic_key=[None, other["key"]],
            parent_id=[None, other["id"]], work_class_field=[None, "debt", "feature"], deleted_at=[None, None, self.moment()],
            labels=[[], ["incident"], ["work-class: risk"]], resolution=[None, "Duplicate", "Done"], service_name=[None, *NAMES],
            caused_by_ref=[None, f"acme/{self.dice.choice(NAMES)}#{self.dice.randrange(60)}"], resolved_at=[None, self.moment()],
            assignee_id=[None, f"github:user:{self.dice.choice(EVERYBODY)}"],
        )  # fmt: skip

    def move(self) -> Rows:
        """An issue moves."""
        made = moved(self.some(work.issue)["id"], "03-01 10:00", self.dice.choice(["todo", "in_progress", "done"]))
        return {work.issue_transition: [{**made, "id": f"n{self.made}", "at": self.moment()}]}

    def deployment(self) -> Rows:
        """A deployment happens, or turns out otherwise."""
        name = self.dice.choice(NAMES)
        sha = f"{name}-s{self.dice.randrange(120)}"
        if self.dice.random() < 0.5:
            return self.change(
                delivery.deployment, status=["success", "failure"], finished_at=[self.moment()], deleted_at=[None, self.moment()]
            )
        made = deployed(f"{name}-x{self.made}", sha, "03-01 10:00", repo_id=f"github:repo:{NAMES.index(name) + 1}")
        given = {"service_id": f"service:{self.dice.choice(NAMES)}", "source": "api"} if self.dice.random() < 0.1 else {}
        return self.add(delivery.deployment, {**made, "finished_at": self.moment(), "deleted_at": None, **given})

    def incident(self) -> Rows:
        """An incident ends, moves, or is laid to something."""
        number = self.dice.randrange(60)
        name = self.dice.choice(NAMES)
        refs = [None, f"acme/{name}#{number}", f"{name}-x{number}", f"https://x.test/commit/{name}-s{number}"]
        return self.change(
            delivery.incident, resolved_at=[None, self.moment()], service_id=[None, f"service:{name}"], caused_by_ref=refs, duplicate=[False, False, True],
            caused_by_deployment_id=[None, f"{name}-d{number:02}"], started_at=[self.moment()],
        )  # fmt: skip

    def late_issue(self) -> Rows:
        """An issue comes after the words about it."""
        if self.dice.random() < 0.5:
            return self.add(work.issue, issue(f"LATE-{self.dice.randrange(9)}", type=self.dice.choice(["Incident", "Story"])))
        name, number = self.dice.choice(NAMES), self.dice.randrange(9)
        made = issue(f"acme/{name}#{number}", project_key=f"acme/{name}")
        return self.add(work.issue, {**made, "site": "github", "source": "github"})

    def sprint(self) -> Rows:
        """An issue joins a sprint."""
        number = self.dice.randrange(3)
        stay = {
            "sprint_id": f"sprint{number}",
            "issue_id": self.some(work.issue)["id"],
            "added_at": START + self.dice.choice([-1, 1]) * DAY,
            "points_at_start": self.made,
        }
        made = {
            "id": f"sprint{number}",
            "site": "jira",
            "external_id": str(number),
            "state": self.dice.choice(["active", "closed"]),
            "name": str(self.made),
        }
        made |= {"started_at": START, "completed_at": self.dice.choice([None, self.moment()])}
        return {work.sprint: [made], work.sprint_issue: [stay]}

    def release(self) -> Rows:
        """A release is published."""
        number = self.dice.randrange(3) + 1
        made = {
            "id": f"rel{self.made}",
            "site": "github",
            "repo_id": f"github:repo:{number}",
            "tag": f"v{self.made}",
            "published_at": self.moment(),
        }
        return {delivery.release: [{**made, "draft": False, "prerelease": False}]}

    def correction(self) -> Rows:
        """A person says which deployment an incident is laid to."""
        made = {
            "incident_id": self.some(delivery.incident)["id"],
            "deployment_id": self.dice.choice([None, self.some(delivery.deployment)["id"]]),
        }
        return {delivery.incident_correction: [made]}

    def status(self) -> Rows:
        """A deployment reports how it goes."""
        made = {"id": f"s{self.made}", "deployment_id": self.some(delivery.deployment)["id"], "at": self.moment()}
        return {delivery.deployment_status: [{**made, "state": self.dice.choice(["success", "failure", "inactive", "in_progress"])}]}

    def account(self) -> Rows:
        """An account comes, turns out to be a bot's, or to be of the same person as another."""
        if self.dice.random() < 0.3:
            return self.add(people.identity, account("zoe", time_zone=self.dice.choice([None, "Asia/Tokyo"])))
        return self.change(
            people.identity, account_type=["User", "Bot"], time_zone=[None, "Europe/Berlin", "Nowhere"], display_name=["Ana", "Bo"],
            verified_email=[None, "ana@acme.test", "bo@acme.test"],
        )  # fmt: skip

    def member(self) -> Rows:
        """Somebody joins a team."""
        who = self.some(people.identity)["id"]
        return {people.source_team_member: [{"team_id": self.some(people.source_team)["id"], "identity_id": who}]}
