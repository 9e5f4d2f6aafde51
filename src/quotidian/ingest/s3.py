"""Buckets: listing objects and fetching them, with the AWS settings of this process's environment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import IO, Any, Final

from quotidian.domain.errors import UserError
from quotidian.ingest.sources import S3, BadFile, Source

_CONNECT_SECONDS: Final = 10
_READ_SECONDS: Final = 60
_BODY_ATTEMPTS: Final = 3
_PIECE_BYTES: Final = 1 << 20

_REASONS: Final = {
    "NoSuchBucket": "there is no such bucket; check its name, and AWS_ENDPOINT_URL if it is not at AWS",
    "InvalidBucketName": "this cannot be the name of a bucket; what is wanted is s3://bucket/prefix",
    "ParamValidationError": "this cannot be the name of a bucket; what is wanted is s3://bucket/prefix",
    "AccessDenied": "access is denied; needed are s3:ListBucket for the bucket and s3:GetObject for its objects",
    "InvalidAccessKeyId": "the access key is not known there; check AWS_ACCESS_KEY_ID, or AWS_PROFILE",
    "SignatureDoesNotMatch": "the secret is not that of the access key; check AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "ExpiredToken": "the session has expired; log in again, or renew AWS_SESSION_TOKEN",
    "InvalidToken": "the session token is not valid; check AWS_SESSION_TOKEN",
    "RequestTimeTooSkewed": "the clock of this machine is wrong by more than the endpoint allows",
    "PermanentRedirect": "the bucket is in another region; set AWS_DEFAULT_REGION to it",
    "AuthorizationHeaderMalformed": "the bucket is in another region; set AWS_DEFAULT_REGION to it",
    "NoCredentialsError": "there are no AWS credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY; if a server runs, in its environment too",
    "PartialCredentialsError": "the AWS credentials are not complete; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
    "go together",
    "EndpointConnectionError": "the endpoint cannot be reached; check the network, and AWS_ENDPOINT_URL",
    "ConnectTimeoutError": "the endpoint does not answer; check the network, and AWS_ENDPOINT_URL",
    "ReadTimeoutError": "the endpoint does not answer in time; try again later",
    "SSLError": "the endpoint's certificate is not trusted; check AWS_ENDPOINT_URL and AWS_CA_BUNDLE",
}
"""What is wrong and how to mend it, by the code of S3's answer or the name of botocore's exception."""

_OF_THE_OBJECT: Final = {
    "NoSuchKey": "is gone",
    "AccessDenied": "cannot be fetched: access is denied; needed is s3:GetObject",
    "InvalidObjectState": "cannot be fetched: it is archived; restore it first",
}
_PASSING: Final = frozenset({"InternalError", "ServiceUnavailable", "SlowDown", "RequestTimeout", "OperationAborted"})


class Buckets:
    """Lists and fetches objects. The client is made when it is first needed, and again after a failure."""

    def __init__(self) -> None:
        self._client: Any = None
        self._making = Lock()

    def objects(self, url: str) -> Iterator[tuple[bytes, Source]]:
        """The object that a URL names, and all below it; each with the part of its place that the URL names.

        Raises UserError if the bucket cannot be listed.
        """
        bucket, named = _parts(url)
        folder = named if named.endswith("/") or not named else f"{named}/"
        with self._explaining(bucket):
            if folder != named:
                # The key itself comes first of those that begin with it.
                first = self._made().list_objects_v2(Bucket=bucket, Prefix=named, MaxKeys=1)
                for told in first.get("Contents", ()):
                    if told["Key"] == named:
                        source = _source(bucket, told)
                        yield source.place, source
            for page in self._made().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder):
                for told in page.get("Contents", ()):
                    yield f"{S3}{bucket}/{folder}".encode(), _source(bucket, told)

    def fetch(self, source: Source, path: Path, is_wanted: Callable[[], bool]) -> BadFile | None:
        """Write an object to a file; returns a BadFile if this object cannot be fetched.

        Raises UserError if no object of the bucket can be fetched.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - slow to import, see _made
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        bucket, key = _parts(source.place.decode())
        with self._explaining(bucket):
            try:
                for attempt in range(_BODY_ATTEMPTS):
                    body = self._made().get_object(Bucket=bucket, Key=key)["Body"]
                    try:
                        with path.open("wb") as out:
                            _copy(body, out, is_wanted)
                        return None
                    except (BotoCoreError, HTTPError) as error:
                        # botocore tries requests again, but not answers that break off.
                        if attempt == _BODY_ATTEMPTS - 1:
                            return BadFile(source.origin, f"cannot be fetched: {error}", may_pass=True)
            except ClientError as error:
                code = error.response["Error"].get("Code", "")
                if code in _REASONS and code not in _OF_THE_OBJECT:
                    raise
                reason = _OF_THE_OBJECT.get(code, f"cannot be fetched: {_one_line(error)}")
                return BadFile(source.origin, reason, may_pass=code in _PASSING)
            except OSError as error:
                return BadFile(source.origin, f"cannot be fetched: {error.strerror or error}", may_pass=True)
        return None

    def _made(self) -> Any:
        with self._making:
            if self._client is None:
                # Imported late: they are large, and most commands do without them.
                from boto3.session import Session  # noqa: PLC0415
                from botocore.config import Config  # noqa: PLC0415

                config = Config(
                    retries={"mode": "standard"}, connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS
                )
                self._client = Session().client("s3", config=config)
            return self._client

    @contextmanager
    def _explaining(self, bucket: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            yield
        except (BotoCoreError, ClientError, ValueError) as error:
            # Credentials may be mended in files that only a new client reads.
            self._client = None
            code = error.response["Error"].get("Code", "") if isinstance(error, ClientError) else type(error).__name__
            raise UserError(f"{S3}{bucket} cannot be read: {_REASONS.get(code) or _one_line(error)}") from error


def _parts(url: str) -> tuple[str, str]:
    """Bucket and key of a URL; the key is not escaped."""
    bucket, _, key = url.removeprefix(S3).partition("/")
    if not bucket:
        raise UserError(f"{url!r} names no bucket; what is wanted is s3://bucket/prefix")
    return bucket, key


def _source(bucket: str, told: dict[str, Any]) -> Source:
    return Source(f"{S3}{bucket}/{told['Key']}".encode(), told["Size"], told["ETag"].strip('"'))


def _copy(body: Any, out: IO[bytes], is_wanted: Callable[[], bool]) -> None:
    while is_wanted() and (piece := body.read(_PIECE_BYTES)):
        out.write(piece)


def _one_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
