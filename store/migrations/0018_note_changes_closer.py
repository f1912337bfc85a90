"""Note a changed account, and what of a pull request moves deployments, so that less is derived anew; instant on any size."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

WHEN = "when (current_setting('pulse.deriving', true) is distinct from 'on')"
SEEN = {"insert": "new table as new_rows", "update": "old table as old_rows new table as new_rows", "delete": "old table as old_rows"}
ACCOUNT = "id, site, source, external_id, login, display_name, verified_email, account_type, time_zone, confirmed_by, person_id"
SHIPS = "id, repo_id, merged_at, merge_commit_sha, base_ref, head_ref, head_repo_id, deleted_at"
PARTS = ("pr_commit", "pr_file", "issue_pr")


def upgrade() -> None:
    """Exchange the triggers; an account that is deleted still has everything derived anew."""
    op.add_column("identity_suggestion", sa.Column("bearers", sa.Integer()))
    for event in ("insert", "update"):
        op.execute(f"drop trigger note_all_{event} on identity")
        _note(f"note_account_{event}", "identity", event, ("account", "id", "null", ACCOUNT))
    for event in SEEN:
        op.execute(f"drop trigger note_all_{event} on source_team_member")
        _note(f"note_account_{event}", "source_team_member", event, ("account", "identity_id", "null", ""))
        op.execute(f"drop trigger note_{event} on mapping_decision")
        _note(f"note_{event}", "mapping_decision", event, ("account", "subject", "null", ""))
        for table in PARTS:
            op.execute(f"drop trigger note_pull_{event} on {table}")
            _note(f"note_pull_{event}", table, event, ("pull", "pr_id", "'ships'", ""))
    _note("note_ships", "pull_request", "update", ("pull", "id", "'ships'", SHIPS))


def _note(name: str, table: str, event: str, arguments: tuple[str, ...]) -> None:
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in arguments)
    op.execute(
        f"create trigger {name} after {event} on {table} referencing {SEEN[event]} for each statement {WHEN} "
        f"execute function note_touched({quoted})"
    )


def downgrade() -> None:
    """Undo it."""
    op.execute("drop trigger note_ships on pull_request")
    for event in SEEN:
        for table in PARTS:
            op.execute(f"drop trigger note_pull_{event} on {table}")
            _note(f"note_pull_{event}", table, event, ("pull", "pr_id", "null", ""))
        op.execute(f"drop trigger note_{event} on mapping_decision")
        _note(f"note_{event}", "mapping_decision", event, ("all", "'mapping'", "null", ""))
        op.execute(f"drop trigger note_account_{event} on source_team_member")
        _note(f"note_all_{event}", "source_team_member", event, ("all", "'source_team_member'", "null", ""))
    for event in ("insert", "update"):
        op.execute(f"drop trigger note_account_{event} on identity")
        _note(f"note_all_{event}", "identity", event, ("all", "'identity'", "null", ACCOUNT))
    op.drop_column("identity_suggestion", "bearers")
