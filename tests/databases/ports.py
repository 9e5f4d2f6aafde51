"""Ports that stay free for a server that is killed and started again."""

import socket
from random import SystemRandom

HOST = "127.0.0.1"

# Below those that the kernel gives to clients: one of them might take the port of a server that is down, or,
# asking for it again and again, might even be connected with itself. Not from `random`, whose seed Hypothesis sets.
_PORTS = range(17_000, 32_000)
_random = SystemRandom()
_taken: set[int] = set()


def free_ports(number: int) -> list[int]:
    """So many ports that nobody listens on, each given out once."""
    return [_free_port() for _ in range(number)]


def _free_port() -> int:
    while True:
        port = _random.choice(_PORTS)
        if port not in _taken and _is_free(port):
            _taken.add(port)
            return port


def _is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True
