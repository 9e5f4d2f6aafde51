"""The tables of the series store.

Rollups (made again by `rebuild`): series, facts, points, tallies, sizes, names, gaps, ages, apps, event_days, listed.
Control plane (nowhere else): meta, workspaces, keys, catalogue, registered_sends, rates, dirty_days, doubtful_days,
doubtful_filters, kept_days, dirty_listings, dead_letters, unknown_names, loaded_files, last_loads.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = 3

metadata = MetaData()

# One row. The fingerprint and the batches say which events these series are made of: store/batches.py.
# `markings` is how many times anything was marked dirty; `rebuild_marking` the last of a rebuild that is
# not finished (series/rebuild.py).
meta = Table(
    "meta",
    metadata,
    Column("schema_version", Integer, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("marked_batch", BigInteger, nullable=False),
    Column("stored_batch", BigInteger, nullable=False),
    Column("markings", BigInteger, nullable=False),
    Column("rebuild_marking", BigInteger),
)

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("timezone", String, nullable=False),
    Column("app_group_id", String, nullable=False, unique=True),
)


def _workspace() -> Column[int]:
    return Column("workspace_id", Integer, ForeignKey("workspaces.id"), nullable=False)


keys = Table(
    "keys",
    metadata,
    Column("id", Integer, primary_key=True),
    _workspace(),
    Column("name", String, nullable=False),
    Column("hash", String, nullable=False, unique=True),  # SHA-256 of the key, in hex
    Column("hint", String, nullable=False),  # its first characters, to tell keys apart
    Column("permissions", Text, nullable=False),  # space-separated, sorted
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),  # when it is refused from; NULL is never
    Column("revoked_at", BigInteger),
)

# One row a series. `subject` is an app_id ('' for all) or a campaign_id; `send_id` is '' but for sends.
series = Table(
    "series",
    metadata,
    Column("id", Integer, primary_key=True),
    _workspace(),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("send_id", String, nullable=False),
    Column("shape", LargeBinary, nullable=False),  # what its points have in common: series/messages/shape.py
    Column("rebuilt_shape", LargeBinary),  # the one that a rebuild makes anew; NULL when there is none
    Column("zero", LargeBinary, nullable=False),  # the point of a day without data, from behind its time
    Column("first_day", Integer),  # of a send: the day its window begins
    UniqueConstraint("workspace_id", "kind", "subject", "send_id"),
)

# What one day's events say for one campaign or send: series/messages/facts.py.
facts = Table(
    "facts",
    metadata,
    Column("series_id", Integer, ForeignKey("series.id"), primary_key=True),
    Column("day", Integer, primary_key=True, index=True),
    Column("facts", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

points = Table(
    "points",
    metadata,
    Column("series_id", Integer, ForeignKey("series.id"), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("point", LargeBinary, nullable=False),  # JSON, as served
    sqlite_with_rowid=False,
)

# Numbers of sessions, custom events and purchases: series/tallies/read.py says what the columns hold.
tallies = Table(
    "tallies",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("kind", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("app_id", String, primary_key=True),
    Column("segment_id", String, primary_key=True),
    Column("day", Integer, primary_key=True, index=True),
    Column("point", LargeBinary, nullable=False),  # JSON, as served
    Column("hours", LargeBinary, nullable=False),  # the number of each of its hours, with spaces between
    sqlite_with_rowid=False,
)

# How many users a segment had, from this day until the next that has a row: domain/segments.py.
sizes = Table(
    "sizes",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("segment_id", String, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Names of custom events and products, from events and catalogue; `item` as /events serves it.
names = Table(
    "names",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("kind", String, primary_key=True),  # "event" or "product"
    Column("name", String, primary_key=True),
    Column("item", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# Histogram H[day][gap] of semantics.md §3; app_id '' is all apps.
gaps = Table(
    "gaps",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("app_id", String, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("gap", Integer, primary_key=True),
    Column("users", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Users by day and by days since their first active day, of all time, up to AGE_CAP; app_id '' is all apps.
ages = Table(
    "ages",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("app_id", String, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("age", Integer, primary_key=True),
    Column("users", Integer, nullable=False),
    sqlite_with_rowid=False,
)

apps = Table(
    "apps",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("app_id", String, primary_key=True),
)

# Every campaign, canvas and segment that a list names, from events and catalogue; `item` and `details` as served.
listed = Table(
    "listed",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_edited", BigInteger, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("item", LargeBinary, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Index("listed_by_creation", "workspace_id", "kind", "created_at", "id"),
)

# What the user says of a campaign or an app; JSON.
catalogue = Table(
    "catalogue",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("kind", String, primary_key=True),  # "campaign", "canvas", "app", "event" or "segment"
    Column("id", String, primary_key=True),
    Column("entry", LargeBinary, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

# Sends that clients announced by /sends/id/create; `day` is the day on which they did.
registered_sends = Table(
    "registered_sends",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("campaign_id", String, primary_key=True),
    Column("send_id", String, primary_key=True),
    Column("day", Integer, nullable=False),
    Index("registered_sends_by_day", "workspace_id", "campaign_id", "day"),
)

rates = Table(
    "rates",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("currency", String, primary_key=True),
    Column("usd", String, nullable=False),  # decimal text: US dollars for one unit
)

# Days with events of a family, and what of them is out of date: control/dirty_days.py. Of campaigns, canvases
# and segments a part of a subject (dirty_parts.py, dirty_segments.py), else `subject` and `part` are ''.
# `marking` is the last that marked it.
event_days = Table(
    "event_days",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("family", String, primary_key=True),
    Column("day", Integer, primary_key=True),
)
dirty_days = Table(
    "dirty_days",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("family", String, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("marking", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Days of whose events it may not all be known who fulfils a filter: control/doubtful_filters.py.
doubtful_filters = Table(
    "doubtful_filters",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("filter", BigInteger, primary_key=True),  # its key: domain/segments.py
    Column("day", Integer, primary_key=True),
    sqlite_with_rowid=False,
)

# Days whose users' active days may not all have been put (series/activity/active_days.py).
doubtful_days = Table(
    "doubtful_days",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("day", Integer, primary_key=True),
)

# Days of a family whose events were lost: their numbers stay as published, until a rebuild (series/recovery.py).
kept_days = Table(
    "kept_days",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("family", String, primary_key=True),
    Column("day", Integer, primary_key=True),
)

# Entries of the catalogue that are to be listed again.
dirty_listings = Table(
    "dirty_listings",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("key", String, primary_key=True),  # of origin, reason and record: the same letter is kept once
    _workspace(),
    Column("at", BigInteger, nullable=False),
    Column("origin", String, nullable=False),
    Column("event_type", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("record", Text, nullable=False),
)

# Event types and fields that came and are not known: control/unknown.py.
unknown_names = Table(
    "unknown_names",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("kind", String, primary_key=True),  # "type" or "field"
    Column("name", String, primary_key=True),
    Column("nearest", String, nullable=False),  # the known name that is like it, '' for none
    Column("events", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Files and objects that are in the event store, in the version that was loaded.
loaded_files = Table(
    "loaded_files",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("origin", String, primary_key=True),  # absolute path, or s3://bucket/key
    Column("version", String, nullable=False),  # size and time of change, or the object's ETag
    Column("loaded_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What the last load of files into each workspace has done: control/loaded.py.
last_loads = Table(
    "last_loads",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("place", String, nullable=False),
    Column("files", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("new", BigInteger, nullable=False),
)
