"""Deployments, releases, pipeline runs and incidents."""

from sqlalchemy import Index

from store.tables.base import at, document, flag, key, maybe, table, whole, words

deployment = table(
    "deployment",
    key(),
    words("site", required=True),
    words("service_id"),
    words("repo_id"),
    words("environment"),
    words("environment_class"),
    words("sha"),
    words("ref"),
    words("task"),
    words("status", required=True),
    words("state"),
    at("created_at"),
    at("started_at"),
    at("finished_at"),
    words("source", required=True),
    words("external_id"),
    words("group_key"),
    words("change_kind"),
    maybe("production_environment"),
    words("creator_id"),
    words("url"),
    at("updated_at"),
    at("deleted_at"),
    indexes=[("repo_id", "finished_at"), ("service_id",)],
)
"""A deployment event as the source reports it, before R1 and R2.

`status`: success, failure, cancelled or running; `source`: github_deployments, workflow_runs, releases, tags, merges or api;
`state`: in the source's own words; `environment_class`: production, staging, test or other; `change_kind`: the kind given by the payload, if any.
"""

deployment_status = table(
    "deployment_status",
    key(),
    words("deployment_id", required=True),
    words("state", required=True),
    at("at", required=True),
    words("url"),
    indexes=[("deployment_id", "at")],
)
"""Each status of a GitHub deployment in GitHub's own words."""

deployment_change = table(
    "deployment_change",
    key("deployment_id"),
    key("repo_id"),
    key("sha"),
    words("pr_id"),
    flag("inferred_by_time"),
    flag("given"),
    whole("position"),
    indexes=[("pr_id",)],
)
"""R4: the commits that a deployment ships for the first time since the previous one, each with its pull request if it has one.

`given` rows came with the deployment and are kept as they are; the others are derived and name the logical deployment.
"""

Index("ix_deployment_change_given", deployment_change.c.deployment_id, postgresql_where=deployment_change.c.given)

release = table(
    "release",
    key(),
    words("site", required=True),
    words("repo_id", required=True),
    words("tag"),
    words("name"),
    words("sha"),
    words("target"),
    flag("draft"),
    flag("prerelease"),
    at("created_at"),
    at("published_at"),
    words("author_id"),
    words("url"),
    indexes=[("repo_id", "published_at")],
)

workflow_run = table(
    "workflow_run",
    key(),
    words("site", required=True),
    words("repo_id", required=True),
    words("workflow_id"),
    words("name"),
    words("path"),
    words("event"),
    words("branch"),
    words("sha"),
    words("status"),
    words("conclusion"),
    whole("attempt"),
    whole("run_number"),
    at("created_at"),
    at("started_at"),
    at("updated_at"),
    words("actor_id"),
    words("url"),
    indexes=[("repo_id", "updated_at")],
)

workflow_job = table(
    "workflow_job",
    key(),
    words("site", required=True),
    words("run_id", required=True),
    words("name"),
    words("sha"),
    whole("attempt"),
    words("status"),
    words("conclusion"),
    at("started_at"),
    at("completed_at"),
    words("url"),
    indexes=[("run_id",)],
)
"""Jobs of workflow runs, from webhooks and recordings."""

incident = table(
    "incident",
    key(),
    words("site"),
    words("source", required=True),
    words("issue_id"),
    words("key"),
    words("title"),
    words("service_id"),
    words("team_id"),
    words("severity"),
    words("cause"),
    at("started_at", required=True),
    at("resolved_at"),
    words("caused_by_deployment_id"),
    words("caused_by_ref"),
    flag("duplicate"),
    document("origin"),
    indexes=[("service_id", "started_at")],
)
"""R5. `caused_by_ref`: a pull request, sha, release or deployment named by the payload, resolved by R6. `severity`: sev1..sev4 or null."""

incident_correction = table(
    "incident_correction", key("incident_id"), words("deployment_id"), words("corrected_by"), at("corrected_at"), writer="app"
)
"""R6: the deployment a person laid an incident to; a null one says that none caused it. It wins over what the sources say."""
