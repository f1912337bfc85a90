"""What teams cost, imported from a table of a spreadsheet: team, month, amount, currency."""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import text

from store.config import folded
from store.database import Database
from store.errors import ConfigurationError
from store.tables.work import team_cost
from store.upsert import upsert

COLUMNS = ("team", "month", "amount", "currency")
_NEW_VERSION = "update derivation_state set version = gen_random_uuid()::text where id = 'facts'"
"""Answers that were remembered from before the import are not given again."""
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_CURRENCY = re.compile(r"[A-Z]{3}")


async def import_costs(db: Database, path: Path) -> dict[str, Any]:
    """Store the costs of a file; a month of a team that was imported before is replaced.

    Returns `{"imported", "teams", "months", "currencies"}`.

    Raises:
        ConfigurationError: the file cannot be read, or a line of it does not say a team, month, amount and currency.
    """
    lines = list(_lines(path))
    async with db.begin() as connection:
        known = {
            folded(name): row.id for row in await connection.execute(text("select id, key, name from team")) for name in (row.key, row.name)
        }
        rows = {(row["team_id"], row["month"]): row for row in (_row(line, values, known) for line, values in lines)}
        await upsert(connection, team_cost, list(rows.values()))
        await connection.execute(text(_NEW_VERSION))
    return {
        "imported": len(rows),
        "teams": sorted({team.removeprefix("team:") for team, _ in rows}),
        "months": sorted({month for _, month in rows}),
        "currencies": sorted({row["currency"] for row in rows.values()}),
    }


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines below the header with their numbers; columns are separated by comma or semicolon."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read as text: {error}.") from error
    header = content.split("\n", 1)[0]
    reader = csv.reader(content.splitlines(), delimiter=";" if header.count(";") > header.count(",") else ",")
    names = [name.strip().lower() for name in next(reader, [])]
    if missing := [name for name in COLUMNS if name not in names]:
        raise ConfigurationError(f"{path} needs a first line with the columns {', '.join(COLUMNS)}; {', '.join(missing)} is missing.")
    for number, values in enumerate(reader, 2):
        if any(value.strip() for value in values):
            yield number, dict(zip(names, (value.strip() for value in values), strict=False))


def _row(line: int, values: Mapping[str, str], known: Mapping[str, str]) -> dict[str, Any]:
    """One line as a row of the store."""
    team, month, currency = values.get("team", ""), values.get("month", ""), values.get("currency", "").upper()
    if folded(team) not in known:
        names = sorted({row.removeprefix("team:") for row in known.values()})
        raise ConfigurationError(f"Line {line}: there is no team {team!r}; known: {', '.join(names) or 'none, run `pulse sync` first'}.")
    if not _MONTH.fullmatch(month):
        raise ConfigurationError(f"Line {line}: the month {month!r} must look like 2026-09.")
    if not _CURRENCY.fullmatch(currency):
        raise ConfigurationError(f"Line {line}: the currency {currency!r} must be three letters such as EUR.")
    return {"team_id": known[folded(team)], "month": month, "amount": _amount(line, values.get("amount", "")), "currency": currency}


def _amount(line: int, written: str) -> float:
    try:
        amount = float(written)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < float("inf"):
        raise ConfigurationError(f"Line {line}: the amount {written!r} must be a number such as 41500.00, without thousands separators.")
    return amount
