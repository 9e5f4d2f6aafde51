"""Where a server listens: the address that it holds, and whether it answers there."""

import socket
from http.client import HTTPConnection, HTTPException

from quotidian.domain.errors import UserError

_ANSWER_SECONDS = 2


def hold_address(host: str, port: int) -> socket.socket:
    """A socket that has the address and does not listen. Workers listen at the same address, with sockets of their own.

    The address stays the server's when all its workers have died. Raises UserError if nothing can listen there.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # A socket that shares its port can be bound beside those of another server. One that does not share fails.
        socket.create_server(address[:2], family=family).close()
        held = socket.socket(family, kind, protocol)
        try:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            held.bind(address)
        except OSError:
            held.close()
            raise
    except (OSError, OverflowError, TypeError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"Cannot listen at {host}:{port}: {reason}; choose another with --host or --port") from error
    return held


def url(host: str, port: int) -> str:
    """The address as people type it into a browser."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_ready(address: tuple[str, int]) -> bool:
    """Whether a worker at an IP address and a port says that it is ready."""
    host, port = address
    connection = HTTPConnection(host, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
