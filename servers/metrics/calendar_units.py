"""Calendar arithmetic on local days: where units begin, and how to step by them."""

from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "week", "month", "quarter", "half", "year"]
UNITS: dict[str, Unit] = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "half": "half", "year": "year"}
MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
"""Length in months of the units that are made of months."""


def add_months(day: date, months: int) -> date:
    """`day` moved by whole months; a day that the month lacks becomes its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, days_in_month(year, month + 1)))


def days_in_month(year: int, month: int) -> int:
    """How many days a month has."""
    return (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day


def unit_start(day: date, unit: Unit, fiscal_year_start_month: int = 1) -> date:
    """First day of the unit that holds `day`; quarters and halves follow the fiscal year, weeks begin on Monday."""
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    shift = fiscal_year_start_month - 1 if unit in ("quarter", "half") else 0
    into = (day.month - 1 - shift) % MONTHS[unit]
    return add_months(day.replace(day=1), -into)


def step(day: date, unit: Unit, count: int = 1) -> date:
    """`day` moved by `count` units."""
    if unit in MONTHS:
        return add_months(day, MONTHS[unit] * count)
    return day + timedelta(days=count * (7 if unit == "week" else 1))


def fiscal_part_start(year: int, unit: Unit, number: int, fiscal_year_start_month: int = 1) -> date:
    """First day of quarter or half `number` (from 1) of the fiscal year that begins in `year`."""
    return add_months(date(year, fiscal_year_start_month, 1), MONTHS[unit] * (number - 1))
