"""Issues with their complete history: fields, transitions, stays in sprints, links and worklogs."""

from collections.abc import Iterable, Mapping
from typing import Any

from etl.entity import Entity, Parsing, Raw, RecordError, Row, Rows
from etl.jira.adf import plain_text
from etl.jira.changelogs import changes_of, history_rows
from etl.jira.issue_pages import chosen, keys, pages
from etl.jira.links import duplicate_of, issue_link_rows
from etl.jira.lookups import CATEGORIES, Lookups, lookups_of, read_status
from etl.jira.projects import project_row
from etl.jira.sprints import embedded_sprint_rows, span_of
from etl.jira.stays import estimates_of, sprint_objects, stay_rows
from etl.jira.users import account_id, account_rows
from etl.jira.values import amount, day, external_id, instant, label, members, names_of, points, required_instant, text, web_address
from etl.jira.worklogs import worklog_row

_WORK_CLASS_LABEL = "work-class:"


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """All rows of an issue; what the record does not carry (an answer without history, say) is left alone."""
    fields = raw.get("fields")
    if not isinstance(fields, Mapping):
        raise RecordError("`fields` is missing")
    lookups = lookups_of(parsing)
    issue_id = f"{parsing.site}:issue:{external_id(raw)}"
    links = issue_link_rows(parsing.site, issue_id, fields.get("issuelinks"))
    sprints = _sprints(fields, lookups)
    row = _issue_row(parsing, raw, fields, lookups)
    row.update(duplicate_of=duplicate_of(links), sprint_ids=[str(sprint["id"]) for sprint in sprints])
    rows: Rows = {
        "issue": [row],
        "project": _unknown_project(parsing.site, fields, lookups),
        "status": _unknown_status(parsing.site, fields, lookups),
        "sprint": embedded_sprint_rows(parsing.site, sprints, lookups),
        "issue_link": links,
        "worklog": [worklog_row(parsing.site, issue_id, log) for log in members(fields, "worklog").get("worklogs") or ()],
    }
    _add(rows, account_rows(parsing, *(fields.get(name) for name in ("creator", "reporter", "assignee"))))
    if isinstance(raw.get("changelog"), Mapping):
        _add_history(rows, parsing, raw, sprints)
    return {table: found for table, found in rows.items() if found}


def _add_history(rows: Rows, parsing: Parsing, raw: Raw, sprints: list[Raw]) -> None:
    lookups, row = lookups_of(parsing), rows["issue"][0]
    changes = changes_of(raw["changelog"].get("histories") or ())
    _add(rows, history_rows(parsing, row["id"], changes))
    current = {str(sprint["id"]): span_of(sprint) for sprint in sprints}
    estimates = estimates_of(changes, row["points"], lookups)
    rows["sprint_issue"] = stay_rows((parsing.site, row["id"]), row["created_at"], changes, current, estimates, lookups)


def _add(rows: Rows, more: Rows) -> None:
    for table, found in more.items():
        rows.setdefault(table, []).extend(found)


def _issue_row(parsing: Parsing, raw: Raw, fields: Mapping[str, Any], lookups: Lookups) -> Row:
    site, issue_type, status = parsing.site, members(fields, "issuetype"), members(fields, "status")
    project = members(fields, "project")
    key = text(raw.get("key")) or external_id(raw)
    project_id = text(project.get("id") or raw.get("projectId"))
    return {
        "id": f"{site}:issue:{external_id(raw)}",
        "site": site,
        "source": "jira",
        "key": key,
        "project_id": f"{site}:project:{project_id}" if project_id else None,
        "project_key": text(project.get("key")) or key.rpartition("-")[0] or None,
        "title": text(fields.get("summary")),
        "body": plain_text(fields.get("description")),
        "type": text(issue_type.get("name")),
        "type_id": text(issue_type.get("id")),
        "level": level_of(issue_type, lookups),
        "priority": label(fields.get("priority")),
        "priority_id": text(members(fields, "priority").get("id")),
        "status": text(status.get("name")),
        "status_id": text(status.get("id")),
        "category": _category(status, lookups),
        "resolution": label(fields.get("resolution")),
        "url": web_address(raw, f"browse/{key}"),
        "has_history": _has_whole_history(raw),
        "changes": _count(raw.get("changelog"), "histories"),
        "comments": _count(fields.get("comment"), "comments"),
        **_people(site, fields),
        **_times(fields, lookups),
        **_belonging(site, raw, fields, issue_type, lookups),
        **_mapped(fields, lookups),
    }


