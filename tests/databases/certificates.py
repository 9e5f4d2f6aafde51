"""A certificate for TLS on loopback, made with openssl for each run of the tests."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from databases.programs import program

_SUBJECT = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")


@dataclass(frozen=True)
class Certificate:
    """A key and its certificate, which is its own authority: clients are given `certificate` to trust."""

    key: Path
    certificate: Path


def make_certificate(folder: Path) -> Certificate:
    """A certificate of 127.0.0.1 and localhost, for some days."""
    made = Certificate(folder / "key.pem", folder / "certificate.pem")
    kind = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3")
    files = ("-keyout", str(made.key), "-out", str(made.certificate))
    subprocess.run([program("openssl", "openssl"), *kind, *_SUBJECT, *files], check=True, capture_output=True)
    return made
