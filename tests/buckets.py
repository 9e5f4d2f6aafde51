"""A real S3 server, as a process, and buckets in it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import httpx2 as httpx
from servers import free_port, kill_group, wait_until

_NUMBERS = count()


class Bucket:
    """A bucket of its own; `environment` is what a process needs to get at it."""

    def __init__(self, url: str, name: str = "") -> None:
        self.environment = {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self.client: Any = boto3.session.Session().client(
            "s3",
            endpoint_url=url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            region_name="us-east-1",
        )
        self.name = name or f"bucket-{next(_NUMBERS)}"
        self.client.create_bucket(Bucket=self.name)

    def put(self, key: str, content: Path | bytes, **more: str) -> str:
        """An object; returns its URL."""
        body = content if isinstance(content, bytes) else content.read_bytes()
        self.client.put_object(Bucket=self.name, Key=key, Body=body, **more)
        return self.url(key)

    def put_folder(self, folder: Path, prefix: str) -> str:
        """Every file below a folder; returns the URL of the prefix."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(f"{prefix}/{path.relative_to(folder)}", path)
        return self.url(prefix)

    def url(self, key: str = "") -> str:
        return f"s3://{self.name}/{key}"


@contextmanager
def s3_server(port: int = 0, **environment: str) -> Iterator[str]:
    """A server that keeps objects in memory; its URL."""
    port = port or free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(url), timeout=60)
        yield url
    finally:
        kill_group(process)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/moto-api/").status_code == 200
    except httpx.TransportError:
        return False