def level_of(issue_type: Mapping[str, Any], lookups: Lookups) -> str:
    """Epic, item or subtask: pulse.yaml, else Jira's hierarchy, else the sub-task flag, else a type called Epic."""
    name = text(issue_type.get("name")) or ""
    told = lookups.type_mapping(name).level
    hierarchy = issue_type.get("hierarchyLevel", lookups.types.get(str(issue_type.get("id"))))
    if told:
        return told
    if issue_type.get("subtask") is True or (isinstance(hierarchy, int) and hierarchy < 0):
        return "subtask"
    original = text(issue_type.get("untranslatedName")) or name
    return "epic" if (isinstance(hierarchy, int) and hierarchy > 0) or original.casefold() == "epic" else "item"


def _category(status: Mapping[str, Any], lookups: Lookups) -> str:
    name = text(status.get("name")) or ""
    told = CATEGORIES.get(str(members(status, "statusCategory").get("key")))
    return lookups.category_of(name, told) if told else lookups.status_of(text(status.get("id")), name).category


def _count(listed: object, member: str) -> int | None:
    """How many there are in a list that may be cut; None when it was not asked for."""
    if not isinstance(listed, Mapping):
        return None
    total = listed.get("total")
    return total if isinstance(total, int) else len(listed.get(member) or ())


def _has_whole_history(raw: Raw) -> bool:
    changelog = raw.get("changelog")
    return isinstance(changelog, Mapping) and len(changelog.get("histories") or ()) >= int(changelog.get("total") or 0)


def _people(site: str, fields: Mapping[str, Any]) -> Row:
    accounts = {name: account_id(fields.get(name)) for name in ("creator", "reporter", "assignee")}
    return {f"{name}_id": f"{site}:user:{account}" if account else None for name, account in accounts.items()}


def _times(fields: Mapping[str, Any], lookups: Lookups) -> Row:
    return {
        "created_at": required_instant(fields, "created"),
        "updated_at": instant(fields.get("updated")),
        "resolved_at": instant(fields.get("resolutiondate")),
        "due_at": day(fields.get("duedate"), lookups.zone),
        "original_estimate_s": amount(fields.get("timeoriginalestimate")),
        "spent_s": amount(fields.get("timespent")),
    }


def _belonging(site: str, raw: Raw, fields: Mapping[str, Any], issue_type: Mapping[str, Any], lookups: Lookups) -> Row:
    parent = members(fields, "parent")
    parent_type = members(members(parent, "fields"), "issuetype")
    parent_id, epic_key = text(parent.get("id")), _epic_key(raw, fields, lookups)
    parent_is_epic = (
        bool(parent_id) and level_of(issue_type, lookups) == "item" and (not parent_type or level_of(parent_type, lookups) == "epic")
    )
    is_top = bool(parent) and level_of(issue_type, lookups) == "epic"
    return {
        "initiative": label(_value(fields, lookups, "initiative")) or (text(members(parent, "fields").get("summary")) if is_top else None),
        "parent_id": f"{site}:issue:{parent_id}" if parent_id else None,
        "parent_key": text(parent.get("key")),
        "epic_id": f"{site}:issue:{parent_id}" if parent_is_epic else None,
        "epic_key": text(parent.get("key")) if parent_is_epic else epic_key,
    }


def _epic_key(raw: Raw, fields: Mapping[str, Any], lookups: Lookups) -> str | None:
    epic = fields.get("epic")
    if isinstance(epic, Mapping):
        return text(epic.get("key"))
    for role in ("epic_link", "parent_link"):
        found = _value(fields, lookups, role)
        key = text(members(found, "data").get("key")) if isinstance(found, Mapping) else text(found)
        if key and key != raw.get("key"):
            return key
    return None


def _value(fields: Mapping[str, Any], lookups: Lookups, role: str) -> Any:
    """The first value among the fields that play a role."""
    for name in lookups.roles.fields.get(role, ()):
        found = fields.get(name)
        if found is not None and found != "" and found != []:
            return found
    return None


