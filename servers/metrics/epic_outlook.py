"""When an epic will be done, drawn from its own history or its team's, and how its date stands."""

from datetime import datetime
from typing import Any

from servers.metrics.outlook import History
from servers.metrics.signals import forecast, odds
from store.clock import local_date
from store.settings import Settings

DAYS_PER_WEEK = 7


def epic_outlook(settings: Settings, history: History, remaining: int, target_at: datetime | None = None) -> dict[str, Any]:
    """Dates at 50, 85 and 95 % certainty, weeks to the first of them, and with a target its chance and health; empty where nothing can be said."""
    if not remaining or not forecast.enough(history.counts):
        return {}
    target = local_date(target_at, settings.timezone) if target_at else None
    found = odds.when(history.counts, remaining, history.last_day, target, history.share)
    half = found["value"]["p50"]
    weeks = (datetime.fromisoformat(half).date() - history.last_day).days / DAYS_PER_WEEK if half else None
    return found | {"weeks": weeks}
