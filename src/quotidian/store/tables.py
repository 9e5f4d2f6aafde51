"""The tables of the series store.

Rollups (made again by `rebuild`): series, facts, points, totals, hours, names, gaps, ages, apps, event_days, listed.
What was published before, and versions (nowhere else): history, gone_series, and columns of workspaces and points.
Control plane (nowhere else): meta, workspaces, keys, sessions, sign_in_links, catalogue, registered_sends, rates,
dirty_days, doubtful_days, doubtful_filters, kept_days, dirty_listings, dead_letters, unknown_names, loaded_files,
last_loads, arrivals, arriving, taken_over, file_hours.
Of the processes that work on it now: turn, leader, nodes, and the inbox of all nodes, inbox_….
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from quotidian.store.inbox_tables import inbox_tables

SCHEMA_VERSION = 6

metadata = MetaData()

# In the order of bytes everywhere: a database's own order is that of a language, and equal texts may differ in it.
TEXT = String().with_variant(String(collation="C"), "postgresql")

# How `merge` (store/series.py) joins a column of two rows with the same primary key.
SUM = {"merged": "sum"}
LEAST = {"merged": "least"}
GREATEST = {"merged": "greatest"}
BITS = {"merged": "bits"}

# One row. The fingerprint and the batches say which events these series are made of: store/batches.py.
# `markings` is how many times anything was marked dirty; `rebuild_marking` the last of a rebuild that is
# not finished (series/rebuild.py).
meta = Table(
    "meta",
    metadata,
    Column("schema_version", Integer, nullable=False),
    Column("fingerprint", TEXT, nullable=False),
    Column("marked_batch", BigInteger, nullable=False),
    Column("stored_batch", BigInteger, nullable=False),
    Column("markings", BigInteger, nullable=False),
    Column("rebuild_marking", BigInteger),
)

# One row, which every transaction that writes what is served changes first: store/turn.py. `version` is how many did;
# `epoch` is how many engines have led, one after the other.
turn = Table(
    "turn",
    metadata,
    Column("version", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
)

# One row: who leads, which is who may change events and series; `epoch` is that of `turn`: engine/leading.py.
leader = Table(
    "leader",
    metadata,
    Column("place", Integer, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("node", TEXT, nullable=False),
    Column("command", TEXT, nullable=False),
    Column("since", BigInteger, nullable=False),
)

# The servers of this series store, by name, and what each says of itself every few seconds: control/nodes.py. `seen_at`
# is by the clock of the database, in microseconds; `identity` that of the node's inbox. It is written without the turn:
# nothing that is served is made of it.
nodes = Table(
    "nodes",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("identity", TEXT, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("told", LargeBinary, nullable=False),  # JSON
)

# What nodes have acknowledged and passed on, or post here at once: inbox/inboxes.py. Written without the turn, too.
inbox = inbox_tables(metadata, "inbox_")

# `version` is that of the last transaction that published points: series/publishing.py. `events` is how many have been
# stored: control/arrivals.py.
workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", TEXT, nullable=False, unique=True),
    Column("timezone", TEXT, nullable=False),
    Column("app_group_id", TEXT, nullable=False, unique=True),
    Column("version", BigInteger, nullable=False, server_default="0"),
    Column("events", BigInteger, nullable=False, server_default="0"),
)


def _workspace() -> Column[int]:
    return Column("workspace_id", Integer, ForeignKey("workspaces.id"), nullable=False)


keys = Table(
    "keys",
    metadata,
    Column("id", Integer, primary_key=True),
    _workspace(),
    Column("name", TEXT, nullable=False),
    Column("hash", TEXT, nullable=False, unique=True),  # SHA-256 of the key, in hex
    Column("hint", TEXT, nullable=False),  # its first characters, to tell keys apart
    Column("permissions", TEXT, nullable=False),  # space-separated, sorted
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),  # when it is refused from; NULL is never
    Column("revoked_at", BigInteger),
)

# Who has signed in to the dashboard, a row for each key of a session; instants in microseconds: control/sessions.py.
sessions = Table(
    "sessions",
    metadata,
    Column("hash", TEXT, primary_key=True),  # SHA-256 of the session's secret, in hex
    Column("key_id", Integer, ForeignKey("keys.id"), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Links that sign in once; a row goes when its link is used.
sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("hash", TEXT, primary_key=True),  # SHA-256 of the link's secret, in hex
    Column("key_id", Integer, ForeignKey("keys.id"), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# One row a series: domain/kinds.py says what the subject of each kind is, and which kinds have the other ids. '' is
# none, and all apps, and everyone.
series = Table(
    "series",
    metadata,
    Column("id", Integer, primary_key=True),
    _workspace(),
    Column("kind", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    Column("send_id", TEXT, nullable=False, server_default=""),
    Column("segment_id", TEXT, nullable=False, server_default=""),
    Column("app_id", TEXT, nullable=False, server_default=""),
    Column("shape", LargeBinary, nullable=False),  # what its points have in common: series/messages/shape.py
    Column("rebuilt_shape", LargeBinary),  # the one that a rebuild makes anew; NULL when there is none
    Column("zero", LargeBinary, nullable=False),  # the point of a day without data, from behind its time
    Column("first_day", Integer),  # of a send: the day its window begins
    UniqueConstraint("workspace_id", "kind", "subject", "send_id", "segment_id", "app_id"),
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

# The points of days that are not zero, and of those that were. `version` is the one that gave the point its numbers,
# NULL while its day has not begun, 0 if it never had any; `at` is when, in seconds since 1970, and `events` how many
# had arrived by then (series/publishing.py). Without foreign key to the workspace, which the series has.
points = Table(
    "points",
    metadata,
    Column("series_id", Integer, ForeignKey("series.id"), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("workspace_id", Integer, nullable=False),
    Column("kind_number", Integer, nullable=False),  # of the series' kind: domain/kinds.py
    Column("version", BigInteger),
    Column("at", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("point", LargeBinary),  # JSON, as served; NULL is the zero of the series
    Index("points_by_version", "workspace_id", "kind_number", "version"),
    sqlite_with_rowid=False,
)

# The numbers of domain/totals.py, of `days` days from `day` on: of single days, from the points, and of spans of days,
# added up from single ones or shorter spans (series/totalling.py). `channel` is the key of one, or '' for the point's
# own totals. Ordered as they are summed: of each series, some days of one channel.
totals = Table(
    "totals",
    metadata,
    Column("series_id", Integer, ForeignKey("series.id"), primary_key=True),
    Column("channel", TEXT, primary_key=True),
    Column("days", Integer, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("sent", BigInteger),
    Column("deliverable", BigInteger),
    Column("delivered", BigInteger),
    Column("openable", BigInteger),
    Column("opens", BigInteger),
    Column("clickable", BigInteger),
    Column("clicks", BigInteger),
    Column("recipients", BigInteger),
    Column("entries", BigInteger),
    Column("conversions", BigInteger),
    Column("revenue", Float),
    Column("events", BigInteger),
    sqlite_with_rowid=False,
)

# What points were before they changed: series/history.py.
history = Table(
    "history",
    metadata,
    Column("series_id", Integer, ForeignKey("series.id"), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("numbers", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# What named series that are no more, and the version that has removed each: series/publishing.py.
gone_series = Table(
    "gone_series",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("kind", TEXT, primary_key=True),
    Column("subject", TEXT, primary_key=True),
    Column("send_id", TEXT, primary_key=True),
    Column("segment_id", TEXT, primary_key=True),
    Column("app_id", TEXT, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Index("gone_series_by_version", "workspace_id", "kind", "version"),
    sqlite_with_rowid=False,
)

# The number of each hour of a day, with spaces between, of sessions, custom events and purchases.
hours = Table(
    "hours",
    metadata,
    Column("series_id", Integer, ForeignKey("series.id"), primary_key=True),
    Column("day", Integer, primary_key=True, index=True),
    Column("hours", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# Names of custom events and products, from events and catalogue; `item` as /events serves it. `sought` and `tags` are
# what the names are searched by: series/listing/search.py.
names = Table(
    "names",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("kind", TEXT, primary_key=True),  # "event" or "product"
    Column("name", TEXT, primary_key=True),
    Column("sought", TEXT, nullable=False),
    Column("tags", TEXT, nullable=False),
    Column("item", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# Histogram H[day][gap] of semantics.md §3; app_id '' is all apps.
gaps = Table(
    "gaps",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("app_id", TEXT, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("gap", Integer, primary_key=True),
    Column("users", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Users by day and by days since their first active day, of all time, up to AGE_CAP; app_id '' is all apps.
ages = Table(
    "ages",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("app_id", TEXT, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("age", Integer, primary_key=True),
    Column("users", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

apps = Table(
    "apps",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("app_id", TEXT, primary_key=True),
)

# Every campaign, canvas and segment that a list names, from events and catalogue; `item` and `details` as served.
# `sought`, `tags` and `channels` are what they are searched by: series/listing/search.py.
listed = Table(
    "listed",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("kind", TEXT, primary_key=True),
    Column("id", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_edited", BigInteger, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("sought", TEXT, nullable=False),
    Column("tags", TEXT, nullable=False),
    Column("channels", TEXT, nullable=False),
    Column("item", LargeBinary, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Index("listed_by_creation", "workspace_id", "kind", "created_at", "id"),
)

# What the user says of a campaign or an app; JSON.
catalogue = Table(
    "catalogue",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("kind", TEXT, primary_key=True),  # "campaign", "canvas", "app", "event" or "segment"
    Column("id", TEXT, primary_key=True),
    Column("entry", LargeBinary, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

# Sends that clients announced by /sends/id/create; `day` is the day on which they did.
registered_sends = Table(
    "registered_sends",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("campaign_id", TEXT, primary_key=True),
    Column("send_id", TEXT, primary_key=True),
    Column("day", Integer, nullable=False),
    Index("registered_sends_by_day", "workspace_id", "campaign_id", "day"),
)

rates = Table(
    "rates",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("currency", TEXT, primary_key=True),
    Column("usd", TEXT, nullable=False),  # decimal text: US dollars for one unit
)

# Days with events of a family, and what of them is out of date: control/dirty_days.py. Of campaigns, canvases
# and segments a part of a subject (dirty_parts.py, dirty_segments.py), else `subject` and `part` are ''.
# `marking` is the last that marked it.
event_days = Table(
    "event_days",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("family", TEXT, primary_key=True),
    Column("day", Integer, primary_key=True),
)
dirty_days = Table(
    "dirty_days",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("family", TEXT, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("subject", TEXT, primary_key=True),
    Column("part", TEXT, primary_key=True),
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
    Column("family", TEXT, primary_key=True),
    Column("day", Integer, primary_key=True),
)

# Entries of the catalogue that are to be listed again.
dirty_listings = Table(
    "dirty_listings",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("kind", TEXT, primary_key=True),
    Column("id", TEXT, primary_key=True),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("key", TEXT, primary_key=True),  # of origin, reason and record: the same letter is kept once
    _workspace(),
    Column("at", BigInteger, nullable=False),
    Column("origin", TEXT, nullable=False),
    Column("event_type", TEXT, nullable=False),
    Column("event_id", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("record", TEXT, nullable=False),
)

# Event types and fields that came and are not known: control/unknown.py.
unknown_names = Table(
    "unknown_names",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("kind", TEXT, primary_key=True),  # "type" or "field"
    Column("name", TEXT, primary_key=True),
    Column("nearest", TEXT, nullable=False),  # the known name that is like it, '' for none
    Column("events", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Files and objects that are in the event store, in the version that was loaded.
loaded_files = Table(
    "loaded_files",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("origin", TEXT, primary_key=True),  # absolute path, or s3://bucket/key
    Column("version", TEXT, nullable=False),  # size and time of change, or the object's ETag
    Column("loaded_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What the last load of files into each workspace has done: control/loaded.py.
last_loads = Table(
    "last_loads",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("place", TEXT, nullable=False),
    Column("files", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("new", BigInteger, nullable=False),
)

# What came, by the day of the events and their type: control/arrivals.py says what fates there are.
arrivals = Table(
    "arrivals",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("event_type", TEXT, primary_key=True),
    Column("fate", TEXT, primary_key=True),
    Column("reason", TEXT, primary_key=True),  # of dead records, else ''
    Column("records", BigInteger, nullable=False, info=SUM),
    Column("first_arrival", BigInteger, nullable=False, info=LEAST),
    Column("last_arrival", BigInteger, nullable=False, info=GREATEST),
    sqlite_with_rowid=False,
)

# The arrivals of the batch that is being stored, and is perhaps not; no row, or one.
arriving = Table(
    "arriving",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("batch", BigInteger, nullable=False),
    Column("arrivals", LargeBinary, nullable=False),  # JSON
)

# The deliveries of each inbox that were taken last, while it may still have them: inbox/taken.py.
taken_over = Table(
    "taken_over",
    metadata,
    Column("inbox", TEXT, primary_key=True),  # its identity
    Column("deliveries", LargeBinary, nullable=False),  # JSON
)

# The hours (UTC) of which a prefix of Currents has files that were loaded: control/file_hours.py.
file_hours = Table(
    "file_hours",
    metadata,
    Column("workspace_id", Integer, ForeignKey("workspaces.id"), primary_key=True),
    Column("event_type", TEXT, primary_key=True),  # that of the folder; '' for all of them
    Column("prefix", TEXT, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("hours", Integer, nullable=False, info=BITS),  # bit n is set if there is a file of the hour n
    sqlite_with_rowid=False,
)
