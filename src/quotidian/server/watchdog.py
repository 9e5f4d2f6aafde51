"""Keeps the processes of a server running, and ends them."""

import time
from collections.abc import Sequence
from typing import Final

from quotidian.server.children import Child
from quotidian.server.silence import LOOK_SECONDS, AwakeClock
from quotidian.store.folder import Hold

_STOP_SECONDS: Final = 4


class Watchdog:
    """Keeps processes running until it is told to end.

    If the data folder is removed or replaced, it kills all: nothing can be stored any more. `is_folder_gone` says so.
    """

    def __init__(self, hold: Hold, children: Sequence[Child], clock: AwakeClock) -> None:
        self.is_folder_gone = False
        self.is_ending = False
        self._hold = hold
        self._children = children
        self._clock = clock

    def run(self) -> None:
        """Keep the children running until `end` is called or the folder is gone; then end them.

        The calling thread starts them, so the kernel ends them when this thread ends.
        """
        try:
            while not self.is_ending:
                for child in self._children:
                    child.look()
                time.sleep(LOOK_SECONDS)
                self._look()
        finally:
            self.is_ending = True
            self._end_children()

    def end(self) -> None:
        """Have `run` end the children and return. A signal handler may call it."""
        self.is_ending = True

    def _look(self) -> None:
        self._clock.look()
        if self._hold.is_lost():
            self.is_folder_gone = self.is_ending = True

    def _end_children(self) -> None:
        """End all at the same time; kill those that take too long. The engine repeats later what it did not finish."""
        for child in self._children:
            if self.is_folder_gone:
                child.kill()
            else:
                child.begin_end()
        until = time.monotonic() + _STOP_SECONDS
        for child in self._children:
            child.end(until)
