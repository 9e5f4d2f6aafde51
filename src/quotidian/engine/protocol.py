"""How commands and the engine talk: messages over a Unix socket in the data folder.

A command sends one Task; the engine answers with Updates and at the end an Outcome or a Failure. Or somebody sends a
question (questions.py), and the engine answers it or says why it does not.
"""

import os
import socket
from pathlib import Path
from typing import Final

import msgspec

from quotidian.engine.questions import Answered, Asked
from quotidian.engine.tasks import Outcome, Task, Update

LENGTH_BYTES: Final = 8
_MOST_BYTES: Final = 1 << 30


class Failure(msgspec.Struct, tag=True, frozen=True):
    """Why a task could not be done; `status` is the exit status of the command."""

    message: str
    status: int


Request = Task | Asked
Reply = Update | Outcome | Failure | Answered

_REQUESTS: Final = msgspec.msgpack.Decoder(Request)
_REPLIES: Final = msgspec.msgpack.Decoder(Reply)


def encode_message(message: Request | Reply) -> bytes:
    """A message with its length before it."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def size_of(length: bytes) -> int:
    """How long the message is that LENGTH_BYTES announce. Raises EOFError if none of ours is so long."""
    size = int.from_bytes(length, "big")
    if size > _MOST_BYTES:
        raise EOFError(f"a message of {size} bytes is none of ours")
    return size


def decode_reply(body: bytes) -> Reply:
    """The reply in a message."""
    reply: Reply = _REPLIES.decode(body)
    return reply


class MessageSocket:
    """One end of a connection between a command and the engine; sends and receives whole messages."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._reader = connected.makefile("rb")

    def send(self, message: Request | Reply) -> None:
        """Send a message. Raises OSError if the other end has gone, or does not listen."""
        self._socket.sendall(encode_message(message))

    def receive_request(self) -> Request:
        """The next message. Raises EOFError if the other end has gone."""
        request: Request = _REQUESTS.decode(self._receive())
        return request

    def receive_reply(self) -> Reply:
        """The next message. Raises EOFError if the other end has gone."""
        return decode_reply(self._receive())

    def _receive(self) -> bytes:
        return self._exactly(size_of(self._exactly(LENGTH_BYTES)))

    def _exactly(self, size: int) -> bytes:
        try:
            body = self._reader.read(size)
        except OSError as error:
            raise EOFError(str(error)) from error
        if len(body) < size:
            raise EOFError("the other end has gone")
        return body

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()
        self._socket.close()


def listen(path: Path) -> socket.socket:
    """A socket at a path, which nobody else listens at (hold the folder's "events" first)."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    with _Folder(path.parent) as folder:
        listening.bind(f"{folder}/{path.name}")
    path.chmod(0o600)
    listening.listen()
    return listening


def connect(path: Path, *, blocking: bool = True) -> socket.socket:
    """A connection to who listens at a path. Raises OSError if nobody does.

    One that is not `blocking` is neither waited for, where others wait already: that is an OSError too.
    """
    connecting = socket.socket(socket.AF_UNIX)
    connecting.setblocking(blocking)
    try:
        with _Folder(path.parent) as folder:
            connecting.connect(f"{folder}/{path.name}")
    except OSError:
        connecting.close()
        raise
    return connecting


class _Folder:
    """A short name for a folder: addresses of sockets have room for a hundred characters only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> str:
        self._descriptor = os.open(self._path, os.O_PATH | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._descriptor}"

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)
