"""New work: epics by quarter, items and bugs by sprint. Times are working hours unless they are datetimes."""

from datetime import date, datetime, timedelta

from etl.demo.company import words
from etl.demo.company.clock import Dice, midnight, moment
from etl.demo.company.plan import IssuePlan
from etl.demo.company.staff import LEADS, PRODUCT, PROJECTS, SERVICE_OF, TEAMS
from etl.demo.company.stories import Pace

_KINDS = {"Story": 42, "Improvement": 15, "Tech Debt": 15, "Task": 12, "Support": 7, "Security": 4}
_PRIORITIES = {"Highest": 4, "High": 20, "Medium": 50, "Low": 20, "Lowest": 6}
_EPICS_A_QUARTER = {"data": 2}
LONG_EPIC_NUMBER = 100
"""PAY-100: a long epic of payments that will miss its first date."""
_LONG_EPIC_INTAKE = (datetime.fromisoformat("2026-07-06T00:00:00+00:00"), datetime.fromisoformat("2027-01-15T00:00:00+00:00"))


def _weighted(weights: dict[str, int], dice: Dice) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def quarter_starts(until: datetime) -> list[date]:
    """First days of the quarters from the beginning to `until`; the first one is cut by the beginning of the records."""
    days, day = [], date(2025, 4, 1)
    while midnight(day) <= until:
        days.append(day)
        day = date(day.year + day.month // 10, (day.month + 2) % 12 + 1, 1)
    return days


def epics(team: str, until: datetime, seed: int) -> list[IssuePlan]:
    """All epics that begin before `until`."""
    made: list[IssuePlan] = []
    for quarter in quarter_starts(until):
        for turn in range(_EPICS_A_QUARTER.get(team, 3)):
            made.append(_epic(team, len(made), quarter, turn, Dice(seed, team, "epic", quarter, turn)))
    if team == "payments":
        made.append(_long_epic(seed))
    return made


def _epic(team: str, index: int, quarter: date, turn: int, dice: Dice) -> IssuePlan:
    first = max(midnight(quarter), datetime.fromisoformat("2025-05-05T00:00:00+00:00"))
    created = first + timedelta(days=2 * turn, hours=9.5 + dice.random())
    weeks = dice.uniform(6, 11)
    target = (created + timedelta(weeks=weeks + dice.uniform(5, 17))).date()
    lead, product = LEADS[team], PRODUCT[team]
    epic = IssuePlan(
        team=team,
        serial=f"{team}/epic/{quarter}/{turn}",
        type="Epic",
        created=created,
        reporter=product,
        title=words.epic_title(team, index),
        priority=_weighted(_PRIORITIES, dice),
        labels=_work_class(dice),
        initiative=words.initiative(dice),
        original_target=target,
        cost_of_delay=float(dice.randint(2, 30) * 1000) if dice.happens(0.6) else None,
        intake=(created, created + timedelta(weeks=weeks)),
        description="Goal, scope and measures are in the plan of the quarter.",
    )
    epic.due.append((created, target, product))
    if dice.happens(0.4):
        epic.due.append(
            (midnight(target) - timedelta(days=dice.randint(5, 20), hours=-11), target + timedelta(days=dice.randint(14, 45)), product)
        )
    epic.assigned.append((created, lead, product))
    return epic


def _work_class(dice: Dice) -> tuple[str, ...]:
    roll = dice.random()
    return (
        ("work-class:new_capability",)
        if roll < 0.2
        else ("work-class:tech_debt",)
        if roll < 0.32
        else ("work-class:risk",)
        if roll < 0.37
        else ()
    )


def _long_epic(seed: int) -> IssuePlan:
    dice = Dice(seed, "long epic")
    created = moment(4 * 40 + 3.0)
    epic = IssuePlan(
        team="payments",
        serial="payments/epic/long",
        type="Epic",
        created=created,
        reporter=PRODUCT["payments"],
        title="Payments in every currency",
        priority="Highest",
        initiative="Grow in Europe",
        original_target=date(2026, 10, 30),
        cost_of_delay=25_000.0,
        intake=_LONG_EPIC_INTAKE,
        description="One ledger, every currency we sell in. Began late, after the re-organisation.",
    )
    epic.due.append((created, date(2026, 10, 30), PRODUCT["payments"]))
    epic.due.append((datetime.fromisoformat("2026-10-14T09:20:00+00:00"), date(2026, 12, 18), PRODUCT["payments"]))
    epic.assigned.append((created + timedelta(hours=dice.random()), LEADS["payments"], PRODUCT["payments"]))
    return epic


def new_item(team: str, serial: str, hour: float, open_epics: list[IssuePlan], pace: Pace, dice: Dice) -> IssuePlan:
    """An item for the backlog."""
    bug = dice.happens(pace.bugs)
    kind = "Bug" if bug else _weighted(_KINDS, dice)
    created = moment(hour)
    product = PRODUCT[team]
    title = dice.choice(words.ODD_TITLES) if dice.happens(0.002) else words.item_title(team, kind, dice)
    item = IssuePlan(
        team=team,
        serial=serial,
        type=kind,
        created=created,
        reporter=product if dice.happens(0.5) else LEADS[team],
        title=title,
        priority=_weighted(_PRIORITIES, dice),
        size=dice.lognormvariate(0, 0.55),
        description=words.description(kind, dice),
        components=(dice.choice(PROJECTS[TEAMS[team].project].components),) if dice.happens(0.85) else (),
    )
    if bug:
        _describe_bug(item, pace, dice)
    if open_epics and dice.happens(0.25 if bug else 0.78):
        _join(item, _pick_epic(open_epics, dice))
    _estimate(item, hour, pace, dice)
    return item


def _describe_bug(item: IssuePlan, pace: Pace, dice: Dice) -> None:
    escaped = min(0.22 + 1.2 * pace.failure, 0.75)
    item.found_in = "Production" if dice.happens(escaped) else "Pre-release" if dice.happens(0.9) else None
    if item.found_in == "Production":
        item.labels += ("customer",)
        item.service = SERVICE_OF[item.team]


def _pick_epic(open_epics: list[IssuePlan], dice: Dice) -> IssuePlan:
    long = [epic for epic in open_epics if epic.serial.endswith("/long")]
    return long[0] if long and dice.happens(0.3) else dice.choice(open_epics)


def _join(item: IssuePlan, epic: IssuePlan) -> None:
    item.epic = epic
    epic.children.append(item)


def _estimate(item: IssuePlan, hour: float, pace: Pace, dice: Dice) -> None:
    if not dice.happens(pace.estimated):
        return
    points = words.fibonacci(3 * item.size * dice.lognormvariate(0, 0.25))
    item.estimates.append((moment(hour + dice.uniform(0.1, 6)), points, LEADS[item.team]))
    if dice.happens(0.08):
        item.estimates.append((moment(hour + 6 + dice.uniform(1, 60)), words.fibonacci(points * dice.choice([0.5, 1.8])), LEADS[item.team]))


def cancel_later(item: IssuePlan, hour: float, dice: Dice) -> None:
    """Some items are given up while they wait; `cancelled_at` takes effect if nobody has begun by then."""
    if dice.happens(0.1):
        item.cancelled_at = moment(hour + dice.uniform(30, 500))


def cancel(item: IssuePlan, dice: Dice, at: datetime | None = None) -> None:
    """Close without doing."""
    when = at or item.cancelled_at
    if when is None:
        return
    item.moves.append((when, "Done", item.reporter))
    item.resolutions.append((when, dice.choice(["Won't Do", "Won't Do", "Duplicate", "Cannot Reproduce"])))


def sub_tasks(item: IssuePlan, person: str, start_h: float, ready_h: float, dice: Dice) -> list[IssuePlan]:
    """The parts of a bigger item, done while it is coded."""
    if item.size < 0.8 or not dice.happens(0.62):
        return []
    parts = []
    count = dice.choice([2, 2, 3, 3, 4])
    step = (ready_h - start_h) / count
    for turn in range(count):
        begin, end = start_h + step * turn, start_h + step * (turn + dice.uniform(0.6, 1.0))
        parts.append(_sub_task(item, person, turn, (start_h, begin, end), dice))
    return parts


def _sub_task(item: IssuePlan, person: str, turn: int, hours: tuple[float, float, float], dice: Dice) -> IssuePlan:
    made, begin, end = (moment(hour) for hour in hours)
    part = IssuePlan(
        team=item.team,
        serial=f"{item.serial}/{turn}",
        type="Sub-task",
        created=made + timedelta(minutes=turn),
        reporter=person,
        title=words.sub_task_title(item.team, dice),
        priority=item.priority,
        parent=item,
        components=item.components,
    )
    part.assigned.append((part.created, person, person))
    part.moves += [
        (max(begin, part.created + timedelta(minutes=5)), "In Progress", person),
        (max(end, part.created + timedelta(minutes=20)), "Done", person),
    ]
    part.resolutions.append((part.moves[-1][0], "Done"))
    item.children.append(part)
    return part
