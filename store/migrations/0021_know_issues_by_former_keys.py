"""Let a Jira issue that was moved to another project be found by the keys it bore there: branches, titles and epic links go on naming them."""

from alembic import op
from sqlalchemy import text

revision = "0021"
down_revision = "0020"

# A key that has a bearer means that one, else the issue that bore it last.
CALLED = """
create view issue_called as
select i.site, i.key, i.id as issue_id from issue i where i.source <> 'github' and i.deleted_at is null
union all
select f.site, f.key, f.issue_id from (
  select distinct on (i.site, c.old) i.site, c.old as key, i.id as issue_id
  from issue_field_change c join issue i on i.id = c.issue_id
  where c.field = 'key' and c.old is not null and i.deleted_at is null order by i.site, c.old, c.at desc, i.id) f
where not exists (select from issue o where o.key = f.key and o.site = f.site and o.deleted_at is null)
"""


def upgrade() -> None:
    """Histories of moved issues tell their former keys, also of those moved before."""
    op.create_index("ix_issue_former_key", "issue_field_change", ["old"], postgresql_where=text("field = 'key'"))
    op.execute(CALLED)


def downgrade() -> None:
    """Undo it."""
    op.execute("drop view issue_called")
    op.drop_index("ix_issue_former_key", table_name="issue_field_change")
