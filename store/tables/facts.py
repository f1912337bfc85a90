"""Derived facts (R1–R14): all that metrics read. Refreshed for what a sync touched, rebuildable from nothing."""

from sqlalchemy import Column, DateTime, Index, func, text

from store.tables.base import at, flag, key, maybe, names, number, table, whole, words

fact_deployment = table(
    "fact_deployment",
    key(),
    words("service_id"),
    words("service"),
    words("owner_team"),
    words("repo_id"),
    words("repo"),
    words("environment"),
    words("source"),
    words("kind"),
    words("sha"),
    words("ref"),
    at("started_at"),
    at("finished_at", required=True),
    whole("parts"),
    whole("pr_count"),
    flag("failed"),
    words("failed_by"),
    words("rolled_back_by_id"),
    at("rolled_back_at"),
    whole("incidents"),
    whole("inferred_links"),
    whole("open_incidents"),
    at("recovered_at"),
    at("recovery_from_at"),
    at("incident_started_at"),
    words("severity"),
    flag("surely_linked"),
    number("gap_hours"),
    words("changes_by"),
    words("title"),
    words("url"),
    indexes=[("finished_at",), ("recovered_at",), ("service", "finished_at"), ("owner_team", "finished_at"), ("service_id",)],
)
"""Logical production deployments (R2, R3) with what became of them.

`kind`: change, hotfix, rollback or redeploy; `failed_by`: incident, rollback or both; `pr_count`: distinct pull requests first shipped;
`surely_linked`: an incident names it; `gap_hours`: the least time from its end to an incident that only service and time lay to it, however late;
`recovered_at`: null while an incident is open or nothing failed; recovery takes max(0, `recovered_at` - `recovery_from_at`);
`changes_by`: graph, first (the first deployment ever shows its head commit only), time (inferred from merge times) or given.
"""

fact_deployment_row = table(
    "fact_deployment_row",
    key(),
    words("deployment_id"),
    words("service_id"),
    words("repo_id"),
    words("service"),
    words("owner_team"),
    words("repo"),
    words("environment"),
    words("source"),
    words("status"),
    at("finished_at"),
    words("url"),
    indexes=[("finished_at",), ("service_id",)],
)
"""Production deployment rows of the chosen source before R2 (the success rate of the job); `deployment_id` is the row of the source."""

fact_deployment_part = table("fact_deployment_part", key("deployment_id"), words("logical_id", required=True), indexes=[("logical_id",)])
"""Which source rows make one logical deployment."""

fact_change = table(
    "fact_change",
    key(),
    words("pr_id"),
    words("sha"),
    words("deployment_id", required=True),
    words("service"),
    words("owner_team"),
    words("repo"),
    words("environment"),
    words("source"),
    words("kind"),
    words("team"),
    words("author_type"),
    words("ai_level"),
    words("size_bucket"),
    words("base_branch"),
    names("labels"),
    at("first_commit_at"),
    at("last_commit_at"),
    at("created_at"),
    at("merged_at"),
    at("deployed_at", required=True),
    flag("is_first", default=True),
    words("title"),
    words("url"),
    whole("number"),
    indexes=[("deployed_at",), ("pr_id",), ("deployment_id",)],
)
"""A change (merged pull request or direct commit) and the deployment that first shipped it, one row per service.

`is_first`: the earliest over all services; `first_commit_at` is t0 of R7; bots are rows too (`author_type`), measures leave them out.
"""

