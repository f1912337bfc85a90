"""Incidents as they are written down in Jira."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from etl.demo.company import words
from etl.demo.company.clock import EPOCH, Dice
from etl.demo.company.plan import IssuePlan, Plans, PullPlan
from etl.demo.company.staff import SERVICE_OF, crew

_SEVERITIES = {"SEV1": 14, "SEV2": 44, "SEV3": 32, "SEV4": 10}
_OUTSIDE = ("Infrastructure", "Third party", "Capacity")


@dataclass(frozen=True)
class Outage:
    """What production suffered."""

    team: str
    service: str
    start: datetime
    end: datetime
    culprit: PullPlan | None
    severe: bool = False


def change_incident(outage: Outage, dice: Dice) -> IssuePlan:
    """The incident of a bad change."""
    return _incident(outage, "Code change" if dice.happens(0.85) else None, dice)


def _incident(outage: Outage, cause: str | None, dice: Dice) -> IssuePlan:
    seen = outage.start + timedelta(minutes=dice.uniform(3, 15))
    people = crew(outage.team, seen.date())
    fixer, reporter = dice.choice(people), dice.choice(people)
    severity = "SEV1" if outage.severe else dice.choices(list(_SEVERITIES), list(_SEVERITIES.values()))[0]
    incident = IssuePlan(
        team=outage.team,
        serial=f"{outage.team}/incident/{outage.start.isoformat()}",
        type="Incident",
        created=seen,
        reporter=reporter,
        title=words.outage(outage.service, dice),
        priority="Highest" if severity in ("SEV1", "SEV2") else "High",
        labels=("production",),
        severity=severity,
        cause=cause,
        service=outage.service if dice.happens(0.95) else None,
        impact=(outage.start, outage.end),
        caused_by=outage.culprit if dice.happens(0.5) else None,
        description="What users saw, since when, and what was done.",
    )
    incident.assigned.append((seen + timedelta(minutes=2), fixer, reporter))
    incident.moves.append((seen + timedelta(minutes=3), "In Progress", fixer))
    closed = max(outage.end, incident.moves[-1][0]) + timedelta(hours=dice.around(3, 0.9))
    incident.moves.append((closed, "Done", fixer))
    incident.resolutions.append((closed, "Done"))
    return incident


def add_outside_incidents(plans: Plans, until: datetime, seed: int) -> None:
    """Incidents that no change of ours has caused, and some duplicates of others."""
    for team, service in SERVICE_OF.items():
        day = EPOCH
        while day < until:
            dice = Dice(seed, team, "outside", day.date())
            if dice.happens(0.13 if team != "data" else 0.05):
                start = day + timedelta(days=dice.uniform(0, 7))
                end = start + timedelta(hours=dice.around(2.5, 0.8))
                plans.issues[team].append(_incident(Outage(team, service, start, end, None), dice.choice(_OUTSIDE), dice))
            day += timedelta(days=7)
        _duplicates(plans, team, seed)


def _duplicates(plans: Plans, team: str, seed: int) -> None:
    for first in [issue for issue in plans.issues[team] if issue.type == "Incident"]:
        dice = Dice(seed, first.serial, "duplicate")
        if not dice.happens(0.06) or first.impact is None:
            continue
        again = _incident(
            Outage(team, first.service or SERVICE_OF[team], first.impact[0] + timedelta(minutes=9), first.impact[1], None), None, dice
        )
        again.serial += "/duplicate"
        again.duplicate_of = first
        again.resolutions = [(again.moves[-1][0], "Duplicate")]
        plans.issues[team].append(again)
