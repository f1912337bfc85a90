"""Costs of teams come from a file of a spreadsheet."""

from pathlib import Path

import pytest
from sqlalchemy import insert, text

from etl.costs import import_costs
from store.database import Database
from store.errors import ConfigurationError
from store.tables.people import team

HEADER = "Team;Month;Amount;Currency\n"


async def with_team(db: Database) -> None:
    """One team to pay for."""
    async with db.begin() as connection:
        await connection.execute(insert(team), [{"id": "team:payments", "key": "payments", "name": "Payments & Billing", "source": "yaml"}])


async def test_a_month_that_is_imported_again_is_replaced(db: Database, tmp_path: Path) -> None:
    """Teams are found by key or name, columns in any order of case, separated by comma or semicolon."""
    await with_team(db)
    file = tmp_path / "costs.csv"
    file.write_text(f"{HEADER}Payments & Billing;2026-08;40000;eur\npayments;2026-09;41500.50;EUR\n\n", encoding="utf-8-sig")
    async with db.begin() as connection:
        await connection.execute(
            text("insert into derivation_state (id, fingerprint, as_at, version) values ('facts', 'f', now(), 'before')")
        )
    first = await import_costs(db, file)
    file.write_text("team,month,amount,currency\npayments,2026-09,42000,EUR\n", encoding="utf-8")
    await import_costs(db, file)
    async with db.connect() as connection:
        rows = (await connection.execute(text("select month, amount, currency from team_cost order by month"))).all()
        version = await connection.scalar(text("select version from derivation_state"))
    assert version != "before"  # what was remembered of the costs before is forgotten
    assert first == {"imported": 2, "teams": ["payments"], "months": ["2026-08", "2026-09"], "currencies": ["EUR"]}
    assert [tuple(row) for row in rows] == [("2026-08", 40000.0, "EUR"), ("2026-09", 42000.0, "EUR")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("team,month,amount\n", "currency is missing"),
        (f"{HEADER}sales;2026-08;1;EUR\n", "Line 2: there is no team 'sales'; known: payments"),
        (f"{HEADER}payments;08/2026;1;EUR\n", "Line 2: the month"),
        (f"{HEADER}payments;2026-08;41.500,00;EUR\n", "Line 2: the amount"),
        (f"{HEADER}payments;2026-08;nan;EUR\n", "Line 2: the amount"),
        (f"{HEADER}payments;2026-08;1;Euro\n", "Line 2: the currency"),
    ],
)
async def test_a_line_that_cannot_be_read_stores_nothing(db: Database, tmp_path: Path, content: str, said: str) -> None:
    """The message names the line and what is expected."""
    await with_team(db)
    file = tmp_path / "costs.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said):
        await import_costs(db, file)
    async with db.connect() as connection:
        assert await connection.scalar(text("select count(*) from team_cost")) == 0
