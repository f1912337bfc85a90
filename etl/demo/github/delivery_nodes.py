"""Deployments and releases as GraphQL nodes."""

import json
from typing import Any, Protocol

from etl.demo.company.model import Deployment, DeploymentStatus, Release, Repository
from etl.demo.github.connections import connection
from etl.demo.github.index import WEB, Index, iso

Node = dict[str, Any]
DEPLOYMENT_STATES = {"success": "ACTIVE", "inactive": "INACTIVE", "failure": "FAILURE", "error": "ERROR"}


class Makes(Protocol):
    """Makes the nodes that these point to."""

    index: Index

    def actor(self, key: str | None) -> Node | None:
        """Somebody."""

    def oid(self, repo: str, sha: str | None) -> Node | None:
        """A commit."""

    def repository(self, repository: Repository) -> Node:
        """A repository."""


def deployment_node(deployment: Deployment, nodes: Makes) -> Node:
    """A deployment, newest status first."""
    company = nodes.index.company
    latest = deployment.statuses[-1] if deployment.statuses else None
    newest_first = tuple(reversed(deployment.statuses))
    statuses = [_status(status) for status in newest_first]
    return {
        "__typename": "Deployment",
        "id": f"DE_{deployment.id}",
        "databaseId": deployment.id,
        "commitOid": deployment.sha,
        "commit": nodes.oid(deployment.repo, deployment.sha),
        "createdAt": iso(deployment.created_at),
        "updatedAt": iso(deployment.updated_at),
        "environment": deployment.environment,
        "originalEnvironment": deployment.environment,
        "task": deployment.task,
        "description": deployment.description,
        "payload": json.dumps(dict(deployment.payload)),
        "state": DEPLOYMENT_STATES.get(latest.state, latest.state.upper()) if latest else "PENDING",
        "ref": {"__typename": "Ref", "id": f"REF_{deployment.id}", "name": deployment.ref, "target": None},
        "creator": nodes.actor(deployment.creator),
        "repository": nodes.repository(company.repositories[deployment.repo]),
        "statuses": connection(statuses, lambda one: one),
        "latestStatus": statuses[0] if statuses else None,
    }


def _status(status: DeploymentStatus) -> Node:
    at = iso(status.created_at)
    return {
        "__typename": "DeploymentStatus",
        "id": f"DES_{status.id}",
        "state": status.state.upper(),
        "createdAt": at,
        "updatedAt": at,
        "description": status.description,
        "logUrl": None,
    }


def release_node(release: Release, nodes: Makes) -> Node:
    """A release."""
    company = nodes.index.company
    author = nodes.actor(release.author)
    return {
        "__typename": "Release",
        "id": f"RE_{release.id}",
        "databaseId": release.id,
        "name": release.name,
        "tagName": release.tag,
        "isDraft": release.draft,
        "isPrerelease": release.prerelease,
        "createdAt": iso(release.created_at),
        "publishedAt": iso(release.published_at),
        "updatedAt": iso(release.published_at or release.created_at),
        "url": f"{WEB}/{company.org}/{release.repo}/releases/tag/{release.tag}",
        "tagCommit": nodes.oid(release.repo, release.sha),
        "author": author if author and author["__typename"] == "User" else None,
        "repository": lambda _info: nodes.repository(company.repositories[release.repo]),
    }
