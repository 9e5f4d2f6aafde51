"""`python -m benchmarks [--full] [--write] [OPTION …] [ROW …]`: run the rows, print the table."""

import argparse
import sys
import traceback
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.rows import ROWS
from benchmarks.sizes import FULL, SMALL, scaled
from benchmarks.tools.machine import machine
from benchmarks.tools.outcome import Outcome, Skipped
from benchmarks.tools.stores import remove_copy
from benchmarks.tools.table import markdown, write_between_markers
from benchmarks.tools.world import SEED, World

_STORES = Path.home() / ".cache" / "quotidian-benchmarks"
_README = Path(__file__).with_name("README.md")


def main() -> int:
    """Run what was asked for; 1 if a row failed."""
    names = [row.name for row in ROWS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Quotidian side by side.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"only these: {', '.join(names)}")
    parser.add_argument("--full", action="store_true", help="full sizes, for figures; without it small ones")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    parser.add_argument("--folder", type=Path, help="work here and leave what was made, for another run to use")
    parser.add_argument("--stores", type=Path, default=_STORES, help=f"keep large stores here; by default {_STORES}")
    parser.add_argument(
        "--scale", type=int, default=1, help="large stores so many times smaller; then they have no targets"
    )
    given = parser.parse_args()
    if unknown := set(given.rows) - set(names):
        parser.error(f"no row is called {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    with ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(TemporaryDirectory(prefix="quotidian-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        given.stores.mkdir(parents=True, exist_ok=True)
        stack.callback(remove_copy, given.stores.absolute())
        sizes = scaled(FULL if given.full else SMALL, given.scale)
        world = World(sizes, folder.absolute(), given.stores.absolute(), is_full=given.full and given.scale == 1)
        outcomes, skipped, failed = _measure(world, given.rows or names)
    size = "full" if given.full else "small, so the figures mean little"
    if given.scale > 1:
        size += f"; large stores {given.scale} times smaller"
    head = "\n".join(
        [*(f"- {line}" for line in machine()), f"- sizes: {size}; seed {SEED}; medians of {world.sizes.runs}"]
    )
    text = f"{head}\n\n{markdown(outcomes, skipped)}"
    print(f"\n{text}")
    if given.write and not failed:
        write_between_markers(_README, text)
    return 1 if failed else 0


def _measure(world: World, names: list[str]) -> tuple[list[Outcome], list[tuple[str, str]], bool]:
    """The outcomes of these rows, which were skipped and why, and whether any failed."""
    outcomes: list[Outcome] = []
    skipped: list[tuple[str, str]] = []
    failed = False
    for row in ROWS:
        if row.name not in names:
            continue
        started = perf_counter()
        try:
            for outcome in row.measure(world):
                outcomes.append(outcome)
                print(
                    f"{outcome.what}: {outcome.ours}; {outcome.against}: {outcome.theirs}", file=sys.stderr, flush=True
                )
        except Skipped as reason:
            skipped.append((row.name, str(reason)))
        except Exception:
            traceback.print_exc()
            skipped.append((row.name, "it failed"))
            failed = True
        print(f"{row.name}: {perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return outcomes, skipped, failed


if __name__ == "__main__":
    sys.exit(main())
