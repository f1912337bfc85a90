"""The demo company in the words of Jira's REST API: model in, JSON documents out."""

from typing import Any

from etl.demo.company.jira_model import Board, Change, Comment, Issue, Link, Project, RemoteLink, Sprint, Status, Version, Worklog
from etl.demo.company.jira_side import FIELDS, RESOLUTIONS
from etl.demo.company.model import Company, Person
from etl.demo.jira.words import Json, adf, day, instant, option, short

TYPES = ("Epic", "Story", "Task", "Bug", "Incident", "Sub-task", "Tech Debt", "Improvement", "Security", "Support")
PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
LINK_TYPES = {
    "Blocks": ("10000", "is blocked by", "blocks"),
    "Duplicate": ("10002", "is duplicated by", "duplicates"),
    "Relates": ("10003", "relates to", "relates to"),
    "Problem/Incident": ("10004", "is caused by", "causes"),
}
_CATEGORY = {
    "new": (2, "new", "blue-gray", "To Do"),
    "indeterminate": (4, "indeterminate", "yellow", "In Progress"),
    "done": (3, "done", "green", "Done"),
}
_CUSTOM_TYPES = {
    "sprint": ("array", "com.pyxis.greenhopper.jira:gh-sprint"),
    "points": ("number", "com.atlassian.jira.plugin.system.customfieldtypes:float"),
    "epic_link": ("any", "com.pyxis.greenhopper.jira:gh-epic-link"),
    "flagged": ("array", "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"),
    "original_target": ("date", "com.atlassian.jira.plugin.system.customfieldtypes:datepicker"),
    "cost_of_delay": ("number", "com.atlassian.jira.plugin.system.customfieldtypes:float"),
    "impact_start": ("datetime", "com.atlassian.jira.plugin.system.customfieldtypes:datetime"),
    "impact_end": ("datetime", "com.atlassian.jira.plugin.system.customfieldtypes:datetime"),
}
_SELECT = ("option", "com.atlassian.jira.plugin.system.customfieldtypes:select")
_SYSTEM_FIELDS = {
    "summary": ("Summary", "string"),
    "description": ("Description", "string"),
    "issuetype": ("Issue Type", "issuetype"),
    "project": ("Project", "project"),
    "status": ("Status", "status"),
    "priority": ("Priority", "priority"),
    "resolution": ("Resolution", "resolution"),
    "resolutiondate": ("Resolved", "datetime"),
    "created": ("Created", "datetime"),
    "updated": ("Updated", "datetime"),
    "creator": ("Creator", "user"),
    "reporter": ("Reporter", "user"),
    "assignee": ("Assignee", "user"),
    "labels": ("Labels", "array"),
    "components": ("Components", "array"),
    "fixVersions": ("Fix versions", "array"),
    "issuelinks": ("Linked Issues", "array"),
    "duedate": ("Due date", "date"),
    "worklog": ("Log Work", "worklog"),
    "parent": ("Parent", "issuelink"),
    "comment": ("Comment", "comments-page"),
}


