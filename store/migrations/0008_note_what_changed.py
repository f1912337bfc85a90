"""Note what changes, so that facts are derived anew for that alone; the indexes take a minute on a million pull requests."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INDEXES = (
    ("fact_deployment", "service_id"), ("fact_deployment_row", "service_id"), ("fact_change", "deployment_id"),
    ("fact_pull_request", "reverts_pr_id"), ("issue", "parent_id"), ("issue", "epic_key"), ("service_repository", "repo_id"), ("fact_activity", "pr_id"),
)  # fmt: skip

# While the facts are to be derived as a whole, no more needs to be noted. A writer that relies on that holds the row until it commits, so
# that the refresh which takes the row away sees what was written.
NOTE = """
create function note_touched() returns trigger language plpgsql security definer set search_path = public, pg_temp as $body$
declare
  kind text := tg_argv[0];
  key text := tg_argv[1];
  part text := tg_argv[2];
  compared text := tg_argv[3];
  given text;
begin
  perform from touched t where t.kind = 'all' limit 1 for key share skip locked;
  if found then return null; end if;
  given := case tg_op when 'INSERT' then 'new_rows' when 'DELETE' then 'old_rows' when 'TRUNCATE' then '(select) everything'
    else case when compared = '' then format('(select %1$s, %2$s from new_rows
        union select %1$s, %2$s from old_rows) both_ways (its_key, its_part)', key, part)
      else format('((select %1$s, %2$s, %3$s from new_rows except select %1$s, %2$s, %3$s from old_rows)
        union (select %1$s, %2$s, %3$s from old_rows except select %1$s, %2$s, %3$s from new_rows)) differing (its_key, its_part)',
        key, part, compared) end end;
  if tg_op = 'UPDATE' then key := 'its_key'; part := 'its_part'; end if;
  execute format('insert into touched (kind, key, part) select distinct %L, %s, %s from %s where %s is not null', kind, key, part, given, key);
  return null;
