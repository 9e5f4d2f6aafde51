"""A client that asks at a steady rate, whether or not answers come: what waits behind a slow answer counts as slow.

`python -m … PORT KEY SECONDS RATE TARGET…` prints percentiles in milliseconds and how many answers were bad. Each
request is timed from the moment at which it was due.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from time import perf_counter

_CONNECTIONS = 20


async def ask(port: int, key: str, seconds: float, rate: int, targets: Sequence[str]) -> tuple[list[float], int]:
    """The latencies in seconds, ascending, and how many answers were not 200."""
    took: list[float] = []
    bad = 0
    start = perf_counter() + 0.1
    total = int(seconds * rate)

    async def one(connection: int) -> None:
        nonlocal bad
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        for number in range(connection, total, _CONNECTIONS):
            due = start + number / rate
            await asyncio.sleep(max(0.0, due - perf_counter()))
            target = targets[number % len(targets)]
            writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
            took.append(perf_counter() - due)
            bad += not (head.startswith(b"http/1.1 200") and body.endswith(b"]}"))
        writer.close()

    await asyncio.gather(*map(one, range(_CONNECTIONS)))
    return sorted(took), bad


def main(port: str, key: str, seconds: str, rate: str, *targets: str) -> None:
    took, bad = asyncio.run(ask(int(port), key, float(seconds), int(rate), targets))
    at = {name: took[int(len(took) * share)] * 1000 for name, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}
    print(json.dumps({**at, "max": took[-1] * 1000, "bad": bad, "requests": len(took)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