def _mapped(fields: Mapping[str, Any], lookups: Lookups) -> Row:
    """The columns that custom fields fill."""

    def value(role: str) -> Any:
        return _value(fields, lookups, role)

    team, labels = value("team"), names_of(fields.get("labels"))
    return {
        "points": next(
            (found for name in lookups.roles.fields.get("story_points", ()) if (found := points(fields.get(name))) is not None), None
        ),
        "team_name": label(team),
        "team_id": None,
        "labels": labels,
        "components": names_of(fields.get("components")),
        "fix_versions": names_of(fields.get("fixVersions")),
        "found_in": label(value("found_in")),
        "severity": label(value("severity")),
        "cause": label(value("cause")),
        "service_name": label(value("service")),
        "impact_start_at": _moment(value("impact_start"), lookups),
        "impact_end_at": _moment(value("impact_end"), lookups),
        "caused_by_ref": label(value("caused_by")),
        "work_class_field": label(value("work_class")) or _work_class(labels),
        "original_target_at": _moment(value("original_target"), lookups),
        "target_at": _moment(value("target_date"), lookups),
        "cod_per_week": amount(value("cod_per_week")),
        "flagged": fields.get("flagged") is True or bool(value("flagged")),
    }


def _work_class(labels: Iterable[str]) -> str | None:
    return next((name[len(_WORK_CLASS_LABEL) :].strip() for name in labels if name.lower().startswith(_WORK_CLASS_LABEL)), None)


def _moment(value: Any, lookups: Lookups) -> Any:
    """A mapped date; text that is no date means nothing and must not cost the issue."""
    try:
        return day(value, lookups.zone)
    except RecordError:
        return None


def _sprints(fields: Mapping[str, Any], lookups: Lookups) -> list[Raw]:
    """The sprints the issue is or was in: of the sprint field, else of the members the agile API adds."""
    custom = [sprint for name in lookups.roles.fields.get("sprint", ()) for sprint in sprint_objects(fields.get(name))]
    agile = [*sprint_objects(fields.get("sprint")), *sprint_objects(fields.get("closedSprints"))]
    return list({str(sprint["id"]): sprint for sprint in [*agile, *custom]}.values())


def _unknown_project(site: str, fields: Mapping[str, Any], lookups: Lookups) -> list[Row]:
    project = members(fields, "project")
    if not project.get("id") or f"{site}:project:{project['id']}" in lookups.known_projects:
        return []
    return [project_row(site, project)]


def _unknown_status(site: str, fields: Mapping[str, Any], lookups: Lookups) -> list[Row]:
    """A status that the list of statuses lacks, because no active workflow uses it or it is new."""
    status = members(fields, "status")
    status_id = text(status.get("id"))
    if status_id is None or status_id in lookups.statuses:
        return []
    category = _category(status, lookups)
    name = text(status.get("name")) or status_id
    kind = read_status(name, category, lookups.jira).kind
    return [
        {
            "id": f"{site}:status:{status_id}",
            "site": site,
            "external_id": status_id,
            "name": name,
            "category": category,
            "kind": kind,
            "project_id": None,
        }
    ]


def updated_version(raw: Raw) -> str | None:
    """When the issue last changed, as ISO instant in UTC; None where that cannot be read."""
    try:
        updated = instant(members(raw, "fields").get("updated"))
    except RecordError:
        return None
    return updated.isoformat() if updated else None


issues = Entity(
    name="jira.issues",
    scope="site",
    tables=(
        "issue",
        "issue_transition",
        "issue_field_change",
        "sprint_issue",
        "issue_link",
        "worklog",
        "sprint",
        "project",
        "status",
        "identity",
    ),
    pages=pages,
    parse=parse,
    external_id=external_id,
    after=("jira.statuses", "jira.fields", "jira.users", "jira.projects", "jira.sprints", "jira.account"),
    replaces=(("sprint_issue", "issue_id"), ("issue_link", "owner"), ("worklog", "issue_id")),
    owned=("issue_transition", "issue_field_change"),
    overlap_s=600,
    version=updated_version,
    keys=keys,
    keys_at_once=1000,
    chosen=chosen,
)
