"""chDB alone: the columns that numbers need, from the same files into a MergeTree table, in one statement.

It removes no duplicate, checks no record, keeps no day, and computes no series: `python -m … FILES FOLDER`.
"""

import sys
from typing import Any

from chdb.session import Session

_CREATE = """
CREATE TABLE bench.events
(
    type LowCardinality(String), time Int64, id String, user_id String, external_user_id String,
    app_group_id LowCardinality(String), app_id LowCardinality(String),
    campaign_id LowCardinality(String), campaign_name LowCardinality(String), variation_id LowCardinality(String),
    variation_name LowCardinality(String), send_id LowCardinality(String), platform LowCardinality(String),
    button_string LowCardinality(String), button_id LowCardinality(String), action LowCardinality(String),
    message_body String, conversion_index Nullable(Int64), price Nullable(Float64), currency LowCardinality(String),
    event_name LowCardinality(String), product_id LowCardinality(String),
    canvas_id LowCardinality(String), canvas_name LowCardinality(String), canvas_variation_id LowCardinality(String),
    canvas_variation_name LowCardinality(String), step_id LowCardinality(String), step_name LowCardinality(String)
)
ENGINE = MergeTree ORDER BY (type, campaign_id, user_id, time)
"""

_INSERT = """
INSERT INTO bench.events
SELECT
    extract(_path, 'event_type=([^/]+)'), toInt64(time), ifNull(id, ''), ifNull(user_id, ''),
    ifNull(external_user_id, ''), ifNull(app_group_id, ''), ifNull(app_id, ''),
    ifNull(campaign_id, ''), ifNull(campaign_name, ''), ifNull(message_variation_id, ''),
    ifNull(message_variation_name, ''), ifNull(send_id, ''), ifNull(platform, ''), ifNull(button_string, ''),
    ifNull(button_id, ''), ifNull(action, ''), ifNull(message_body, ''), conversion_behavior_index, price,
    ifNull(currency, ''), ifNull(name, ''), ifNull(product_id, ''), ifNull(canvas_id, ''), ifNull(canvas_name, ''),
    ifNull(canvas_variation_id, ''), ifNull(canvas_variation_name, ''), ifNull(canvas_step_id, ''),
    ifNull(canvas_step_name, '')
FROM file('{files}/**/*.avro', 'Avro', '
    time Float64, id Nullable(String), user_id Nullable(String), external_user_id Nullable(String),
    app_group_id Nullable(String), app_id Nullable(String), campaign_id Nullable(String),
    campaign_name Nullable(String), message_variation_id Nullable(String), message_variation_name Nullable(String),
    send_id Nullable(String), platform Nullable(String), button_string Nullable(String), button_id Nullable(String),
    action Nullable(String), message_body Nullable(String), conversion_behavior_index Nullable(Int64),
    price Nullable(Float64), currency Nullable(String), name Nullable(String), product_id Nullable(String),
    canvas_id Nullable(String), canvas_name Nullable(String), canvas_variation_id Nullable(String),
    canvas_variation_name Nullable(String), canvas_step_id Nullable(String), canvas_step_name Nullable(String)')
SETTINGS input_format_avro_allow_missing_fields = 1
"""


def main(files: str, folder: str) -> None:
    session: Any = Session(folder)  # type: ignore[no-untyped-call]
    session.query("SET storage_file_read_method = 'pread'")
    session.query("CREATE DATABASE bench")
    session.query(_CREATE)
    session.query(_INSERT.format(files=files))
    print(int(str(session.query("SELECT count() FROM bench.events"))))
    session.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
