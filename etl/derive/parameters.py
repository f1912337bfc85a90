"""What the statements may ask for: settings of pulse.yaml and recognised words, in temporary tables that live as long as the transaction."""

import json
from collections.abc import Sequence
from typing import Any

from etl.derive.derivation import Derivation, Step
from etl.derive.words import KNOWN
from etl.teams import with_imported
from store.settings import Settings
from store.working_hours import parse_working_hours

CONFIGURATION = "create temp table d_config (as_at timestamptz, zone text, doc jsonb) on commit drop"
INSERT = "insert into d_config values ($1, $2, $3::text::jsonb)"


def document(settings: Settings, imported: Sequence[dict[str, Any]] = ()) -> str:
    """pulse.yaml with the imported teams and the known words as one JSON text."""
    given = settings.pulse.model_dump(mode="json", by_alias=False)
    teams = with_imported(given["teams"], imported)
    return json.dumps({**given, "teams": teams, "known": KNOWN, "calendars": _calendars(settings)})


def _calendars(settings: Settings) -> list[dict[str, Any]]:
    """Working hours of the organisation (no team) and of the teams that have their own."""
    org = settings.pulse.org.working_hours
    written = {None: (org, "org.working_hours")} | {
        team.key: (team.working_hours, f"working_hours of team {team.key}") for team in settings.pulse.teams if team.working_hours
    }
    read = {team: parse_working_hours(*given) for team, given in written.items()}
    return [
        {"team": team, "weekdays": sorted(hours.weekdays), "opens": str(hours.opens), "closes": str(hours.closes)}
        for team, hours in read.items()
    ]


FOLDED = r"""
create or replace function pg_temp.folded(value text) returns text language sql immutable
as $body$ select lower(regexp_replace(value, '[\s_-]+', '', 'g')) $body$
"""

PARAMETER = Step(
    "d_parameter",
    """
select as_at, zone, m ->> 'production_pattern' as production_pattern,
  (m ->> 'coalesce_minutes')::float8 * interval '1 minute' as coalesce_span,
  (m ->> 'rollout_hours')::float8 * interval '1 hour' as rollout_span,
  (m ->> 'commitment_grace_hours')::float8 * interval '1 hour' as grace_span, (m ->> 'hotfix_max_prs')::int as hotfix_max_prs,
  (m ->> 'comments_count_as_review')::boolean as comments_count,
  (doc #>> '{incidents,link_window_days}')::float8 * interval '1 day' as link_span,
  p.*
from d_config, jsonb_extract_path(doc, 'metrics') m,
  jsonb_to_record(doc #> '{known,patterns}') as p(
    ai_hint text, ai_trailer text, ai_footer text, bot_login text, noreply text, noreply_id text, waiting text, generated text, promotion_head text,
    hotfix_ref text, hotfix_title text, staging text, testing text, deploy_workflow text, issue_key text, closing text,
    revert_ref text, revert_sha_ref text, revert_body text, revert_commit text, caused_by text)
""",
)

WORD = Step(
    "d_word",
    """
select 'agent' as kind, lower(value) as word from d_config, jsonb_array_elements_text((doc #> '{known,agents}') || (doc -> 'agents'))
union all select 'first_name', lower(value) from d_config, jsonb_array_elements_text(doc #> '{known,first_names}')
union all select 'bot', lower(regexp_replace(value, '\\[bot\\]$', ''))
  from d_config, jsonb_array_elements_text((doc #> '{known,known_bots}') || (doc -> 'bots'))
union all select 'configured_agent', lower(value) from d_config, jsonb_array_elements_text(doc -> 'agents')
union all select 'configured_bot', lower(regexp_replace(value, '\\[bot\\]$', '')) from d_config, jsonb_array_elements_text(doc -> 'bots')
union all select 'cancelled', value from d_config, jsonb_array_elements_text(doc #> '{known,cancelled}')
union all select 'hotfix_label', value from d_config, jsonb_array_elements_text(doc #> '{known,hotfix_labels}')
union all select 'ai_label', value from d_config, jsonb_array_elements_text(doc #> '{known,ai_labels}')
union all select 'jira_type', pg_temp.folded(value) from d_config, jsonb_array_elements_text(doc #> '{incidents,jira_types}')
union all select 'jira_label', pg_temp.folded(value) from d_config, jsonb_array_elements_text(doc #> '{incidents,jira_labels}')
union all select 'github_label', pg_temp.folded(value) from d_config, jsonb_array_elements_text(doc #> '{incidents,github_labels}')
union all select 'other_cause', pg_temp.folded(value) from d_config, jsonb_array_elements_text(doc #> '{incidents,non_change_causes}')
""",
    kept=True,
)

TYPE = Step(
    "d_type",
    """
select coalesce(given.type, known.type) as type, coalesce(given.work_class, known.work_class) as work_class, given.level
from (select key as type, value as work_class from d_config, jsonb_each_text(doc #> '{known,work_classes}')) known
full join (
  select distinct on (1) pg_temp.folded(key) as type, value ->> 'work_class' as work_class, value ->> 'level' as level
  from d_config, jsonb_each(doc #> '{jira,types}') order by 1, key) given using (type)
""",
)

STATUS = Step(
    "d_status",
    """
select distinct on (1) pg_temp.folded(key) as name, value ->> 'category' as category, value ->> 'kind' as kind
from d_config, jsonb_each(doc #> '{jira,statuses}') order by 1, key
""",
)

parameters = Derivation("parameters", (FOLDED, PARAMETER, WORD, TYPE, STATUS), part="always")
