"""Parts of GraphQL queries that several entities share."""

from etl.github.graphql import Fragment

ACTOR = Fragment(
    "Who",
    "Actor",
    "{ __typename login ... on User { databaseId name } ... on Bot { databaseId } ... on Mannequin { databaseId } ... on Organization { databaseId } }",
)
COMMIT = Fragment(
    "CommitParts",
    "Commit",
    "{ oid message authoredDate committedDate author { name email user { __typename login databaseId name } } }",
)
