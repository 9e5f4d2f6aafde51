"""Writers of nested JSON events as the files of semantics.md, section 1: Avro as Currents lays it out, and JSON."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from gzip import compress
from pathlib import Path
from typing import Any, Literal

import fastavro

Codec = Literal["null", "deflate", "snappy"]
NameStyle = Literal["split", "full", "foreign"]
Json = Mapping[str, Any]
Fields = Mapping[str, str]  # field name -> type of currents.json: "string", "int", …, with "?" where it may be null

NAMESPACE = "dataexport.S3.inner"
CLUSTER = "prod-05"
INTEGRATION = f"dataexport.{CLUSTER}.S3.integration.65f2a1c09b7e4d0012ab34cd"
PARTITION = 0

VOCABULARY: Mapping[str, Fields] = json.loads(
    (Path(__file__).parent.parent / "src" / "quotidian" / "domain" / "currents.json").read_text()
)
UNHEARD_OF: Fields = {"id": "string", "user_id": "string", "external_user_id": "string?", "time": "int"}
EMPTY: Mapping[str, object] = {"string": "", "int": 0, "long": 0, "float": 0.0, "boolean": False, "strings": []}
NO_DEFAULT = ("id", "user_id")


def write_avro(
    root: Path,
    events: Iterable[Json],
    *,
    codec: Codec = "deflate",
    records_per_file: int = 1000,
    drop_fields: Collection[str] = (),
    extra_fields: Collection[str] = (),
    name_style: NameStyle = "full",
) -> list[Path]:
    """Write events under `root` in the path layout of section 1, one type a file, and return the files.

    Events keep their order within a type. The folder's date is the UTC hour of a file's first event; writing again
    under the same root adds files. `drop_fields` are left out of every schema; `extra_fields` are added to it, as
    strings. A type that Currents does not have gets a schema of four fields. `name_style` is how the writer schema is
    named: "full" by one dotted name, "split" in namespace and last word, "foreign" by one that does not tell the type.
    """
    written: list[Path] = []
    for event_type, records in _by_type(events).items():
        fields = dict(VOCABULARY.get(event_type, UNHEARD_OF))
        fields = {name: kind for name, kind in fields.items() if name not in drop_fields}
        fields |= dict.fromkeys(extra_fields, "string")
        schema = _schema(event_type, fields, name_style)  # not parsed: fastavro would join namespace and name
        for chunk in _chunks(records, records_per_file):
            path = _new_path(root, event_type, chunk[0]["time"])
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                fastavro.writer(file, schema, [flat(event, fields) for event in chunk], codec=codec)
            written.append(path)
    return written


def flat(event: Json, fields: Fields) -> dict[str, object]:
    """The flat record of a nested event: `user` and `properties` spread out, each field of the schema filled.

    What is absent is null where the schema allows it, else empty or zero; `id` and `user_id` are passed as they are."""
    given = {**event.get("properties", {}), **event.get("user", {}), "id": event["id"], "time": event["time"]}
    record: dict[str, object] = {}
    for name, kind in fields.items():
        value = given.get(name)
        if value is None and not kind.endswith("?") and name not in NO_DEFAULT:
            value = EMPTY[kind]
        record[name] = value
    return record


def write_jsonl(path: Path, events: Iterable[object], gzip: bool = False) -> Path:
    """Write one JSON value a line, gzipped if asked, and return the path. The values need not be usable events."""
    text = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(compress(text.encode()) if gzip else text.encode())
    return path


def write_body(path: Path, events: Iterable[object]) -> Path:
    """Write the body that the Currents HTTP connector posts, `{"events": [ … ]}`, and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"events": list(events)}, ensure_ascii=False), encoding="utf-8")
    return path


def _by_type(events: Iterable[Json]) -> dict[str, list[Json]]:
    grouped: dict[str, list[Json]] = {}
    for event in events:
        grouped.setdefault(event["event_type"], []).append(event)
    return grouped


def _chunks(records: Sequence[Json], size: int) -> Iterator[Sequence[Json]]:
    for start in range(0, len(records), size):
        yield records[start : start + size]


def _schema(event_type: str, fields: Fields, name_style: NameStyle) -> dict[str, object]:
    name = f"{NAMESPACE}.{event_type}"
    schema: dict[str, object] = {"type": "record", "fields": [_field(field, kind) for field, kind in fields.items()]}
    if name_style == "split":
        namespace, _, last = name.rpartition(".")
        return {**schema, "namespace": namespace, "name": last}
    return {**schema, "name": name if name_style == "full" else "Record"}


def _field(name: str, kind: str) -> dict[str, object]:
    plain = kind.removesuffix("?")
    avro: object = {"type": "array", "items": "string"} if plain == "strings" else plain
    if kind.endswith("?"):
        return {"name": name, "type": ["null", avro], "default": None}
    return {"name": name, "type": avro}


def _new_path(root: Path, event_type: str, time: int) -> Path:
    """The next path of that type, with an offset that no file of the type under `root` has yet."""
    folder = root / INTEGRATION / f"event_type={event_type}"
    offset = sum(1 for _ in folder.rglob("*.avro"))
    hour = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d-%H")
    schema_id = 400 + list(VOCABULARY).index(event_type) if event_type in VOCABULARY else 999
    name = f"{INTEGRATION}+{PARTITION}+{offset:010}.avro"
    return folder / f"date={hour}" / str(schema_id) / CLUSTER / name
