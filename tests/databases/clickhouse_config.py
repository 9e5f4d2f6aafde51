"""The configuration of a ClickHouse server of 18.16 or newer, in files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from xml.sax.saxutils import escape

from databases.certificates import Certificate
from databases.ports import HOST

USER_PASSWORD = "p@ss:w/rd%20&<"

Clusters = Mapping[str, Sequence[Sequence["ReplicaPorts"]]]

_CONFIG = """<yandex>
    <logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
    <listen_host>{host}</listen_host><interserver_http_host>{host}</interserver_http_host>
    <tcp_port>{ports.tcp}</tcp_port><http_port>{ports.http}</http_port>
    <interserver_http_port>{ports.interserver}</interserver_http_port>{secure}
    <path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path>
    <user_files_path>{folder}/files/</user_files_path><format_schema_path>{folder}/schemas/</format_schema_path>
    <mark_cache_size>100000000</mark_cache_size><uncompressed_cache_size>0</uncompressed_cache_size>
    <users_config>{folder}/users.xml</users_config>
    <default_profile>default</default_profile><default_database>default</default_database>
    {keepers}<merge_tree>
        <zookeeper_session_expiration_check_period>1</zookeeper_session_expiration_check_period>
    </merge_tree>
    <remote_servers>{clusters}</remote_servers>
</yandex>"""
_SECURE = """
    <tcp_port_secure>{port}</tcp_port_secure>
    <openSSL><server>
        <certificateFile>{certificate.certificate}</certificateFile><privateKeyFile>{certificate.key}</privateKeyFile>
        <verificationMode>none</verificationMode><loadDefaultCAFile>false</loadDefaultCAFile>
    </server></openSSL>"""
_REPLICA = "<replica><host>{host}</host><port>{port}</port><user>{user}</user><password>{password}</password></replica>"
_USERS = """<yandex>
    <profiles><default>
        <allow_experimental_low_cardinality_type>1</allow_experimental_low_cardinality_type>
        <background_pool_size>4</background_pool_size><background_schedule_pool_size>8</background_schedule_pool_size>
    </default></profiles>
    <users><{user}>
        <password_sha256_hex>{digest}</password_sha256_hex>
        <networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
    </{user}></users>
    <quotas><default></default></quotas>
</yandex>"""


@dataclass(frozen=True)
class ReplicaPorts:
    """Where a server listens."""

    tcp: int
    http: int
    interserver: int
    secure: int


def config_of(
    folder: Path,
    ports: ReplicaPorts,
    clusters: Clusters,
    keepers: Sequence[int],
    user: str,
    certificate: Certificate | None,
) -> str:
    """A server's file; `keepers` are their ports, and `certificate` makes it listen for TLS too."""
    named = "".join(f"<{name}>{_shards(shards, user)}</{name}>" for name, shards in clusters.items())
    secure = _SECURE.format(port=ports.secure, certificate=certificate) if certificate else ""
    return _CONFIG.format(
        folder=folder, host=HOST, ports=ports, secure=secure, keepers=_keepers(keepers), clusters=named
    )


def _keepers(ports: Sequence[int]) -> str:
    nodes = "".join(f"<node><host>{HOST}</host><port>{port}</port></node>" for port in ports)
    # A killed replica is known to be gone after this time.
    return f"<zookeeper>{nodes}<session_timeout_ms>3000</session_timeout_ms></zookeeper>"


def _shards(shards: Sequence[Sequence[ReplicaPorts]], user: str) -> str:
    return "".join(f"<shard>{''.join(_replica(each, user) for each in shard)}</shard>" for shard in shards)


def _replica(ports: ReplicaPorts, user: str) -> str:
    return _REPLICA.format(host=HOST, port=ports.tcp, user=user, password=escape(USER_PASSWORD))


def users(user: str) -> str:
    """The file of users: one, with a password."""
    return _USERS.format(user=user, digest=sha256(USER_PASSWORD.encode()).hexdigest())
