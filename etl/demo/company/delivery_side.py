"""Writes deployments, releases, tags and workflow runs of one repository as GitHub has them at `now`."""

from dataclasses import replace
from datetime import datetime, timedelta

from etl.demo.company.clock import Dice
from etl.demo.company.git_side import RepositoryHistory
from etl.demo.company.model import Deployment, DeploymentState, DeploymentStatus, Release, Tag, Workflow, WorkflowRun
from etl.demo.company.plan import DeployPlan, Plans, ReleasePlan, RunPlan
from etl.demo.company.pull_texts import PullTexts
from etl.demo.company.staff import CI, LEADS

_FILES = {"CI": ".github/workflows/ci.yml", "Deploy": ".github/workflows/deploy.yml"}


class DeliveryHistory:
    """What was delivered from one repository up to `now`."""

    def __init__(self, history: RepositoryHistory, plans: Plans, now: datetime) -> None:
        self.history, self.now, self.home = history, now, history.home
        name = self.home.name
        self._deploys = sorted(
            (plan for plan in plans.deployments if plan.repo == name and plan.created <= now),
            key=lambda plan: (plan.created, plan.environment),
        )
        self._releases = sorted(
            (plan for plan in plans.releases if plan.repo == name and plan.created <= now), key=lambda plan: (plan.created, plan.tag)
        )
        self._runs = sorted(
            (plan for plan in plans.runs if plan.repo == name and plan.created <= now),
            key=lambda plan: (plan.created, plan.workflow, plan.head.serial),
        )
        used = dict.fromkeys(plan.workflow for plan in self._runs)
        self.workflows = {kind: Workflow(self.home.id * 10 + turn, name, kind, _FILES[kind]) for turn, kind in enumerate(sorted(used))}

    def _base_id(self) -> int:
        return (self.home.id % 1000) * 10_000_000 + 2_000_000_000

    def deployments(self) -> tuple[Deployment, ...]:
        """Oldest first; an earlier deployment of an environment becomes inactive when the next one succeeds."""
        made: list[Deployment] = []
        active: dict[str, int] = {}
        for turn, plan in enumerate(self._deploys):
            made.append(self._deployment(turn, plan))
            success = next((status for status in made[-1].statuses if status.state == "success"), None)
            if success is not None:
                if plan.environment in active:
                    made[active[plan.environment]] = _retired(made[active[plan.environment]], success.created_at)
                active[plan.environment] = len(made) - 1
        return tuple(made)

    def _deployment(self, turn: int, plan: DeployPlan) -> Deployment:
        number = self._base_id() + turn * 10
        statuses = tuple(
            DeploymentStatus(number + step, _state(state), at, "" if state != "failure" else "Smoke tests failed")
            for step, (at, state) in enumerate(plan.statuses)
            if at <= self.now
        )
        note = "Roll back to the version before" if plan.task == "rollback" else plan.description
        return Deployment(
            id=number,
            repo=self.home.name,
            sha=self.history.head_after[id(plan.head)],
            ref=self.home.default_branch,
            environment=plan.environment,
            task=plan.task,
            created_at=plan.created,
            updated_at=statuses[-1].created_at if statuses else plan.created,
            creator=CI,
            statuses=statuses,
            description=note,
            production=plan.environment.startswith("production"),
        )

    def releases(self) -> tuple[Release, ...]:
        """Oldest first; the app has a draft of the next one."""
        return tuple(self._release(turn, plan) for turn, plan in enumerate(self._releases))

    def _release(self, turn: int, plan: ReleasePlan) -> Release:
        published = plan.published if plan.published is not None and plan.published <= self.now else None
        lines = [
            f"* {PullTexts(pull, Dice(pull.serial, 'texts')).title} by @{pull.author} in #{pull.number}"
            for pull in plan.pulls
            if pull.kind != "direct"
        ]
        body = "## What's Changed\n" + "\n".join(lines[:40]) if lines else "Release candidate"
        return Release(
            self._base_id() + 5_000_000 + turn,
            self.home.name,
            plan.tag,
            plan.tag,
            body,
            self.history.head_after[id(plan.head)],
            LEADS[self.home.team],
            plan.created,
            published,
            published is None,
            plan.prerelease,
        )

    def tags(self) -> tuple[Tag, ...]:
        """One for each published release."""
        return tuple(
            Tag(self.home.name, release.tag, release.sha, release.published_at, release.author)
            for release in self.releases()
            if release.published_at
        )

    def runs(self) -> tuple[WorkflowRun, ...]:
        """Oldest first, numbered by workflow."""
        numbers: dict[str, int] = {}
        made = []
        for turn, plan in enumerate(self._runs):
            numbers[plan.workflow] = numbers.get(plan.workflow, 0) + 1
            made.append(self._run(turn, numbers[plan.workflow], plan))
        return tuple(made)

    def _run(self, turn: int, number: int, plan: RunPlan) -> WorkflowRun:
        finished = plan.created + timedelta(seconds=round(plan.minutes * 60))
        over = finished <= self.now
        title = PullTexts(plan.head, Dice(plan.head.serial, "texts")).title
        return WorkflowRun(
            id=self._base_id() + 6_000_000 + turn,
            repo=self.home.name,
            workflow=self.workflows[plan.workflow],
            number=number,
            event="push" if plan.workflow == "CI" else "workflow_dispatch",
            branch=self.home.default_branch,
            sha=self.history.head_after[id(plan.head)],
            title=title,
            status="completed" if over else "in_progress",
            conclusion=plan.conclusion if over else None,
            attempt=plan.attempt,
            created_at=plan.created,
            started_at=plan.created + timedelta(seconds=3),
            updated_at=finished if over else plan.created,
            actor=CI,
        )


def _state(word: str) -> DeploymentState:
    states: dict[str, DeploymentState] = {
        "queued": "queued",
        "in_progress": "in_progress",
        "success": "success",
        "failure": "failure",
        "error": "error",
    }
    return states[word]


def _retired(old: Deployment, at: datetime) -> Deployment:
    """`old` with a last status `inactive`."""
    if old.statuses and old.statuses[-1].state == "inactive":
        return old
    last = DeploymentStatus(old.id + 9, "inactive", at)
    return replace(old, statuses=(*old.statuses, last), updated_at=at)
