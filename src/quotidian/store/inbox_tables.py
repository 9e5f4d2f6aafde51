"""The tables of an inbox: in a file of each node, and in the series store where that is a server's."""

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

# SQLite counts only an INTEGER by itself.
_COUNTED = BigInteger().with_variant(Integer, "sqlite")


class InboxTables(NamedTuple):
    """The tables of one inbox.

    `deliveries` are acknowledged and not yet in the event store; `set_aside` were refused by it, until they are tried
    again. `first_requests` says when the first request with an Idempotency-Key came: what it said without a time
    happened then, also if it is sent again; `key` is a hash of the workspace and the key. `key_uses` says when keys of
    the series store were last used, in microseconds: why it is here says inbox/key_uses.py.
    """

    deliveries: Table
    set_aside: Table
    first_requests: Table
    key_uses: Table


def inbox_tables(metadata: MetaData, prefix: str = "") -> InboxTables:
    """The tables of an inbox, with a prefix before their names."""
    return InboxTables(
        deliveries=Table(
            f"{prefix}deliveries",
            metadata,
            *_delivered(),
            Index(f"{prefix}deliveries_bytes", "bytes"),  # so that their sum reads no events
            sqlite_autoincrement=True,  # an id is never used again
        ),
        set_aside=Table(
            f"{prefix}set_aside",
            metadata,
            *_delivered(),
            Column("reason", Text, nullable=False),
            Column("set_aside_at", BigInteger, nullable=False),
        ),
        first_requests=Table(
            f"{prefix}first_requests",
            metadata,
            Column("key", LargeBinary, primary_key=True),
            Column("received_at", BigInteger, nullable=False, index=True),
            sqlite_with_rowid=False,
        ),
        key_uses=Table(
            f"{prefix}key_uses",
            metadata,
            Column("key_id", Integer, primary_key=True, autoincrement=False),
            Column("used_at", BigInteger, nullable=False, info={"merged": "greatest"}),
        ),
    )


def _delivered() -> tuple[Column[Any], ...]:
    return (
        Column("id", _COUNTED, primary_key=True),
        Column("workspace_id", Integer, nullable=False),
        Column("received_at", BigInteger, nullable=False),
        Column("bytes", Integer, nullable=False),
        Column("events", LargeBinary, nullable=False),
        Column("dead_letters", LargeBinary, nullable=False),
        Column("unknown", LargeBinary, nullable=False),
    )