end $body$
"""

# table, kind, key, part, columns whose change counts (all when empty)
NOTED = (
    ("issue", "issue", "id", "null", ""),
    ("issue_transition", "issue", "issue_id", "null", ""),
    ("issue_field_change", "issue", "issue_id", "null", ""),
    ("issue_link", "issue", "issue_id", "null", ""),
    ("sprint_issue", "issue", "issue_id", "null", ""),
    ("sprint", "sprint", "id", "null", ""),
    ("pull_request", "pull", "id", "null", ""),
    ("pr_event", "pull", "pr_id", "null", ""),
    ("pr_file", "pull", "pr_id", "null", ""),
    ("review", "pull", "pr_id", "null", ""),
    ("pr_commit", "pull", "pr_id", "null", ""),
    ("issue_pr", "pull", "pr_id", "null", ""),
    ("commit", "commit", "repo_id", "sha", ""),
    ("deployment", "repository", "repo_id", "null", ""),
    ("deployment", "service", "service_id", "null", ""),
    ("deployment_status", "deployment", "deployment_id", "null", ""),
    ("deployment_change", "deployment", "deployment_id", "null", ""),
    ("release", "repository", "repo_id", "null", ""),
    ("workflow_run", "run", "id", "null", ""),
    ("incident", "incident", "id", "null", ""),
    ("incident_correction", "incident", "incident_id", "null", ""),
    ("repository", "all", "'repository'", "null", "id, full_name, name, default_branch, fork, url, deleted_at"),
    ("identity", "all", "'identity'", "null",
     "id, site, source, external_id, login, display_name, verified_email, account_type, time_zone, confirmed_by, person_id"),
    ("project", "all", "'project'", "null", "id, key, deleted_at"),
    ("board", "all", "'board'", "null", "id, external_id, name, project_id"),
    ("status", "all", "'status'", "null", ""),
    ("source_team", "all", "'source_team'", "null", ""),
    ("source_team_member", "all", "'source_team_member'", "null", ""),
    ("source_team_repository", "all", "'source_team_repository'", "null", ""),
    ("team", "all", "'team'", "null", ""),
    ("team_member", "all", "'team_member'", "null", ""),
    ("service", "all", "'service'", "null", ""),
    ("service_repository", "all", "'service_repository'", "null", ""),
)  # fmt: skip

WHEN = "when (current_setting('pulse.deriving', true) is distinct from 'on')"
SEEN = {"insert": "new table as new_rows", "update": "old table as old_rows new table as new_rows", "delete": "old table as old_rows"}


def upgrade() -> None:
    """Tables, columns and indexes first, then the triggers; the first refresh derives everything."""
    text, instant = sa.Text(), sa.DateTime(timezone=True)
    op.create_table(
        "touched", sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False), sa.Column("kind", text, nullable=False),
        sa.Column("key", text, nullable=False), sa.Column("part", text), sa.PrimaryKeyConstraint("id", name="pk_touched"),
    )  # fmt: skip
    op.create_index("ix_touched_all", "touched", ["kind"], postgresql_where=sa.text("kind = 'all'"))
    op.create_table(
        "derivation_state", sa.Column("id", text, nullable=False), sa.Column("fingerprint", text, nullable=False),
        sa.Column("as_at", instant, nullable=False), sa.Column("valid_until", instant), sa.PrimaryKeyConstraint("id", name="pk_derivation_state"),
    )  # fmt: skip
    op.create_table(
        "primary_team", sa.Column("person_id", text, nullable=False), sa.Column("from_at", instant, nullable=False), sa.Column("to_at", instant),
        sa.Column("team", text, nullable=False), sa.PrimaryKeyConstraint("person_id", "from_at", name="pk_primary_team"),
    )  # fmt: skip
    op.create_table(
        "pr_mention", sa.Column("pr_id", text, nullable=False), sa.Column("link_kind", text, nullable=False), sa.Column("key", text, nullable=False),
        sa.PrimaryKeyConstraint("pr_id", "link_kind", "key", name="pk_pr_mention"),
    )  # fmt: skip
    op.create_index("ix_pr_mention_key", "pr_mention", ["key"])
    op.create_table(
        "pr_revert", sa.Column("pr_id", text, nullable=False), sa.Column("repo_id", text), sa.Column("given_reverts", text), sa.Column("repo", text),
        sa.Column("number", sa.BigInteger()), sa.Column("sha", text), sa.PrimaryKeyConstraint("pr_id", name="pk_pr_revert"),
    )  # fmt: skip
    op.create_index("ix_pr_revert_number", "pr_revert", ["number"])
    op.create_index("ix_pr_revert_repo_id", "pr_revert", ["repo_id"])
    op.add_column("identity", sa.Column("author_type", text))
    op.add_column("fact_pull_request", sa.Column("last_commit_at", instant))
    for table, column in INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_deployment_change_given", "deployment_change", ["deployment_id"], postgresql_where=sa.text("given"))
    op.execute(NOTE)
    op.execute("insert into touched (kind, key) values ('all', 'first')")
    for table, kind, key, part, compared in NOTED:
        _watch(table, kind, key, part, compared)
    op.execute(
        f"""create trigger note_moved after update on pull_request referencing {SEEN["update"]} for each statement {WHEN}
        execute function note_touched('all', '''moved''', 'null', 'id, repo_id, number, head_ref')"""
    )
    op.execute(
        f"""create trigger note_deleted after delete on pull_request referencing {SEEN["delete"]} for each statement {WHEN}
        execute function note_touched('all', '''deleted''', 'null', '')"""
    )


def _watch(table: str, kind: str, key: str, part: str, compared: str) -> None:
    arguments = ", ".join("'" + value.replace("'", "''") + "'" for value in (kind, key, part, compared))
    for event, seen in SEEN.items():
        op.execute(
            f"""create trigger note_{kind}_{event} after {event} on "{table}" referencing {seen} for each statement {WHEN}
            execute function note_touched({arguments})"""
        )
    if kind == "service" or table == "service_repository":
        return  # the deployment's other triggers note it; once is enough
    op.execute(
        f"""create trigger note_truncate after truncate on "{table}" for each statement {WHEN}
        execute function note_touched('all', '''truncate''', 'null', '')"""
    )


def downgrade() -> None:
    """Undo it; every refresh derives everything again."""
    for table, kind, *_ in NOTED:
        for event in (f"{kind}_insert", f"{kind}_update", f"{kind}_delete", "truncate"):
            op.execute(f'drop trigger if exists note_{event} on "{table}"')
    op.execute("drop trigger note_moved on pull_request")
    op.execute("drop trigger note_deleted on pull_request")
    op.execute("drop function note_touched")
    op.drop_index("ix_deployment_change_given", "deployment_change")
    for table, column in INDEXES:
        op.drop_index(f"ix_{table}_{column}", table)
    op.drop_column("fact_pull_request", "last_commit_at")
    op.drop_column("identity", "author_type")
    for table in ("pr_revert", "pr_mention", "primary_team", "derivation_state", "touched"):
        op.drop_table(table)
