"""How Pulse reads Jira, Cloud and Data Center: one file per kind of record, each with a pure parser."""
