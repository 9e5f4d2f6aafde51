"""Ctrl-C at a moment where it would get lost."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Within the block signals that interrupt are only noted; they take effect when it ends.

    For loading packages written in C: some go on as if nothing had been, some make an ImportError of it.
    """
    if current_thread() is not main_thread():
        # Handlers run in the main thread.
        yield
        return
    noted: list[int] = []
    before = {each: signal.signal(each, lambda number, _: noted.append(number)) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    for number in noted:
        signal.raise_signal(number)


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Processes that this thread starts within the block never receive SIGINT or SIGHUP; this one does afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