fact_pull_request = table(
    "fact_pull_request",
    key(),
    words("repo_id"),
    words("repo"),
    words("service"),
    words("owner_team"),
    words("team"),
    whole("number"),
    words("title"),
    words("url"),
    words("state"),
    flag("is_draft"),
    flag("is_promotion"),
    flag("is_superseded"),
    words("author_id"),
    words("author_person_id"),
    words("author_type"),
    words("ai_level"),
    words("size_bucket"),
    words("base_branch"),
    names("labels"),
    words("work_class"),
    at("created_at"),
    at("first_commit_at"),
    at("last_commit_at"),
    at("ready_at"),
    at("first_review_at"),
    at("last_approval_at"),
    at("merged_at"),
    at("closed_at"),
    at("deployed_at"),
    at("last_human_activity_at"),
    whole("size_lines"),
    whole("early_lines"),
    whole("changed_files"),
    flag("files_missing"),
    whole("review_rounds"),
    whole("reviews"),
    flag("reviewed_before_merge"),
    flag("approved_before_merge"),
    flag("self_merged"),
    flag("ai_reviewed_only"),
    words("reverts_pr_id"),
    flag("is_revert"),
    words("reverted_by_pr_id"),
    at("reverted_at"),
    flag("has_issue_link"),
    indexes=[("merged_at",), ("state", "created_at"), ("repo", "number"), ("deployed_at",), ("reverts_pr_id",)],
)
"""One row per pull request with the instants of R7: t0 first_commit_at, t1 ready_at, t2 first_review_at, t3 merged_at, t4 deployed_at.

`size_lines` leaves generated files out; `early_lines` are those in files that another pull request merged less than 21 days earlier also touched,
null where the list of files is missing; `size_bucket`: XS, S, M, L, XL or XXL.
"""

fact_activity = table(
    "fact_activity",
    key(),
    words("kind", required=True),
    words("person_id", required=True),
    words("pr_id"),
    whole("number"),
    words("repo"),
    words("service"),
    words("team"),
    at("at", required=True),
    maybe("off_hours"),
    words("title"),
    words("url"),
    indexes=[("kind", "at"), ("pr_id",)],
)
"""What humans did in the code; bots and agents are left out. `kind`: review, push or commit.

A review is of another's pull request; a push is told by the commits of a pull request that it brought, those of one minute once; a commit stands on
the default branch and is no merge, a squashed one belongs to the author of the pull request. `team`: the person's at that time;
`off_hours`: outside the person's working calendar, null where the person's time zone is unknown.
"""

fact_incident = table(
    "fact_incident",
    key(),
    words("issue_id"),
    words("issue_key"),
    words("title"),
    words("service"),
    words("owner_team"),
    words("team"),
    words("severity"),
    words("cause"),
    at("started_at", required=True),
    at("resolved_at"),
    words("link_deployment_id"),
    words("link_kind"),
    words("link_rule"),
    words("link_confidence"),
    words("url"),
    indexes=[("started_at",), ("resolved_at",)],
)
"""Incidents without duplicates (R5, R6); `link_kind`: explicit, inferred or none.

`link_rule` and `link_confidence`: corrected or named (high), reverted, rolled_back or hotfixed (medium), window (low); null without a link.
"""

fact_issue = table(
    "fact_issue",
    key(),
    words("site"),
    words("key"),
    words("title"),
    words("url"),
    words("project"),
    words("team"),
    words("issue_type"),
    words("level"),
    words("work_class"),
    words("priority"),
    words("epic"),
    words("initiative"),
    names("components"),
    names("labels"),
    words("assignee_id"),
    words("status"),
    words("category"),
    words("found_in"),
    number("points"),
    at("created_at"),
    at("start_at"),
    at("first_done_at"),
    at("done_at"),
    at("cancelled_at"),
    flag("cancelled"),
    whole("reopened_count"),
    number("active_hours"),
    number("waiting_hours"),
    maybe("has_history"),
    indexes=[("done_at",), ("first_done_at",), ("created_at",), ("key",), ("epic",)],
)
"""Lifecycle of issues (R9, R11, R12); every level, measures filter on `level = 'item'`."""

fact_issue_state = table(
    "fact_issue_state",
    key("issue_id"),
    Column("from_at", DateTime(timezone=True), primary_key=True),
    at("to_at"),
    words("category", required=True),
    words("kind"),
    words("status"),
)
"""Spells of one category, kind and status, half-open; the last one has no end. What was the state at T is one range test."""

