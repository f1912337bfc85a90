"""Writes the history of one repository as GitHub has it at `now`: commits, branches, pull requests."""

import bisect
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from etl.demo.company.clock import Dice
from etl.demo.company.files import files_of
from etl.demo.company.jira_model import Comment
from etl.demo.company.model import Commit, Event, EventKind, PullRequest, Repository, Review
from etl.demo.company.plan import PullPlan
from etl.demo.company.pull_texts import PullTexts, git_email
from etl.demo.company.staff import LEADS

WEB = "web-flow"
"""The committer of what GitHub itself commits."""


@dataclass
class Branch:
    """A long-lived branch: its first-parent chain and when each commit arrived."""

    shas: list[str] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)

    def add(self, sha: str, at: datetime) -> None:
        """Advance the head."""
        self.shas.append(sha)
        self.times.append(at)

    def head_at(self, when: datetime) -> str:
        """The head at that instant; the first commit for everything earlier."""
        return self.shas[max(bisect.bisect_right(self.times, when) - 1, 0)]


class RepositoryHistory:
    """The history of one repository; `build` fills everything in."""

    def __init__(self, home: Repository, plans: list[PullPlan], now: datetime) -> None:
        self.home, self.now = home, now
        self.plans = [plan for plan in plans if plan.opened <= now]
        self.commits: dict[str, Commit] = {}
        self.branches = {name: Branch() for name in dict.fromkeys([home.default_branch, home.work_branch])}
        self.pulls: list[PullRequest] = []
        self.head_after: dict[int, str] = {}
        """Head of the base branch after a plan (by `id`) was merged."""
        self._own: dict[int, tuple[Commit, ...]] = {}
        self._promoted = 0

    def build(self) -> None:
        """Commits and merges in order of time, then the pull requests."""
        first = self._commit(LEADS[self.home.team], self.home.created_at, "Initial commit", (), "first")
        for branch in self.branches.values():
            branch.add(first.sha, self.home.created_at)
        merged = [plan for plan in self.plans if plan.merged is not None and plan.merged <= self.now]
        for plan in sorted(merged, key=lambda plan: (plan.merged, plan.serial)):
            self._merge(plan)
        for plan in sorted(self.plans, key=lambda plan: plan.number):
            if plan.kind != "direct":
                self.pulls.append(self._pull(plan))

    def _commit(
        self,
        author: str,
        at: datetime,
        message: str,
        parents: tuple[str, ...],
        salt: str,
        committed: datetime | None = None,
        email: str = "",
    ) -> Commit:
        sha = hashlib.sha1(f"{self.home.name}/{salt}/{'/'.join(parents)}".encode(), usedforsecurity=False).hexdigest()
        made = Commit(
            sha,
            self.home.name,
            author,
            email or git_email(author, Dice(salt)),
            WEB if committed else author,
            at,
            committed or at,
            message,
            parents,
        )
        self.commits[sha] = made
        return made

    def _texts(self, plan: PullPlan) -> PullTexts:
        return PullTexts(plan, Dice(plan.serial, "texts"))

    def _branch_commits(self, plan: PullPlan) -> tuple[Commit, ...]:
        """The commits of the branch so far, oldest first."""
        known = self._own.get(id(plan))
        if known is not None:
            return known
        if plan.kind == "promotion":
            made = self._to_promote(plan)
        else:
            dice, texts = Dice(plan.serial, "commits"), self._texts(plan)
            parent = self.branches[plan.base].head_at(plan.commits[0])
            made = ()
            for position, at in enumerate(sorted(plan.commits)):
                message, email = texts.commit_message(position, dice), git_email(plan.author, dice)
                if at > self.now and position:
                    break
                made += (self._commit(plan.author, at, message, (parent,), f"{plan.serial}/{position}", email=email),)
                parent = made[-1].sha
        self._own[id(plan)] = made
        return made

    def _to_promote(self, plan: PullPlan) -> tuple[Commit, ...]:
        """Everything on the work branch since the last promotion, side branches included."""
        work = self.branches[self.home.work_branch]
        end = bisect.bisect_right(work.times, plan.opened)
        fresh: list[Commit] = []
        for sha in work.shas[max(self._promoted, 1) : end]:
            head = self.commits[sha]
            side, stop = head.parents[-1], head.parents[0]
            line: list[Commit] = []
            while len(head.parents) > 1 and side != stop and self.commits[side].parents and side not in work.shas:
                line.append(self.commits[side])
                side = self.commits[side].parents[0]
            fresh += [*reversed(line), head]
        self._promoted = end
        return tuple(fresh)

    def _merge(self, plan: PullPlan) -> None:
        if plan.merged is None:
            return
        branch, own = self.branches[plan.base], self._branch_commits(plan)
        if plan.kind == "direct":
            branch.add(own[-1].sha, plan.merged)
        elif self.home.merge_method == "rebase":
            self._rebase(plan, branch, own)
        elif self.home.merge_method == "merge" or plan.kind == "promotion":
            text = self._texts(plan).merge_message()
            made = self._commit(
                plan.merged_by or plan.author, plan.merged, text, (branch.shas[-1], own[-1].sha), f"{plan.serial}/merge", plan.merged
            )
            branch.add(made.sha, plan.merged)
        else:
            self._squash(plan, branch, own)
        self.head_after[id(plan)] = branch.shas[-1]

    def _rebase(self, plan: PullPlan, branch: Branch, own: Iterable[Commit]) -> None:
        for position, commit in enumerate(own):
            copied = self._commit(
                plan.author,
                commit.authored_at,
                commit.message,
                (branch.shas[-1],),
                f"{plan.serial}/rebased/{position}",
                plan.merged,
                commit.author_email,
            )
            branch.add(copied.sha, copied.committed_at)

    def _squash(self, plan: PullPlan, branch: Branch, own: tuple[Commit, ...]) -> None:
        text = self._texts(plan).squash_message([commit.message for commit in own])
        merged = plan.merged or plan.opened
        made = self._commit(plan.author, merged, text, (branch.shas[-1],), f"{plan.serial}/squash", merged, own[0].author_email)
        branch.add(made.sha, merged)

    def _pull(self, plan: PullPlan) -> PullRequest:
        texts, own = self._texts(plan), self._branch_commits(plan)
        files = files_of(plan, Dice(plan.serial, "files"))
        reviews, comments = self._reviews(plan, own), self._comments(plan)
        events = self._events(plan, own)
        merged = plan.merged if plan.merged is not None and plan.merged <= self.now else None
        closings = [(at, kind) for at, kind, _ in plan.closings if at <= self.now]
        shut = closings[-1][0] if closings and closings[-1][1] == "closed" else None
        pull = PullRequest(
            id=self._id(plan),
            repo=self.home.name,
            number=plan.number,
            title=texts.title,
            body=texts.body,
            author=plan.author,
            created_at=plan.opened,
            updated_at=plan.opened,
            created_as_draft=plan.draft_until is not None,
            is_draft=plan.draft_until is not None and plan.draft_until > self.now,
            base_ref=plan.base,
            base_sha=self.branches[plan.base].head_at(plan.commits[0]),
            head_ref=texts.branch,
            labels=plan.labels,
            assignees=(plan.requester,) if plan.requester else (),
            requested_reviewers=self._awaited(plan, merged or shut),
            commits=own,
            files=files,
            reviews=reviews,
            comments=comments,
            events=events,
            closed_at=merged or shut,
            merged_at=merged,
            merged_by=plan.merged_by if merged else None,
            merge_sha=self.head_after.get(id(plan)),
        )
        return replace(pull, updated_at=_latest(pull))

    def _id(self, plan: PullPlan) -> int:
        return (self.home.id % 1000) * 10_000_000 + 1_000_000_000 + plan.number * 100

    def _awaited(self, plan: PullPlan, ended: datetime | None) -> tuple[str, ...]:
        answered = {reviewer for at, reviewer, _ in plan.reviews if at <= self.now}
        return () if ended else tuple(person for at, person in plan.requests if at <= self.now and person not in answered)

    def _reviews(self, plan: PullPlan, own: tuple[Commit, ...]) -> tuple[Review, ...]:
        made = []
        for turn, (at, reviewer, state) in enumerate(sorted(plan.reviews)):
            if at <= self.now:
                seen = [commit for commit in own if commit.committed_at <= at] or [own[0]]
                body = "" if state == "APPROVED" else "Please look at my comments."
                made.append(Review(self._id(plan) + turn, reviewer, state, at, seen[-1].sha, body))
        return tuple(made)

    def _comments(self, plan: PullPlan) -> tuple[Comment, ...]:
        return tuple(
            Comment(self._id(plan) + 20 + turn, who, at, text)
            for turn, (at, who, text) in enumerate(sorted(plan.comments))
            if at <= self.now
        )

    def _events(self, plan: PullPlan, own: tuple[Commit, ...]) -> tuple[Event, ...]:
        found: list[tuple[datetime, EventKind, str, str | None]] = [
            (plan.opened + timedelta(seconds=1), "labeled", plan.author, label) for label in plan.labels
        ]
        found += [(at, "review_requested", plan.in_charge, person) for at, person in plan.requests]
        found += [(at, kind, who, None) for at, kind, who in plan.closings]
        if plan.draft_until is not None:
            found.append((plan.draft_until, "ready_for_review", plan.in_charge, None))
        if plan.force_pushed is not None:
            found.append((plan.force_pushed, "head_ref_force_pushed", plan.author, own[-1].sha))
        if plan.merged is not None and plan.merged <= self.now:
            found += [
                (plan.merged, "merged", plan.merged_by or plan.author, self.head_after[id(plan)]),
                (plan.merged, "closed", plan.merged_by or plan.author, None),
            ]
        past = sorted((entry for entry in found if entry[0] <= self.now), key=lambda entry: entry[0])
        return tuple(Event(self._id(plan) + 40 + turn, kind, at, actor, subject) for turn, (at, kind, actor, subject) in enumerate(past))


def _latest(pull: PullRequest) -> datetime:
    instants = [pull.created_at, *(commit.committed_at for commit in pull.commits)]
    instants += (
        [review.submitted_at for review in pull.reviews]
        + [comment.created_at for comment in pull.comments]
        + [event.at for event in pull.events]
    )
    return max(instants)
