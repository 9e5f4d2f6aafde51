"""Kills between any two statements, in this process: from the n-th change on nothing more is done.

A change is a statement of ClickHouse that is not a query, a note in the event store's file, or the commit of a
transaction of SQLite. What happens between two of them leaves no trace, so that a kill before each change is a kill
between any two statements. It does not matter how many there are, or what they say.

Every eighth is tried in a run, KILLS_EVERY says otherwise: 1 tries all.
"""

import os
import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

from sqlalchemy import Connection, Engine, event

import quotidian.store.chdb
from quotidian.store.chdb import ChdbStatements

_COMMENTS: Final = re.compile(r"/\*.*?\*/|--[^\n]*\n", re.DOTALL)
_QUERIES: Final = ("SELECT", "WITH", "SHOW", "DESCRIBE", "EXISTS", "EXPLAIN", "(")
# They are gone with their connection, so that a kill behind such a change is the kill before it.
_OF_TEMPORARY_TABLES: Final = re.compile(
    r"(CREATE|DROP) TEMPORARY TABLE|INSERT INTO (timeline|user_bits|user_days|seen_before)\b"
)
_CHANGING: Final = ("insert", "note_batch", "identify", "tidy")
"""Methods of an event store that change something; `run` and `rows` do if their statement says so. What these call of
each other counts twice, and the second kill then finds what the first one did."""

KILLS_EVERY: Final = int(os.environ.get("KILLS_EVERY") or 8)
"""Changes from one kill to the next. They begin at any of the first, so that in the end all are tried."""


class Killed(BaseException):
    """The process is gone, as it were: no `except Exception` may catch this."""


class Kill:
    """Lets so many changes happen, and no more.

    `changes` counts them, and `committed` the transactions among them; `happened` says whether the kill was reached.
    """

    def __init__(self, after: int) -> None:
        self.after = after
        self.changes = 0
        self.committed = 0
        self.happened = False
        self.last = ""
        self._lock = threading.Lock()
        self._others = {*threading.enumerate()} - {threading.current_thread()}

    def before(self, what: str, *, changes: bool) -> None:
        """Something is about to happen. Raises Killed if the process is gone."""
        with self._lock:
            if not self.happened and changes and self.changes == self.after:
                self.happened = True
            if self.happened:
                raise Killed(what)
            if changes:
                self.changes += 1
                self.last = what

    def around(self, method: Callable[..., Any], *, is_statement: bool) -> Callable[..., Any]:
        """A method of an event store, which this kill may forbid."""

        def called(store: object, *given: Any, **named: Any) -> Any:
            what = str(given[0]) if is_statement else method.__name__
            self.before(what, changes=not is_statement or is_change(what))
            return method(store, *given, **named)

        return called

    def commit(self, _: Connection) -> None:
        """A transaction is about to be committed; not by a thread of the API, which is a process of its own."""
        if threading.current_thread() in self._others:
            return
        self.before("COMMIT", changes=True)
        self.committed += 1


def is_change(sql: str) -> bool:
    """Whether a statement can change anything that another connection sees."""
    told = _COMMENTS.sub("", sql).strip()
    return not told.upper().startswith(_QUERIES) and not _OF_TEMPORARY_TABLES.match(told)


@contextmanager
def killed_after(changes: int) -> Iterator[Kill]:
    """In the block, so many changes happen, of whatever store and connection; then Killed is raised, and caught here.

    Whoever had the stores open must close them, and open them again.
    """
    kill = Kill(changes)
    event.listen(Engine, "commit", kill.commit)
    try:
        with _patched(kill):
            yield kill
    except Killed:
        pass
    finally:
        event.remove(Engine, "commit", kill.commit)


def try_kills(run: Callable[[int], Kill]) -> None:
    """Have `run` killed after every few changes, until there are no more; it checks what becomes of that."""
    after = random.randrange(KILLS_EVERY)
    while (kill := run(after)).happened:
        # Before anything is committed there are only staging tables, which are made anew: not each is tried.
        after += KILLS_EVERY if kill.committed else max(4, KILLS_EVERY)
    assert kill.committed > 5, "hardly anything is counted as a change"


@contextmanager
def killing_told(kill: Kill) -> Iterator[None]:
    """Add to an AssertionError in the block where the kill was."""
    try:
        yield
    except AssertionError as error:
        error.add_note(f"killed after {kill.after} changes, the last: {kill.last}")
        raise


@contextmanager
def _patched(kill: Kill) -> Iterator[None]:
    """Every method of every class of embedded stores that runs statements or changes something is around a kill."""
    classes = [one for one in vars(quotidian.store.chdb).values() if isinstance(one, type)]
    patches = [
        patch.object(one, name, kill.around(vars(one)[name], is_statement=name in ("run", "rows")))
        for one in classes
        if issubclass(one, ChdbStatements)
        for name in ("run", "rows", *_CHANGING)
        if name in vars(one)
    ]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()