fact_sprint = table(
    "fact_sprint",
    key(),
    words("name"),
    words("board"),
    words("team"),
    words("project"),
    words("state", required=True),
    words("goal"),
    at("started_at"),
    at("planned_end_at"),
    at("completed_at"),
    indexes=[("completed_at",), ("team", "completed_at")],
)
"""Sprints with the team and project of their board; `completed_at` only of closed ones."""

fact_sprint_issue = table(
    "fact_sprint_issue",
    key(),
    words("sprint_id", required=True),
    words("issue_id", required=True),
    words("sprint"),
    words("board"),
    words("team"),
    words("project"),
    words("state"),
    at("started_at"),
    at("completed_at"),
    words("key"),
    words("title"),
    words("url"),
    words("issue_type"),
    words("work_class"),
    words("epic"),
    flag("committed"),
    flag("added"),
    flag("removed"),
    flag("done"),
    flag("spilled"),
    flag("cancelled"),
    at("done_at"),
    number("start_points"),
    number("end_points"),
    whole("carried"),
    indexes=[("completed_at",), ("sprint_id",), ("issue_id",)],
)
"""The sprint ledger, one row per sprint and item of its sets, states as of the end of the sprint (a running one: as of the refresh).

`start_points`: the size with which it was committed or joined; `end_points`: its size at the end or when it left;
`carried`: how many closed sprints up to this one it spilled out of.
"""

fact_epic = table(
    "fact_epic",
    key(),
    words("key"),
    words("title"),
    words("url"),
    words("project"),
    words("team"),
    words("initiative"),
    words("work_class"),
    at("created_at"),
    at("begun_at"),
    at("baseline_at"),
    at("done_at"),
    flag("cancelled"),
    at("cancelled_at"),
    at("original_target_at"),
    at("target_at"),
    number("cod_per_week"),
    indexes=[("key",)],
)
"""Epics; `begun_at`: when it or its first item was started; `baseline_at`: two weeks later, from when on growth of its scope is counted."""

fact_epic_item = table(
    "fact_epic_item",
    key(),
    words("epic_id", required=True),
    words("epic"),
    words("key"),
    words("title"),
    words("url"),
    words("project"),
    words("team"),
    words("initiative"),
    words("work_class"),
    words("item_team"),
    number("points"),
    at("joined_at"),
    at("left_at"),
    at("done_at"),
    indexes=[("epic_id",), ("joined_at",)],
)
"""Items of epics, with the dimensions of the epic; `joined_at`: when it was put there, `left_at`: when it was cancelled."""

fact_milestone = table(
    "fact_milestone",
    key(),
    words("kind"),
    words("key"),
    words("title"),
    words("url"),
    words("project"),
    words("team"),
    words("epic"),
    words("initiative"),
    words("work_class"),
    at("original_target_at"),
    at("target_at"),
    at("done_at"),
    flag("cancelled"),
    indexes=[("original_target_at",)],
)
"""Releases and dated epics; `original_target_at`: the day promised at or before the start of work, else the first ever; null where only one day is known."""

# What few rows have or what no column says by itself; the migration that made them says which question each serves.
Index("ix_fact_deployment_failed", fact_deployment.c.finished_at, postgresql_where=fact_deployment.c.failed)
Index("ix_fact_change_hotfix", fact_change.c.pr_id, postgresql_where=fact_change.c.kind == "hotfix")
Index("ix_fact_pull_request_revert", fact_pull_request.c.merged_at, postgresql_where=fact_pull_request.c.is_revert)
Index("ix_fact_pull_request_ended", func.coalesce(fact_pull_request.c.merged_at, fact_pull_request.c.closed_at))
Index("ix_fact_issue_cancelled", fact_issue.c.cancelled_at, postgresql_where=fact_issue.c.cancelled)
Index(
    "ix_fact_issue_state_standing",
    func.coalesce(fact_issue_state.c.to_at, text("'infinity'::timestamptz")),
    postgresql_include=["to_at", "from_at", "issue_id", "category"],
    postgresql_where=text("category <> 'done'"),
)
