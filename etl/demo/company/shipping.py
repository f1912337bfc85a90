"""How merged work reaches production, what breaks there and how it is repaired. Times are datetimes here: production knows no working hours."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from etl.demo.company.clock import EPOCH, Dice, moment, working_hours
from etl.demo.company.model import Repository
from etl.demo.company.outages import Outage, change_incident
from etl.demo.company.plan import DeployPlan, Plans, PullPlan, ReleasePlan, RunPlan
from etl.demo.company.reviewing import choose_reviewer
from etl.demo.company.staff import REPOSITORIES, crew
from etl.demo.company.stories import BAD_RELEASE, Pace, pace

_ENVIRONMENTS = {
    "platform-core": ("production-eu", "production-us"),
    "data-pipeline": ("production",),
    "payments-api": ("production",),
    "checkout-web": ("production",),
}
_STAGED = ("payments-api", "checkout-web", "data-pipeline")
_ROLLBACK = 0.4
"""Share of failures repaired by going back; the others get a hotfix."""


@dataclass
class Shipping:
    """One repository from merge to production; `run` adds deployments, releases, runs, hotfixes and incidents to the plans."""

    home: Repository
    plans: Plans
    until: datetime
    seed: int
    chain: list[PullPlan] = field(default_factory=list)
    """What is on the deployed branch, in order."""
    live: list[PullPlan] = field(default_factory=list)
    """Heads that were in production, in order."""
    waiting: list[PullPlan] = field(default_factory=list)
    """On the work branch, not yet promoted."""
    blocked_until: datetime | None = None
    count: int = 0
    agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)

    def run(self) -> None:
        """Go through merges, slots and repairs in the order of time."""
        for pull in sorted(self.plans.pulls[self.home.name], key=lambda pull: pull.serial):
            self._expect(pull)
        for slot in self._slots():
            self._at(slot, self._slot)
        while self.agenda:
            when, _, action = heapq.heappop(self.agenda)
            if when <= self.until:
                action(when)

    def _at(self, when: datetime, action: Callable[[datetime], None]) -> None:
        self.count += 1
        heapq.heappush(self.agenda, (when, self.count, action))

    def _expect(self, pull: PullPlan) -> None:
        if pull.merged is not None:
            self._at(pull.merged, lambda _: self._land(pull))

    def _land(self, pull: PullPlan) -> None:
        if pull.base == self.home.default_branch:
            self.chain.append(pull)
        else:
            self.waiting.append(pull)

    def _slots(self) -> list[datetime]:
        """When this repository may be deployed; mobile releases weekly, data every third week."""
        slots, day = [], EPOCH
        while day < self.until:
            if self._ships_in((day - EPOCH).days // 7):
                hours = pace(self.home.team, day.date()).deploys if self.home.is_service else ((1, 14.0),)
                slots += [day + timedelta(hours=hour) for weekday, hour in hours if weekday == day.weekday()]
            day += timedelta(days=1)
        return slots

    def _ships_in(self, week: int) -> bool:
        return {"data-pipeline": week % 3 == 1, "docs": False, "design-system": week % 4 == 2}.get(self.home.name, True)

    def _dice(self, what: str, when: datetime) -> Dice:
        return Dice(self.seed, self.home.name, what, when.isoformat())

    def _slot(self, when: datetime) -> None:
        early = when - timedelta(hours=1)
        if self.home.base_differs and any(pull.merged and pull.merged < early for pull in self.waiting):
            self._promote(when)
        if self.blocked_until is None and self.chain and (not self.live or self.chain[-1] is not self.live[-1]):
            self._ship(self.chain[-1], when)

    def _promote(self, when: datetime) -> None:
        """Carry the work branch over to the default branch by a promotion pull request."""
        dice = self._dice("promotion", when)
        opened = when - timedelta(minutes=50)
        lead = crew(self.home.team, when.date())[0]
        pull = PullPlan(
            repo=self.home.name,
            team=self.home.team,
            serial=f"{self.home.name}/promotion/{when:%Y%m%d}",
            kind="promotion",
            author=lead,
            opened=opened,
            commits=[opened],
            title=f"Promote develop to main, {when:%d %B %Y}",
            lines=sum(pull.lines for pull in self.waiting),
            requests=[(opened, choose_reviewer(self.home.team, lead, working_hours(when), dice))],
        )
        pull.reviews.append((opened + timedelta(minutes=20), pull.requests[0][1], "APPROVED"))
        pull.merged, pull.merged_by = when - timedelta(minutes=15), lead
        self.plans.pulls[self.home.name].append(pull)
        self.chain.append(pull)
        self.waiting = [pull for pull in self.waiting if pull.merged and pull.merged >= opened]

    def _ship(self, head: PullPlan, when: datetime, task: str = "deploy") -> None:
        """Deploy; once in thirty the pipeline fails and is started again an hour later."""
        dice = self._dice("ship", when)
        if self.home.name == "mobile-app":
            self._release(head, when, dice)
            return
        if self.home.name == "design-system":
            self._tag(head, when)
            return
        if self.home.name == "infra":
            self.plans.runs.append(
                RunPlan("infra", "Deploy", head, when, dice.uniform(5, 12), "failure" if dice.happens(0.06) else "success")
            )
            self.live.append(head)
            return
        if task == "deploy" and dice.happens(0.035):
            self._deploy(head, when, "failure", dice, task)
            self._at(when + timedelta(minutes=55), lambda at: self._retry(head, at))
            return
        finished = self._deploy(head, when, "success", dice, task)
        self._went_live(head, finished, dice, risky=task == "deploy")

    def _retry(self, head: PullPlan, when: datetime) -> None:
        if self.blocked_until is None and (not self.live or self.live[-1] is not head):
            dice = self._dice("retry", when)
            self._went_live(head, self._deploy(head, when, "success", dice, "deploy"), dice, risky=True)

    def _deploy(self, head: PullPlan, when: datetime, result: str, dice: Dice, task: str) -> datetime:
        """Deployments of all environments; returns when the first production one is finished."""
        if self.home.name in _STAGED and task == "deploy" and dice.happens(0.7):
            self._one("staging", head, when - timedelta(minutes=25), "success", dice, task)
        ends = [
            self._one(name, head, when + timedelta(minutes=40 * turn), result, dice, task)
            for turn, name in enumerate(_ENVIRONMENTS[self.home.name])
        ]
        minutes = (ends[-1] - when).total_seconds() / 60
        self.plans.runs.append(RunPlan(self.home.name, "Deploy", head, when, minutes, "failure" if result == "failure" else "success"))
        return ends[0]

    def _one(self, environment: str, head: PullPlan, when: datetime, result: str, dice: Dice, task: str) -> datetime:
        end = when + timedelta(minutes=dice.uniform(6, 18))
        statuses = [(when + timedelta(seconds=4), "queued"), (when + timedelta(seconds=40), "in_progress"), (end, result)]
        self.plans.deployments.append(DeployPlan(self.home.name, environment, head, when, statuses, task))
        return end

    def _release(self, head: PullPlan, when: datetime, dice: Dice) -> None:
        """An app release: a release candidate on the day before, then the release itself, or a patch release for a hotfix."""
        done = [release for release in self.plans.releases if release.repo == self.home.name and not release.prerelease]
        tag = next_tag(done[-1].tag if done else "v2.13.0", patch=head.kind == "hotfix")
        shipped = tuple(self.chain[self.chain.index(self.live[-1]) + 1 :]) if self.live else (head,)
        if head.kind != "hotfix" and self.live:
            early = when - timedelta(hours=22)
            candidate = next((pull for pull in reversed(self.chain) if pull.merged and pull.merged < early), None)
            if candidate is not None:
                self.plans.releases.append(ReleasePlan(self.home.name, f"{tag}-rc.1", candidate, early, early, True))
        self.plans.releases.append(ReleasePlan(self.home.name, tag, head, when - timedelta(minutes=10), when, False, shipped))
        self._went_live(head, when, dice, risky=True)

    def _tag(self, head: PullPlan, when: datetime) -> None:
        done = [release for release in self.plans.releases if release.repo == self.home.name]
        shipped = tuple(self.chain[self.chain.index(self.live[-1]) + 1 :]) if self.live else (head,)
        self.plans.releases.append(
            ReleasePlan(self.home.name, next_tag(done[-1].tag if done else "v0.8.0"), head, when, when, False, shipped)
        )
        self.live.append(head)

    def _went_live(self, head: PullPlan, finished: datetime, dice: Dice, *, risky: bool) -> None:
        shipped = self._shipped(head)
        self.live.append(head)
        now = pace(self.home.team, finished.date())
        if not risky or not shipped:
            return
        bad = self.home.team == "checkout" and finished.date() == BAD_RELEASE
        if bad or dice.happens(self._failure(now, head, shipped)):
            self._break(shipped, finished, dice, severe=bad)

    def _shipped(self, head: PullPlan) -> list[PullPlan]:
        known = {id(pull) for pull in self.live}
        fresh: list[PullPlan] = []
        for pull in reversed(self.chain[: self.chain.index(head) + 1]):
            if id(pull) in known:
                break
            fresh.append(pull)
        return fresh

    def _failure(self, now: Pace, head: PullPlan, shipped: list[PullPlan]) -> float:
        """Hotfixes are safer, big batches are not."""
        return now.failure * (0.4 if head.kind in ("hotfix", "revert") else 1.0) * min(0.75 + 0.1 * len(shipped), 1.6)

    def _break(self, shipped: list[PullPlan], finished: datetime, dice: Dice, *, severe: bool) -> None:
        """Production breaks: an incident, and a rollback, a hotfix or a switch that ends it."""
        start = finished + timedelta(hours=min(dice.around(1.1, 0.9), 20))
        culprit = dice.choice([pull for pull in shipped if pull.kind != "direct"] or shipped)
        seen = start + timedelta(minutes=dice.uniform(3, 25))
        roll = dice.random()
        back = self.home.name != "mobile-app" and len(self.live) > 1 and roll < _ROLLBACK
        if back:
            end = seen + timedelta(minutes=dice.around(45, 0.5))
            self._at(end - timedelta(minutes=12), self._roll_back)
            self._repair("revert", culprit, end + timedelta(hours=dice.uniform(1, 4)), dice)
        elif roll < 0.93:
            merged = seen + timedelta(hours=dice.around(2.4 if self.home.name != "mobile-app" else 9, 0.6))
            end = merged + timedelta(minutes=22)
            self._repair("hotfix", culprit, merged, dice)
        else:
            end = seen + timedelta(minutes=dice.around(60, 0.6))
        outage = Outage(self.home.team, self.home.name, start, end, culprit, severe)
        incident = change_incident(outage, dice)
        self.plans.issues[self.home.team].append(incident)
        if not back and roll < 0.93:
            incident.pulls.append(self.plans.pulls[self.home.name][-1])
            self.plans.pulls[self.home.name][-1].issue = incident

    def _roll_back(self, when: datetime) -> None:
        """The head before the broken one goes out again; nothing new until the revert is merged."""
        earlier = [head for head in self.live if head is not self.live[-1]]
        if not earlier:
            return
        dice = self._dice("rollback", when)
        target = earlier[-1]
        self._deploy(target, when, "success", dice, "rollback")
        self.live.append(target)
        self.blocked_until = when

    def _repair(self, kind: str, culprit: PullPlan, merged: datetime, dice: Dice) -> None:
        """A hotfix or a revert, reviewed in a hurry and deployed at once (hotfix) or with the next slot (revert)."""
        team = self.home.team
        author = dice.choice(crew(team, merged.date()))
        opened = merged - timedelta(minutes=dice.uniform(15, 50))
        pull = PullPlan(
            repo=self.home.name,
            team=team,
            serial=f"{self.home.name}/{kind}/{merged:%Y%m%d%H%M%S}",
            kind="hotfix" if kind == "hotfix" else "revert",
            author=author,
            opened=opened,
            commits=[opened - timedelta(minutes=dice.uniform(3, 40))],
            base=self.home.default_branch,
            lines=dice.randint(2, 40) if kind == "hotfix" else culprit.lines,
            labels=("hotfix",) if kind == "hotfix" else ("revert",),
            reverts=culprit if kind == "revert" else None,
            issue=culprit.issue if kind == "revert" else None,
        )
        reviewer = choose_reviewer(team, author, working_hours(merged), dice)
        if dice.happens(0.8):
            pull.reviews.append((opened + (merged - opened) * 0.7, reviewer, "APPROVED"))
        pull.merged, pull.merged_by = merged, author
        self.plans.pulls[self.home.name].append(pull)
        self._at(merged, lambda _: self._land_repair(pull))

    def _land_repair(self, pull: PullPlan) -> None:
        self.chain.append(pull)
        if pull.merged is None:
            return
        if pull.kind == "revert":
            self.blocked_until = None
        else:
            self._at(pull.merged + timedelta(minutes=6), lambda at: self._ship(pull, at))


def next_tag(tag: str, *, patch: bool = False) -> str:
    """The version after `tag`: v2.13.1 → v2.14.0, or v2.13.2 for a patch."""
    major, minor, last = (int(part) for part in tag.removeprefix("v").split("."))
    return f"v{major}.{minor}.{last + 1}" if patch else f"v{major}.{minor + 1}.0"


def add_ci_runs(plans: Plans, seed: int) -> None:
    """Tests after each merge to a default branch of a service."""
    for repo, pulls in plans.pulls.items():
        home = REPOSITORIES[repo]
        for pull in pulls if home.is_service else []:
            if pull.merged is not None and pull.base == home.default_branch:
                dice = Dice(seed, pull.serial, "ci")
                again = dice.happens(0.05)
                plans.runs.append(
                    RunPlan(
                        repo,
                        "CI",
                        pull,
                        pull.merged + timedelta(seconds=20),
                        dice.uniform(4, 14),
                        "failure" if dice.happens(0.05) else "success",
                        2 if again else 1,
                    )
                )


def ship_everything(plans: Plans, horizon_h: float, seed: int) -> None:
    """Deploy what has been merged in every repository up to the horizon."""
    for home in REPOSITORIES.values():
        plans.pulls.setdefault(home.name, [])
        Shipping(home, plans, moment(horizon_h), seed).run()
    add_ci_runs(plans, seed)
