"""Triggers that note what changed, for the facts to follow."""

from sqlalchemy import text

from store.database import Database

TRIGGERS = """
select c.relname as "table", string_agg(distinct t.tgname, ', ') as triggers from pg_trigger t join pg_class c on c.oid = t.tgrelid
join pg_proc p on p.oid = t.tgfoid where p.proname = 'note_touched' group by 1 order by 1
"""


async def test_no_table_refuses_a_change_because_it_is_noted(db: Database) -> None:
    """Each statement fires its trigger, rows or none: names inside it must not collide with those of any table."""
    async with db.begin() as connection:
        tables = list(await connection.scalars(text(TRIGGERS)))
        assert len(tables) > 20
        for name in tables:
            await connection.execute(text("delete from touched"))
            column = await connection.scalar(
                text("select column_name from information_schema.columns where table_name = :name order by ordinal_position limit 1"),
                {"name": name},
            )
            await connection.execute(text(f'update "{name}" set "{column}" = "{column}"'))
            await connection.execute(text(f'delete from "{name}"'))
