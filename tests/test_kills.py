"""A kill between any two statements: opened again, everything that was acknowledged counts, and counts once."""

import shutil
from contextlib import closing
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from arrivals import Arrivals
from currents import write_jsonl
from following import Follower
from kills import Kill, killed_after, killing_told, try_kills
from stories import Teller

from quotidian.catalogue import CatalogueFile, Filter, Segment

Json = dict[str, Any]

PARIS = ZoneInfo("Europe/Paris")
START = date(1970, 1, 1) + timedelta(days=64 * 310)
SEGMENTS = {
    "mixed": Segment("Mixed", [Filter("purchase", at_least=2), Filter("active", within_days=7)], match="any"),
}


def what_is_published() -> list[Json]:
    """Conversions and purchases without receipts, opens and sessions: all waiting for what came before them."""
    teller = Teller("first", PARIS, START, "ana", "c", "d", "canvas")
    return [
        teller.conversion(teller.on(20)),
        teller.purchase(teller.on(2)),
        teller.message("email.Open", teller.on(6), send_id="s"),
        teller.converts_in_canvas(teller.on(3), step="s"),
        teller.step("contentcard.Impression", teller.on(10)),
        teller.session(teller.on(20), "b"),
        teller.does(teller.on(1)),
    ]


def what_is_late() -> list[Json]:
    """Of every family, a week or a month earlier than what it changes."""
    teller = Teller("late", PARIS, START, "ana", "c", "d", "canvas")
    return [
        teller.send(teller.on(0), send_id="s"),
        teller.message("email.Open", teller.on(1), send_id="s"),
        teller.entry(teller.on(1)),
        teller.session(teller.on(-1), "a"),
        teller.purchase(teller.on(0, 1)),
    ]


class Scene:
    """A data folder with published numbers and a batch that waits, posted or in a file: as it is now, however often."""

    def __init__(self, folder: Path) -> None:
        self.arrivals = Arrivals(folder / "data", "Europe/Paris")
        self.quotidian = self.arrivals.quotidian
        self._saved = folder / "saved"
        self._files = folder / "files"
        self._posted = False
        self._runs = 0
        self.arrivals.import_catalogue(CatalogueFile(segments=SEGMENTS))
        self.arrivals.arrive(*what_is_published())
        self._follower = Follower(self.quotidian)
        self._follower.follow()

    def post(self) -> None:
        """What is late is acknowledged."""
        self._posted = True
        self.arrivals.post(*what_is_late())

    def write_file(self) -> None:
        """What is late is in a file, which is loaded until it is."""
        write_jsonl(self._files / "late.jsonl", what_is_late())
        self.arrivals.oracle.deliver(what_is_late())

    def save(self) -> None:
        """Now is how it is to begin each time."""
        self.quotidian.close()
        shutil.copytree(self.quotidian.folder.path, self._saved, symlinks=True)

    def begin(self) -> None:
        """Everything is as it was."""
        shutil.rmtree(self.quotidian.folder.path)
        shutil.copytree(self._saved, self.quotidian.folder.path, symlinks=True)
        self.quotidian.open()

    def go_on(self) -> None:
        """The batch is taken over and published."""
        if self._posted:
            self.quotidian.drain()
        else:
            self.quotidian.load(self._files)

    def run_killed(self, after: int) -> Kill:
        """The batch is interrupted after so many changes; opened again, all is right before and after it goes on."""
        self._runs += 1
        self.begin()
        with killed_after(after) as kill:
            self.go_on()
        self.quotidian.reopen()
        with closing(self.quotidian), killing_told(kill):
            if self._runs % 2 == 0:
                # Nobody takes the batch over again yet: what is stored counts, and nothing else.
                self.quotidian.roll_up()
                self.arrivals.assert_right(self.arrivals.only_stored())
            follower = deepcopy(self._follower, {id(self.quotidian): self.quotidian})
            follower.follow()
            self.go_on()
            self.arrivals.assert_right()
            follower.follow()
            follower.assert_knows_all()
        return kill


@pytest.mark.slow
def test_a_kill_between_any_two_statements_loses_nothing_that_was_posted(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.post()
    scene.save()
    try_kills(scene.run_killed)


@pytest.mark.slow
def test_a_kill_in_a_load_loses_nothing_that_is_loaded_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.write_file()
    scene.save()
    try_kills(scene.run_killed)
