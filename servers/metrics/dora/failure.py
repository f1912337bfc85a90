"""What a failed deployment is, under each defensible rule, and whether enough is known to say so."""

from servers.metrics.metric import Check

_UNDONE = "f.rolled_back_at is not null and f.rolled_back_at <= :as_of"
FAILED = "f.failed and coalesce(least(f.incident_started_at, f.rolled_back_at), f.finished_at) <= :as_of"
"""By the definition: an incident was laid to it (R6), or it was rolled back; what happened later than as_of is not known yet."""

LINKS = {
    "configured": FAILED,
    "explicit": f"f.surely_linked or {_UNDONE}",
    "1d": f"f.surely_linked or {_UNDONE} or f.gap_hours <= 24",
    "7d": f"f.surely_linked or {_UNDONE} or f.gap_hours <= 168",
    "any": f"f.surely_linked or {_UNDONE} or f.gap_hours is not null",
    "incidents": f"{FAILED} and f.incidents > 0",
}
"""How an incident is laid to a deployment, as conditions on deployments."""
LINK_WORDS = {
    "link=configured": "by the configured window",
    "link=explicit": "explicit links only",
    "link=1d": "incidents within a day",
    "link=7d": "incidents within a week",
    "link=any": "the last deployment before an incident, however old",
    "link=incidents": "without rollbacks",
}
INCIDENTS_LAID = Check(
    code="incidents_attributed",
    rows="{rows:incident}",
    at="f.started_at",
    have="f.link_kind in ('explicit', 'inferred') or f.cause is not null",
    words="incidents are laid to a deployment or have a cause of their own",
    remedy="name the deployment, release or pull request in the incident, map incidents.fields.service and services[].team in pulse.yaml, "
    "or widen incidents.link_window_days.",
    least=5,
)
CHANGES_KNOWN = Check(
    code="deployments_with_changes",
    rows="{rows:deployment}",
    at="f.finished_at",
    of="f.kind in ('change', 'hotfix') and f.changes_by is not null",
    have="f.pr_count > 0 or f.changes_by in ('graph', 'given')",
    words="deployments carry a known change",
    remedy="read the commits of the deployed branch (`pulse sync github --full`) and check services[].deployments in pulse.yaml.",
)
_COUNTED = "'explicit', count(*) filter (where f.link_kind = 'explicit'), 'repair', count(*) filter (where f.link_confidence = 'medium'), "
ATTRIBUTION = (
    f"select jsonb_build_object({_COUNTED}'window', count(*) filter (where f.link_kind = 'inferred' and f.link_confidence is distinct from 'medium'), "
    "'unattributed', count(*) filter (where f.link_kind = 'none')) from {rows:incident} f where f.started_at >= :w_from and f.started_at < :w_to"
)
"""Incidents of the window by how surely they are laid to a deployment.

`explicit` is named (high), `repair` is confirmed by what was reverted or mended (medium), `window` goes by service and time alone (low).
"""
