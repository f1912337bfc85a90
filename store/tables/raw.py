"""What the sources said, word for word, and where each entity stopped reading."""

from sqlalchemy import BigInteger, Column, Identity

from store.tables.base import at, document, key, packed, table, whole, words

raw_record = table(
    "raw_record",
    key("site"),
    key("entity"),
    key("external_id"),
    words("scope"),
    packed("payload"),
    words("payload_hash", required=True),
    words("version"),
    at("fetched_at", required=True),
    at("deleted_at"),
    words("run_id"),
    indexes=[("site", "entity", "scope")],
)
"""One upstream record, newest version; `scope` is the repository, project or board it was read for.

`version`: when it changed upstream (ISO, UTC), where the record says so; `deleted_at`: when a complete read no longer found it.
"""

checkpoint = table(
    "checkpoint",
    key("site"),
    key("entity"),
    key("scope"),
    document("cursor"),
    words("etag"),
    at("high_water_at"),
    at("complete_to_at"),
    at("covered_from_at"),
    words("stamp"),
    at("read_at"),
    words("run_id"),
    whole("pages"),
    at("updated_at", required=True),
)
"""Where reading stopped: `cursor` resumes a broken-off pass (null when the pass ended), `high_water_at` starts the next incremental one.

`covered_from_at` .. `complete_to_at` is the span for which the store equals the source as read. `stamp` is the upstream's sign of change
at the last pass, `read_at` when that pass ended by the database's clock.
"""

proof = table(
    "proof",
    key("site"),
    key("entity"),
    key("scope"),
    at("proven_at", required=True),
    words("compared_by", required=True),
    whole("compared"),
    whole("missing"),
    whole("different"),
    whole("ghosts"),
    whole("moved"),
)
"""The newest comparison of a repository, project or site with the source: equal at `proven_at` (the source's clock) when nothing else is counted.

`compared_by`: `keys` (ids and times of change) or `records`.
"""

quarantine = table(
    "quarantine",
    Column("id", BigInteger, Identity(), primary_key=True),
    words("site", required=True),
    words("entity", required=True),
    words("external_id"),
    words("scope"),
    words("reason", required=True),
    document("payload"),
    words("run_id"),
    at("at", required=True),
    at("resolved_at"),
    indexes=[("site", "entity")],
)
"""Records that could not be understood, with the reason; nothing is dropped silently."""
