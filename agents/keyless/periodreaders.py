"""What each form of time words means: readers from a match of a regular expression to a period value of the contract."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from agents.keyless.periodwords import MONTHS, NUMBERS, ORDINALS, THIS, UNITS

Reader = Callable[[re.Match[str], date], str | None]


def number(text: str) -> int:
    """A number in digits or in words."""
    return int(text) if text.isdigit() else NUMBERS[text]


def last_n(match: re.Match[str], today: date) -> str:
    """`last_6_months`; hours become days beyond a day, years become months."""
    count, unit = number(match["n"]), UNITS[match["unit"]]
    if unit == "hour":
        return "last_24_hours" if count <= 24 else f"last_{-(-count // 24)}_days"
    if unit in ("year", "half"):
        return f"last_{count * (12 if unit == 'year' else 6)}_months"
    return f"last_{count}_{unit}s"


def fiscal_year(match: re.Match[str], today: date) -> str:
    """`FY2025`, by its fiscal quarters."""
    year = f"20{match['yy']}"
    return f"{year}-Q1..{year}-Q4"


def quarter_range(match: re.Match[str], today: date) -> str:
    """Both quarters included; without a year the latest such range that has begun."""
    first, last = int(match["qa"]), int(match["qb"])
    year = year_of(match, today, begins=first * 3 - 2)
    return f"{year}-Q{first}..{year}-Q{last}"


def months_of_year(match: re.Match[str], today: date) -> str:
    """The first or last months (or quarters) of a year."""
    size = 3 if UNITS[match["unit"]] == "quarter" else 1
    count = min(number(match["n"]) * size, 12)
    first = 1 if match["end"] == "first" else 13 - count
    year = year_of(match, today, begins=first)
    return f"{year}-{first:02d}..{year}-{first + count - 1:02d}"


def short_year_month(match: re.Match[str], today: date) -> str:
    """`Sept '25`."""
    return f"20{match['yy']}-{MONTHS[match['month']]:02d}"


def dotted_range(match: re.Match[str], today: date) -> str:
    """`01.09.2026 to 15.10.2026`, both days included."""
    days = [date(int(y), int(m), int(d)) for d, m, y in re.findall(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", match[0])]
    return "..".join(day.isoformat() for day in days)


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def weekday(match: re.Match[str], today: date) -> str:
    """The latest such day before today."""
    back = (today.weekday() - WEEKDAYS.index(match["weekday"]) - 1) % 7 + 1
    return (today - timedelta(days=back)).isoformat()


def week_of(match: re.Match[str], today: date) -> str:
    """The ISO week that holds a day."""
    found = date.fromisoformat(day_value(match, today)).isocalendar()
    return f"{found.year}-W{found.week:02d}"


def two_back(match: re.Match[str], today: date) -> str:
    """The unit before the last complete one: "the month before last"."""
    unit = UNITS[match["unit"]]
    if unit == "week":
        found = (today - timedelta(weeks=2)).isocalendar()
        return f"{found.year}-W{found.week:02d}"
    if unit == "year":
        return str(today.year - 2)
    size = 3 if unit == "quarter" else 1
    months = (today.year * 12 + today.month - 1) // size * size - 2 * size
    year, month = divmod(months, 12)
    return f"{year}-Q{month // 3 + 1}" if unit == "quarter" else f"{year}-{month + 1:02d}"


def last_unit(match: re.Match[str], today: date) -> str:
    """`last_quarter`; "past year" means twelve complete months."""
    unit = UNITS[match["unit"]]
    if unit == "day":
        return "yesterday"
    if unit == "half":
        return (
            "last_6_months"
            if match["unit"] in ("half year", "halbjahr") and re.match(r"(?:the )?(?:past|last)", match[0])
            else half_before(today)
        )
    if unit == "year" and re.match(r"(?:the )?(?:past|trailing)", match[0]):
        return "last_12_months"
    return "last_24_hours" if unit == "hour" else f"last_{unit}"


def half_before(today: date) -> str:
    """The last complete half year."""
    return f"{today.year}-H1" if today.month > 6 else f"{today.year - 1}-H2"


def this_unit(match: re.Match[str], today: date) -> str:
    """`this_quarter`, from its start to now."""
    unit = UNITS[match["unit"]]
    if unit == "half":
        return f"{today.year}-H{1 if today.month < 7 else 2}"
    return "today" if unit in ("day", "hour") else f"this_{unit}"


def part(letter: str) -> Reader:
    """Readers of quarters (Q) and halves (H) with or without a year; without one the latest that has begun."""
    months = 3 if letter == "Q" else 6

    def read(match: re.Match[str], today: date) -> str:
        found = match.groupdict()
        index = int(found["digit"]) if found.get("digit") else ORDINALS[found["ordinal"]]
        year = year_of(match, today, begins=(index - 1) * months + 1)
        return f"{year}-{letter}{index}"

    return read


def month_value(match: re.Match[str], today: date) -> str:
    """`2026-09`; without a year the latest September that has begun."""
    month = MONTHS[match["month"]] if "month" in match.groupdict() else number(match["n"])
    return f"{year_of(match, today, begins=month)}-{month:02d}"


def year_of(match: re.Match[str], today: date, *, begins: int) -> int:
    """The year that is named, else the latest one in which month `begins` has begun."""
    found = match.groupdict()
    if found.get("year"):
        return int(found["year"])
    if found.get("which"):
        return today.year - (0 if re.match(rf"{THIS}", found["which"]) else 1)
    return today.year if begins <= today.month else today.year - 1


def day_value(match: re.Match[str], today: date) -> str:
    """One day, written `2026-09-01`; without a year the latest that has begun."""
    month, day = MONTHS[match["month"]], int(match["day"])
    year = int(match["year"]) if match.groupdict().get("year") else today.year
    chosen = date(year, month, day)
    return (chosen if match.groupdict().get("year") or chosen <= today else chosen.replace(year=year - 1)).isoformat()


def iso_week(match: re.Match[str], today: date) -> str:
    """`2026-W36`; without a year the latest that has begun."""
    week = int(match["week"])
    year = int(match["year"]) if match.groupdict().get("year") else today.year - (week > today.isocalendar().week)
    return f"{year}-W{week:02d}"


def constant(value: str) -> Reader:
    """A phrase that always means the same."""
    return lambda match, today: value


def literal(match: re.Match[str], today: date) -> str:
    """A period value of the contract typed as such."""
    return re.sub(r"-([qwh])", lambda m: m[0].upper(), match[0].strip())


def ago(match: re.Match[str], today: date) -> str | None:
    """The calendar unit that many units back: "three months ago"."""
    count, unit = number(match["n"]), UNITS[match["unit"]]
    if unit == "day":
        return (today - timedelta(days=count)).isoformat()
    if unit == "week":
        iso = (today - timedelta(weeks=count)).isocalendar()
        return f"{iso.year}-W{iso.week:02d}"
    months = today.year * 12 + today.month - 1 - count * {"month": 1, "quarter": 3, "half": 6, "year": 12}.get(unit, 1)
    year, month = divmod(months, 12)
    return {"quarter": f"{year}-Q{month // 3 + 1}", "year": f"{year}"}.get(unit, f"{year}-{month + 1:02d}")


def ahead(match: re.Match[str], today: date) -> str:
    """The last day of what lies ahead: so many units from today on, or the calendar unit that comes next."""
    found, unit = match.groupdict(), UNITS[match["unit"]]
    if not found.get("n"):
        return next_end(unit, today)
    count = number(match["n"])
    if unit in ("day", "hour", "week"):
        return (today + timedelta(days=count * {"day": 1, "week": 7}.get(unit, 0) - 1)).isoformat()
    months = today.year * 12 + today.month - 1 + count * {"month": 1, "quarter": 3, "half": 6, "year": 12}[unit]
    first = date(months // 12, months % 12 + 1, 1)
    length = monthrange(first.year, first.month)[1]
    return (first + timedelta(days=min(today.day, length) - 2)).isoformat()


def next_end(unit: str, today: date) -> str:
    """The last day of the calendar unit after the running one."""
    if unit in ("day", "hour"):
        return (today + timedelta(days=1)).isoformat()
    if unit == "week":
        return (today + timedelta(days=13 - today.weekday())).isoformat()
    size = {"month": 1, "quarter": 3, "half": 6, "year": 12}[unit]
    months = (today.year * 12 + today.month - 1) // size * size + 2 * size
    return (date(months // 12, months % 12 + 1, 1) - timedelta(days=1)).isoformat()


def quarter_value(match: re.Match[str], today: date) -> str:
    """A quarter, also with a year of two digits."""
    if match.groupdict().get("yy"):
        return f"20{match['yy']}-Q{match['digit']}"
    return part("Q")(match, today) or ""


def quarter_start(value: str) -> str:
    """The first day of `2026-Q3`."""
    year, index = value.split("-Q")
    return f"{year}-{int(index) * 3 - 2:02d}-01"


def unit_start(unit: str, today: date, *, back: bool) -> date:
    """The first day of the running week, month or quarter, or of the one before."""
    if unit == "week":
        return today - timedelta(days=today.weekday() + (7 if back else 0))
    size = 3 if unit == "quarter" else 1
    months = (today.year * 12 + today.month - 1) // size * size - (size if back else 0)
    return date(months // 12, months % 12 + 1, 1)


def end_of(text: str, today: date) -> str:
    """The last day of the running year, quarter or month."""
    if re.search(r"quar|quartal|trimest", text):
        months = (today.month - 1) // 3 * 3 + 3
    else:
        months = today.month if re.search(r"mont?h|monat|\bmes\b|mois", text) else 12
    following = date(today.year + months // 12, months % 12 + 1, 1)
    return (following - timedelta(days=1)).isoformat()


def coming(match: re.Match[str], today: date) -> str:
    """The next such day: a date to reach lies ahead."""
    chosen = date(int(match["year"]) if match["year"] else today.year, MONTHS[match["month"]], int(match["day"]))
    return (chosen if match["year"] or chosen >= today else chosen.replace(year=chosen.year + 1)).isoformat()


def month_end_coming(match: re.Match[str], today: date) -> str:
    """The end of the next such month."""
    month = MONTHS[match["month"]]
    year = today.year + (month < today.month)
    return (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).isoformat()


def day_range(match: re.Match[str], today: date) -> str:
    """Both days included; without a year the latest range that has begun."""
    second = MONTHS[match["mb"] or match["ma"]]
    first = MONTHS[match["ma"]] if match["ma"] else second
    year = int(match["year"]) if match["year"] else today.year
    if not match["year"] and date(year, first, 1) > today:
        year -= 1
    start = date(year, first, int(match["a"]))
    end = date(year + (second < first), second, int(match["b"]))
    return f"{start}..{end}"


def month_range(match: re.Match[str], today: date) -> str:
    """Both months included; without a year the latest range that has begun."""
    first, second = MONTHS[match["ma"]], MONTHS[match["mb"]]
    end_year = (
        int(match["yb"])
        if match["yb"]
        else (int(match["ya"]) + (second < first) if match["ya"] else today.year + (second < first) * (first <= today.month))
    )
    start_year = int(match["ya"]) if match["ya"] else end_year - (second < first)
    if not match["yb"] and not match["ya"] and date(start_year, first, 1) > today:
        start_year, end_year = start_year - 1, end_year - 1
    return f"{start_year}-{first:02d}..{end_year}-{second:02d}"
