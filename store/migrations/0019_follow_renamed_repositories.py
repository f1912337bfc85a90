"""Let what is named after a GitHub repository follow when it is renamed or transferred; a minute where thousands of issues go by an old name."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

# The rows of its issues carry the name; those of everything else lead to the repository by its id.
RENAME = """
create function rename_repository() returns trigger language plpgsql set search_path = public, pg_temp as $body$
declare
  its_project text := replace(new.id, ':repo:', ':project:');
begin
  insert into former_repository_name (name, repo_id, until_at)
  select lower(old.full_name), new.id, clock_timestamp() where lower(old.full_name) <> lower(new.full_name)
  on conflict (name, repo_id) do update set until_at = excluded.until_at;
  update project set key = new.full_name, name = new.full_name where id = its_project and source = 'github';
  update issue set key = new.full_name || '#' || split_part(key, '#', 2), project_key = new.full_name,
    url = replace(url, '/' || old.full_name || '/', '/' || new.full_name || '/')
  where project_id = its_project and source = 'github';
  return null;
end $body$
"""
TRIGGER = """
create trigger renamed after update of full_name on repository for each row
when (old.full_name is distinct from new.full_name) execute function rename_repository()
"""
# A name that has a new bearer means that one, as at GitHub; else the one that bore it last.
CALLED = """
create view repository_called as
select lower(r.full_name) as name, r.id as repo_id from repository r
union all
select f.name, f.repo_id from (select distinct on (name) name, repo_id from former_repository_name order by name, until_at desc, repo_id) f
where not exists (select from repository r where lower(r.full_name) = f.name)
"""
OUTDATED = "i.source = 'github' and i.project_id = replace(r.id, ':repo:', ':project:') and i.project_key <> r.full_name"


def upgrade() -> None:
    """What was renamed before goes by its name of today as well."""
    op.create_table(
        "former_repository_name",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("repo_id", sa.Text(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "repo_id", name="pk_former_repository_name"),
    )
    op.execute(CALLED)
    op.execute(
        "insert into former_repository_name select distinct lower(i.project_key), r.id, clock_timestamp() from issue i, repository r"
        f" where {OUTDATED} and lower(i.project_key) <> lower(r.full_name)"
    )
    op.execute(
        "update issue i set key = r.full_name || '#' || split_part(i.key, '#', 2), project_key = r.full_name,"
        f" url = replace(i.url, '/' || i.project_key || '/', '/' || r.full_name || '/') from repository r where {OUTDATED}"
    )
    op.execute(
        "update project p set key = r.full_name, name = r.full_name from repository r"
        " where p.source = 'github' and p.id = replace(r.id, ':repo:', ':project:') and p.key <> r.full_name"
    )
    op.execute(RENAME)
    op.execute(TRIGGER)


def downgrade() -> None:
    """Undo it; the names stay those of today."""
    op.execute("drop trigger renamed on repository")
    op.execute("drop function rename_repository()")
    op.execute("drop view repository_called")
    op.drop_table("former_repository_name")