class Documents:
    """Makes the documents of one company for one base URL."""

    def __init__(self, company: Company, base: str) -> None:
        self.company, self.base = company, base
        self._sprints = {sprint.id: sprint for sprints in company.sprints.values() for sprint in sprints}
        self._versions = {version.id: version for versions in company.versions.values() for version in versions}
        self._users = {key: self._user(person) for key, person in company.people.items() if person.account_id}

    def _self(self, path: str) -> str:
        return f"{self.base}/rest/api/3/{path}"

    def _user(self, person: Person) -> Json:
        today = self.company.now.date()
        return {
            "self": self._self(f"user?accountId={person.account_id}"),
            "accountId": person.account_id,
            "accountType": "atlassian",
            "emailAddress": person.email,
            "displayName": person.name,
            "active": person.left is None or person.left > today,
            "timeZone": "Etc/UTC",
            "avatarUrls": {},
        }

    def user(self, key: str | None) -> Json | None:
        """A person; None for nobody."""
        return self._users[key] if key else None

    def users(self) -> list[Json]:
        """Everybody with an account who has joined."""
        today = self.company.now.date()
        return [self._users[key] for key in self._users if self.company.people[key].joined <= today]

    def fields(self) -> list[Json]:
        """The field list."""
        system = [
            {
                "id": name,
                "key": name,
                "name": title,
                "custom": False,
                "orderable": True,
                "navigable": True,
                "searchable": True,
                "clauseNames": [name],
                "schema": {"type": kind, "system": name},
            }
            for name, (title, kind) in _SYSTEM_FIELDS.items()
        ]
        return [*system, *(self._custom_field(role) for role in FIELDS)]

    def _custom_field(self, role: str) -> Json:
        name, identifier = FIELDS[role]
        kind, custom = _CUSTOM_TYPES.get(role, _SELECT)
        number = int(identifier.rpartition("_")[2])
        items = {"items": "json" if role == "sprint" else "option"} if kind == "array" else {}
        return {
            "id": identifier,
            "key": identifier,
            "name": name,
            "custom": True,
            "orderable": True,
            "navigable": True,
            "searchable": True,
            "clauseNames": [f"cf[{number}]", name],
            "schema": {"type": kind, **items, "custom": custom, "customId": number},
        }

    def status(self, status: Status) -> Json:
        """A status with its category."""
        identifier, key, colour, name = _CATEGORY[status.category]
        category = {"self": self._self(f"statuscategory/{identifier}"), "id": identifier, "key": key, "colorName": colour, "name": name}
        return {
            "self": self._self(f"status/{status.id}"),
            "description": "",
            "iconUrl": "",
            "name": status.name,
            "id": status.id,
            "statusCategory": category,
        }

    def status_details(self, status: Status) -> Json:
        """A status as `statuses/search` tells it."""
        category = {"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}[status.category]
        return {"id": status.id, "name": status.name, "statusCategory": category, "scope": {"type": "GLOBAL"}, "description": ""}

    def issue_type(self, name: str) -> Json:
        """An issue type."""
        identifier = str(10_100 + TYPES.index(name))
        level = 1 if name == "Epic" else -1 if name == "Sub-task" else 0
        return {
            "self": self._self(f"issuetype/{identifier}"),
            "id": identifier,
            "description": "",
            "iconUrl": "",
            "name": name,
            "subtask": level < 0,
            "hierarchyLevel": level,
        }

    def priority(self, name: str) -> Json:
        """A priority."""
        identifier = str(PRIORITIES.index(name) + 1)
        return {"self": self._self(f"priority/{identifier}"), "iconUrl": "", "name": name, "id": identifier}

    def resolution(self, name: str | None) -> Json | None:
        """A resolution; None for none."""
        return (
            {"self": self._self(f"resolution/{RESOLUTIONS[name]}"), "id": RESOLUTIONS[name], "description": "", "name": name}
            if name
            else None
        )

    def project(self, project: Project, *, full: bool = False) -> Json:
        """A project; `full` as the project list shows it."""
        document: Json = {
            "self": self._self(f"project/{project.id}"),
            "id": str(project.id),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "software",
            "simplified": False,
            "avatarUrls": {},
        }
        if full:
            issues = self.company.issues[project.key]
            last = max((issue.updated_at for issue in issues), default=None)
            insight = {"totalIssueCount": len(issues), **({"lastIssueUpdateTime": instant(last)} if last else {})}
            document |= {"style": "classic", "isPrivate": False, "lead": self.user(project.lead), "insight": insight}
        return document

    def component(self, project: Project, name: str) -> Json:
        """A component."""
        identifier = str(project.id * 10 + project.components.index(name))
        return {"self": self._self(f"component/{identifier}"), "id": identifier, "name": name}

    def version(self, version: Version) -> Json:
        """A version of a project."""
        project = self.company.projects[version.project]
        overdue = not version.released and version.target < self.company.now.date()
        return {
            "self": self._self(f"version/{version.id}"),
            "id": str(version.id),
            "name": version.name,
            "description": version.description,
            "archived": version.archived,
            "released": version.released,
            "overdue": overdue,
            "projectId": project.id,
            "startDate": version.start.isoformat(),
            "releaseDate": version.target.isoformat(),
        }

    def board(self, board: Board) -> Json:
        """A board of the agile API."""
        project = self.company.projects[board.project]
        location = {
            "projectId": project.id,
            "displayName": f"{project.name} ({project.key})",
            "projectName": project.name,
            "projectKey": project.key,
            "projectTypeKey": "software",
            "avatarURI": "",
            "name": f"{project.name} ({project.key})",
        }
        return {
            "id": board.id,
            "self": f"{self.base}/rest/agile/1.0/board/{board.id}",
            "name": board.name,
            "type": "scrum",
            "location": location,
        }

    def sprint(self, sprint: Sprint) -> Json:
        """A sprint of the agile API."""
        return {"self": f"{self.base}/rest/agile/1.0/sprint/{sprint.id}", **self._sprint(sprint), "originBoardId": sprint.board}

    def _sprint(self, sprint: Sprint) -> Json:
        times = {"startDate": short(sprint.starts_at), "endDate": short(sprint.ends_at), "completeDate": short(sprint.completed_at)}
        known = {name: value for name, value in times.items() if value}
        return {
            "id": sprint.id,
            "state": sprint.state,
            "name": sprint.name,
            "goal": sprint.goal,
            "createdDate": short(sprint.created_at),
            **known,
        }

    def change(self, change: Change) -> Json:
        """An entry of a changelog."""
        items = [
            {
                "field": item.field,
                "fieldtype": "custom" if item.field_id.startswith("customfield") else "jira",
                "fieldId": item.field_id,
                "from": item.old,
                "fromString": item.old_text,
                "to": item.new,
                "toString": item.new_text,
            }
            for item in change.items
        ]
        return {"id": str(change.id), "author": self.user(change.author), "created": instant(change.at), "items": items}

    def worklog(self, issue: Issue, log: Worklog) -> Json:
        """Logged time."""
        author = self.user(log.author)
        hours, minutes = divmod(log.seconds // 60, 60)
        return {
            "self": self._self(f"issue/{issue.id}/worklog/{log.id}"),
            "id": str(log.id),
            "issueId": str(issue.id),
            "author": author,
            "updateAuthor": author,
            "created": instant(log.created_at),
            "updated": instant(log.created_at),
            "started": instant(log.started_at),
            "timeSpent": f"{hours}h {minutes}m",
            "timeSpentSeconds": log.seconds,
        }

    def worklogs(self, issue: Issue, start: int, size: int) -> Json:
        """A page of logged time."""
        logs = issue.worklogs[start : start + size]
        listed = [self.worklog(issue, log) for log in logs]
        return {"startAt": start, "maxResults": size, "total": len(issue.worklogs), "worklogs": listed}

    def comment(self, issue: Issue, comment: Comment) -> Json:
        """A comment on an issue."""
        author, at = self.user(comment.author), instant(comment.created_at)
        path = self._self(f"issue/{issue.id}/comment/{comment.id}")
        return {"self": path, "id": str(comment.id), "author": author, "body": adf(comment.body), "created": at, "updated": at}

    def remote_link(self, issue: Issue, link: RemoteLink) -> Json:
        """A link to the world outside."""
        thing = {"url": link.url, "title": link.title, "icon": {}, "status": {"icon": {}}}
        return {
            "id": link.id,
            "self": self._self(f"issue/{issue.key}/remotelink/{link.id}"),
            "globalId": f"url={link.url}",
            "object": thing,
        }

    def link(self, link: Link) -> Json:
        """A link to another issue."""
        identifier, inward, outward = LINK_TYPES[link.kind]
        kind = {
            "id": identifier,
            "name": link.kind,
            "inward": inward,
            "outward": outward,
            "self": self._self(f"issueLinkType/{identifier}"),
        }
        return {
            "id": str(link.id),
            "self": self._self(f"issueLink/{link.id}"),
            "type": kind,
            f"{link.direction}Issue": self.linked(link.other),
        }

    def linked(self, key: str) -> Json:
        """An issue in few words, as parents and links show it."""
        issue = self.company.issues_by_key[key]
        fields = {
            "summary": issue.summary,
            "status": self.status(issue.status),
            "priority": self.priority(issue.priority),
            "issuetype": self.issue_type(issue.type),
        }
        return {"id": str(issue.id), "key": key, "self": self._self(f"issue/{issue.id}"), "fields": fields}

    def issue(self, issue: Issue, wanted: set[str] | None, *, changelog: bool = False) -> Json:
        """An issue with the fields wanted (None: all that may be navigated)."""
        document: Json = {"expand": "operations,changelog", "id": str(issue.id), "self": self._self(f"issue/{issue.id}"), "key": issue.key}
        fields = self._fields(issue)
        names = fields if wanted is None else [name for name in fields if name in wanted]
        document["fields"] = {name: fields[name]() for name in names}
        if changelog:
            newest = [self.change(change) for change in reversed(issue.changes)][:40]
            document["changelog"] = {"startAt": 0, "maxResults": len(newest), "total": len(issue.changes), "histories": newest}
        return document

    def _fields(self, issue: Issue) -> dict[str, Any]:
        project = self.company.projects[issue.project]
        return {
            "summary": lambda: issue.summary,
            "description": lambda: adf(issue.description) if issue.description else None,
            "issuetype": lambda: self.issue_type(issue.type),
            "project": lambda: self.project(project),
            "status": lambda: self.status(issue.status),
            "statusCategory": lambda: self.status(issue.status)["statusCategory"],
            "priority": lambda: self.priority(issue.priority),
            "resolution": lambda: self.resolution(issue.resolution),
            "resolutiondate": lambda: instant(issue.resolved_at),
            "created": lambda: instant(issue.created_at),
            "updated": lambda: instant(issue.updated_at),
            "creator": lambda: self.user(issue.creator),
            "reporter": lambda: self.user(issue.reporter),
            "assignee": lambda: self.user(issue.assignee),
            "labels": lambda: list(issue.labels),
            "components": lambda: [self.component(project, name) for name in issue.components],
            "fixVersions": lambda: [self.version(self._versions[number]) for number in issue.fix_versions if number in self._versions],
            "issuelinks": lambda: [self.link(link) for link in issue.links],
            "duedate": lambda: day(issue.due),
            "worklog": lambda: self.worklogs(issue, 0, 20),
            "comment": lambda: self._comments(issue),
            **({"parent": lambda: self.linked(issue.parent or "")} if issue.parent else {}),
            **self._custom_values(issue),
        }

    def _comments(self, issue: Issue) -> Json:
        listed = [self.comment(issue, comment) for comment in issue.comments]
        return {"startAt": 0, "maxResults": len(listed), "total": len(listed), "comments": listed}

    def _custom_values(self, issue: Issue) -> dict[str, Any]:
        epic = issue.parent if issue.parent and self.company.issues_by_key[issue.parent].type == "Epic" else None
        values = {
            "sprint": lambda: (
                [{**self._sprint(self._sprints[number]), "boardId": self._sprints[number].board} for number in issue.sprints] or None
            ),
            "points": lambda: issue.points,
            "epic_link": lambda: epic,
            "flagged": lambda: (
                [{"self": self._self("customFieldOption/10019"), "value": "Impediment", "id": "10019"}] if issue.flagged else None
            ),
            "found_in": lambda: option(issue.found_in),
            "severity": lambda: option(issue.severity),
            "cause": lambda: option(issue.cause),
            "service": lambda: option(issue.service),
            "original_target": lambda: day(issue.original_target),
            "cost_of_delay": lambda: issue.cost_of_delay,
            "initiative": lambda: option(issue.initiative),
            "impact_start": lambda: instant(issue.impact_start),
            "impact_end": lambda: instant(issue.impact_end),
        }
        return {FIELDS[role][1]: value for role, value in values.items()}
