"""How a team works through its sprints: planning, picking, coding, review, testing, spilling over. Times are working hours."""

import heapq
from datetime import timedelta

from etl.demo.company import backlog
from etl.demo.company.clock import SPRINT_HOURS, WEEK_HOURS, Dice, day_of, moment
from etl.demo.company.plan import IssuePlan, Plans, PullPlan
from etl.demo.company.reviewing import Coding, abandon, open_pull, reopen_once, review
from etl.demo.company.staff import LEADS, TEAMS, crew
from etl.demo.company.stories import pace

FOCUS = 0.62
"""Share of working time that goes into the item at hand."""
_INTAKE = 3.3
"""New items per engineer and sprint, before the size of the backlog corrects it."""


class TeamWork:
    """The planned working life of one team; `run` fills in `plans`."""

    def __init__(self, team: str, plans: Plans, horizon_h: float, seed: int) -> None:
        self.team, self.plans, self.horizon_h, self.seed = team, plans, horizon_h, seed
        self.board = TEAMS[team].board
        self.lead = LEADS[team]
        self.epics = backlog.epics(team, moment(horizon_h), seed)
        self.issues: list[IssuePlan] = list(self.epics)
        self.backlog: list[IssuePlan] = []
        self.carried: list[IssuePlan] = []
        self.free: dict[str, float] = {}
        self.first_h = WEEK_HOURS if team in ("checkout", "mobile") else 0.0

    def run(self) -> None:
        """Work sprint after sprint up to the horizon."""
        number, start = 0, self.first_h
        sprints = self.plans.sprints.setdefault(self.team, [])
        self._create(0, 0.0, max(self.first_h, 0.4))
        while start < self.horizon_h:
            number += 1
            sprints.append((number, moment(start + 1), moment(start + SPRINT_HOURS)))
            self._sprint(number, start)
            start += SPRINT_HOURS
        sprints.append((number + 1, moment(start + 1), moment(start + SPRINT_HOURS)))
        for item in self.backlog:
            backlog.cancel(item, Dice(self.seed, item.serial, "cancel"))
        self._close_epics()
        self.plans.issues[self.team] = self.issues

    def sprint_id(self, number: int) -> int:
        """Jira's id of the nth sprint of this team."""
        return self.board * 1000 + number

    def _sprint(self, number: int, start: float) -> None:
        queue = self._plan(number, start)
        waiting = self._create(number, start, start + SPRINT_HOURS)
        urgent = self._urgent(number, start)
        self._work(number, start, queue, urgent)
        self.backlog += waiting
        self._finish(number, start)

    def _create(self, number: int, start: float, end: float) -> list[IssuePlan]:
        """New items of this time; they can be planned from the next sprint on."""
        dice = Dice(self.seed, self.team, "intake", number)
        people = len(crew(self.team, day_of(start)))
        wanted = _INTAKE * people + 0.1 * (6 * people - len(self.backlog))
        count = max(int(wanted * (end - start) / SPRINT_HOURS * dice.uniform(0.8, 1.2)), 0)
        hours = sorted(start + (end - start) * dice.random() for _ in range(count if number else 5 * people))
        made = [self._item(f"{self.team}/{number}/{turn}", hour) for turn, hour in enumerate(hours)]
        if not number:
            self.backlog += made
        return made

    def _item(self, serial: str, hour: float) -> IssuePlan:
        dice = Dice(self.seed, serial)
        now = moment(hour)
        running = [epic for epic in self.epics if epic.intake and epic.intake[0] <= now < epic.intake[1]]
        item = backlog.new_item(self.team, serial, hour, running, pace(self.team, now.date()), dice)
        backlog.cancel_later(item, hour, dice)
        self.issues.append(item)
        return item

    def _plan(self, number: int, start: float) -> list[IssuePlan]:
        """Fill the sprint just before it starts: what is carried over comes first."""
        now = pace(self.team, day_of(start))
        people = crew(self.team, day_of(start))
        dice = Dice(self.seed, self.team, "planning", number)
        busy = sum(max(self.free.get(person, start) - start, 0) for person in people)
        room = (SPRINT_HOURS * len(people) - busy) * now.commitment
        queue = [item for item in self.carried if not item.moves]
        room -= sum(item.size for item in queue) * now.coding_h / FOCUS
        self._drop_cancelled(start)
        self.backlog.sort(key=lambda item: self._rank(item, start, dice))
        while self.backlog and room > 0:
            item = self.backlog.pop(0)
            room -= item.size * now.coding_h / FOCUS
            self._join_sprint(item, number, start + 0.5 + 0.4 * dice.random())
            queue.append(item)
        dice.shuffle(queue)
        return sorted(queue, key=lambda item: item.priority not in ("Highest", "High"))

    def _rank(self, item: IssuePlan, start: float, dice: Dice) -> float:
        """The smaller, the sooner: old epics first, then what waits longest, with some chance."""
        overdue = item.epic is not None and item.epic.intake is not None and item.epic.intake[1] <= moment(start)
        urgency = {"Highest": 40, "High": 20}.get(item.priority, 0) + (120 if overdue else 25 if item.epic else 0)
        return (item.created - moment(0)).days - urgency + dice.uniform(0, 30)

    def _drop_cancelled(self, start: float) -> None:
        now = moment(start)
        for item in self.backlog:
            if item.cancelled_at and item.cancelled_at <= now:
                backlog.cancel(item, Dice(self.seed, item.serial, "cancel"))
        self.backlog = [item for item in self.backlog if not item.moves]

    def _join_sprint(self, item: IssuePlan, number: int, hour: float) -> None:
        before = item.sprints[-1][1] if item.sprints else ()
        item.cancelled_at = None
        item.sprints.append((moment(hour), (*before, self.sprint_id(number)), self.lead))

    def _urgent(self, number: int, start: float) -> list[tuple[float, IssuePlan]]:
        """Bugs that come into the running sprint."""
        dice = Dice(self.seed, self.team, "urgent", number)
        middle = pace(self.team, day_of(start + WEEK_HOURS))
        found = []
        for turn in range(dice.times(middle.unplanned * len(crew(self.team, day_of(start))))):
            hour = start + 3 + dice.random() * 68
            item = self._item(f"{self.team}/{number}/urgent/{turn}", hour)
            item.priority = "High" if dice.happens(0.7) else "Highest"
            item.size = min(item.size, 0.6)
            self._join_sprint(item, number, hour + 0.3)
            found.append((hour + 0.5, item))
        return sorted(found, key=lambda pair: pair[0])

    def _work(self, number: int, start: float, queue: list[IssuePlan], urgent: list[tuple[float, IssuePlan]]) -> None:
        """Everybody takes the next item when free; urgent ones first."""
        end = start + SPRINT_HOURS - 0.5
        dice = Dice(self.seed, self.team, "days", number)
        staff = sorted(crew(self.team, day_of(start + 1)))
        heap = [(max(self.free.get(person, start), start + 1 + 2 * dice.random()), person) for person in staff]
        heapq.heapify(heap)
        while heap:
            hour, person = heapq.heappop(heap)
            self.free[person] = hour
            if hour >= end or person not in crew(self.team, day_of(hour)):
                continue
            item = self._next(number, hour, queue, urgent)
            after = hour + 4 if item is None else self._take(item, person, hour)
            heapq.heappush(heap, (after, person))

    def _next(self, number: int, hour: float, queue: list[IssuePlan], urgent: list[tuple[float, IssuePlan]]) -> IssuePlan | None:
        if urgent and urgent[0][0] <= hour:
            return urgent.pop(0)[1]
        if queue:
            return queue.pop(0)
        self._drop_cancelled(hour)
        ready = [item for item in self.backlog if item.created < moment(hour - 1)]
        if not ready:
            return None
        self.backlog.remove(ready[0])
        self._join_sprint(ready[0], number, hour - 0.1)
        return ready[0]

    def _take(self, item: IssuePlan, person: str, hour: float) -> float:
        """The whole further life of an item; returns when the person is free again."""
        dice = Dice(self.seed, item.serial, "work")
        now = pace(self.team, day_of(hour))
        item.assigned.append((moment(hour - 0.05), person, person))
        item.moves.append((moment(hour), "In Progress", person))
        ready = hour + item.size * dice.around(now.coding_h, 0.35) / FOCUS
        ready = self._block(item, person, hour, ready, dice)
        self.issues += backlog.sub_tasks(item, person, hour, ready, dice)
        if dice.happens(now.has_pull) and item.type != "Support":
            self._through_review(Coding(item, person, hour, ready, now), dice)
        else:
            _finish_item(item, person, ready, dice)
        _log_work(item, person, dice)
        return ready + dice.uniform(0, 0.5)

    def _block(self, item: IssuePlan, person: str, hour: float, ready: float, dice: Dice) -> float:
        """Now and then an item waits for somebody else, shown as a status or a flag."""
        if not dice.happens(0.1):
            return ready
        begin, length = hour + (ready - hour) * 0.4, dice.around(8, 0.7)
        if dice.happens(0.6):
            item.moves += [(moment(begin), "Blocked", person), (moment(begin + length), "In Progress", person)]
        else:
            item.flags += [(moment(begin), True, person), (moment(begin + length), False, person)]
        return ready + length

    def _through_review(self, coding: Coding, dice: Dice) -> None:
        item, person = coding.issue, coding.author
        pull = open_pull(coding, dice)
        merged = review(pull, coding.ready_h, coding.pace, dice)
        self._keep(pull)
        item.moves.append((moment(coding.ready_h), "In Review", person))
        roll = dice.random()
        if roll < 0.045:
            self._give_up(pull, coding.ready_h, dice)
            return
        if roll < 0.07:
            merged = self._second_try(coding, pull, dice)
        elif roll < 0.085:
            reopen_once(pull, dice)
        self._extra_pull(coding, dice)
        item.moves.append((moment(merged + 0.2), "Ready for QA", person))
        testing = merged + 0.3 + dice.around(4, 0.6)
        item.moves.append((moment(testing), "Testing", person))
        _finish_item(item, person, testing + dice.around(2.0, 0.6), dice)

    def _give_up(self, pull: PullPlan, ready_h: float, dice: Dice) -> None:
        """The pull request lies about for weeks; then it is closed, with its item."""
        closed = ready_h + dice.uniform(80, 520)
        abandon(pull, closed)
        if pull.issue:
            pull.issue.flags.append((moment(ready_h + 24), True, pull.in_charge))
            backlog.cancel(pull.issue, dice, moment(closed + 0.5))

    def _second_try(self, coding: Coding, pull: PullPlan, dice: Dice) -> float:
        """The first attempt is closed; another one follows."""
        again_h = coding.ready_h + dice.around(6)
        abandon(pull, again_h)
        again = open_pull(Coding(coding.issue, coding.author, coding.ready_h, again_h, coding.pace), dice)
        again.serial += "/again"
        self._keep(again)
        return review(again, again_h, coding.pace, dice)

    def _extra_pull(self, coding: Coding, dice: Dice) -> None:
        """Some items need a small second pull request."""
        if dice.happens(0.07):
            extra = open_pull(coding, dice)
            extra.serial += "/extra"
            extra.lines = max(extra.lines // 3, 1)
            review(extra, coding.ready_h, coding.pace, dice)
            self._keep(extra)

    def _keep(self, pull: PullPlan) -> None:
        self.plans.pulls.setdefault(pull.repo, []).append(pull)

    def _finish(self, number: int, start: float) -> None:
        """Close the sprint: what is not done is carried into the next one, or goes back to the backlog."""
        end = start + SPRINT_HOURS
        dice = Dice(self.seed, self.team, "closing", number)
        here = self.sprint_id(number)
        closing = moment(end + 0.5)
        inside = [item for item in self.issues if item.sprints and item.sprints[-1][1][-1:] == (here,)]
        self.carried = []
        for item in inside:
            if item.status_at(closing) == "Done":
                continue
            if not item.moves and dice.happens(0.2):
                self.backlog.append(item)
                continue
            item.sprints.append((closing, (*item.sprints[-1][1], self.sprint_id(number + 1)), self.lead))
            self.carried.append(item)

    def _close_epics(self) -> None:
        """An epic begins with its first item and ends after its last."""
        for epic in self.epics:
            starts = [item.moves[0][0] for item in epic.children if item.moves and item.moves[0][1] == "In Progress"]
            ends = [item.done_at for item in epic.children]
            if starts:
                epic.moves.append((max(min(starts), epic.created) + timedelta(minutes=7), "In Progress", self.lead))
            if starts and epic.intake and all(ends):
                done = max([*filter(None, ends), epic.intake[1]]) + timedelta(hours=20)
                epic.moves.append((done, "Done", self.lead))
                epic.resolutions.append((done, "Done"))


def _finish_item(item: IssuePlan, person: str, hour: float, dice: Dice) -> None:
    item.moves.append((moment(hour), "Done", person))
    item.resolutions.append((moment(hour), "Done"))
    if dice.happens(0.04):
        back = hour + dice.around(14, 0.8)
        again = back + dice.around(6)
        item.moves += [(moment(back), "In Progress", person), (moment(again), "Done", person)]
        item.resolutions += [(moment(back), None), (moment(again), "Done")]


def _log_work(item: IssuePlan, person: str, dice: Dice) -> None:
    if not dice.happens(0.2):
        return
    begin = item.moves[0][0]
    item.worklogs += [
        (begin + timedelta(days=day, hours=7), dice.choice([1800, 3600, 7200, 14400]), person) for day in range(dice.randint(1, 3))
    ]
