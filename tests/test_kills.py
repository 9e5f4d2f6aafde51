"""A kill between any two statements: opened again, everything that was acknowledged counts, and counts once."""

import shutil
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from arrivals import Arrivals
from conftest import Quotidian
from kills import Kill, killed_after
from stories import Teller

from quotidian.catalogue import CatalogueFile, Filter, Segment

Json = dict[str, Any]

PARIS = ZoneInfo("Europe/Paris")
START = date(1970, 1, 1) + timedelta(days=64 * 310)
SEGMENTS = {
    "lively": Segment("Lively", [Filter("active", within_days=7)]),
    "ever": Segment("Ever", [Filter("purchase", at_least=2), Filter("active")], match="any"),
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
        teller.session(teller.on(25), "b"),
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
    """A data folder with published numbers and a batch that waits in the inbox: as it is now, however often."""

    def __init__(self, folder: Path) -> None:
        self.arrivals = Arrivals(folder / "data", "Europe/Paris")
        self._saved = folder / "saved"
        self.arrivals.import_catalogue(CatalogueFile(segments=SEGMENTS))
        self.arrivals.arrive(*what_is_published())
        self.arrivals.post(*what_is_late())
        self.quotidian.close()
        shutil.copytree(self._folder, self._saved, symlinks=True)

    @property
    def quotidian(self) -> Quotidian:
        return self.arrivals.quotidian

    @property
    def _folder(self) -> Path:
        return self.quotidian.folder.path

    def begin(self) -> None:
        """Everything is as it was."""
        shutil.rmtree(self._folder)
        shutil.copytree(self._saved, self._folder, symlinks=True)
        self.quotidian.open()

    def killed(self, after: int) -> Kill:
        """The batch is taken over and published, until so many changes have happened; nothing is open then."""
        with killed_after(after) as kill:
            self.quotidian.drain()
        self.quotidian.close()
        return kill


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(tmp_path_factory.mktemp("kills"))


def test_a_kill_between_any_two_statements_leaves_right_numbers(scene: Scene) -> None:
    after = 0
    while True:
        scene.begin()
        kill = scene.killed(after)
        scene.quotidian.open()
        with closing(scene.quotidian):
            try:
                if kill.happened and after % 2:
                    # Before anybody takes over the batch again: a rollup alone.
                    scene.quotidian.roll_up()
                    scene.arrivals.assert_right(scene.arrivals.only_stored())
                scene.quotidian.drain()
                scene.arrivals.assert_right()
            except BaseException as error:
                error.add_note(f"after {after} changes, the last of which was: {kill.last}")
                raise
        if not kill.happened:
            break
        # Before anything is committed there are only staging tables, which are made anew: not each of them is tried.
        after += 1 if kill.committed else 4
    assert kill.committed > 5, "hardly anything is counted as a change"
