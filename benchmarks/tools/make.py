"""Makes Currents files in a process of its own: `python -m benchmarks.tools.make FOLDER EVENTS DAYS SEED UNTIL`."""

import json
import sys
from datetime import date
from pathlib import Path

from quotidian.demo import write_demo


def main(folder: str, events: str, days: str, seed: str, until: str) -> None:
    made = write_demo(Path(folder), events=int(events), days=int(days), seed=int(seed), until=date.fromisoformat(until))
    size = sum(path.stat().st_size for path in Path(folder).rglob("*.avro"))
    print(json.dumps({"events": made.events, "files": made.files, "bytes": size}))


if __name__ == "__main__":
    main(*sys.argv[1:])
