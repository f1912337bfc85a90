"""The tables of Pulse, one file per part of the domain; all on one `metadata`.

Ids are text and derived from the source (`github:pr:123`, `jira:issue:10001`), so any table can be emptied and rebuilt to the same ids.
All instants are `timestamptz`; durations carry their unit in the name. `table.info["writer"]` names the role that may write it: `etl` or `app`.
"""

from store.tables import code, delivery, facts, history, operations, people, raw, work
from store.tables.base import metadata

__all__ = ["code", "delivery", "facts", "history", "metadata", "operations", "people", "raw", "work"]
