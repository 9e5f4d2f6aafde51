/* store: the one wide table that the rollups read; no row is a duplicate, so no query needs FINAL.
   day         days since 1970-01-01 in the workspace's time zone
   time        microseconds since 1970, UTC
   user        a 128-bit hash of the user's id (as wide as uniqExact's own), which also keeps ids of people out of the store
   id          in two halves, of which it is made again: a UUID in 16 bytes, of 36; of other ids a hash, and = and the id.
               Halves are equal where ids are. id_hash spreads evenly: times an odd number, and back by its inverse mod 2^64
   detail      what a statistic needs beyond the type: with_button, first_button, opt_out, … (normalise.sql)
   name        a custom event's name, a purchase's product
   canvas_…    of the events of a canvas; step_… of those of one of its steps
   others      '' where the event has none
   Sorted so that one day of one type is one range. Thirty days are a partition, by day, so that a question about some
   days opens no others. */
CREATE TABLE IF NOT EXISTS quotidian.events
(
    workspace LowCardinality(String),
    type LowCardinality(String),
    day Int32,
    campaign_id LowCardinality(String),
    user FixedString(16),
    time Int64,
    id_hash UInt64,
    id_rest String,
    id String ALIAS if(reinterpretAsUInt8(id_rest) < 128, substring(id_rest, 2), UUIDNumToString(toFixedString(substring(concat(
        substring(concat(reinterpretAsString(id_hash * 17428512612931826493), '\0\0\0\0\0\0\0\0'), 1, 8), id_rest), 1, 16), 16))),
    channel LowCardinality(String),
    variation_id LowCardinality(String),
    send_id LowCardinality(String),
    app_id LowCardinality(String),
    campaign_name LowCardinality(String),
    variation_name LowCardinality(String),
    button LowCardinality(String),
    details Array(LowCardinality(String)),
    conversion_index UInt8,
    price Decimal(38, 12),
    currency LowCardinality(String),
    name LowCardinality(String),
    canvas_id LowCardinality(String),
    canvas_name LowCardinality(String),
    canvas_variation_id LowCardinality(String),
    canvas_variation_name LowCardinality(String),
    step_id LowCardinality(String),
    step_name LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY intDiv(day, 30)
ORDER BY (workspace, type, day, campaign_id, user, time)
