/* ingest/staging: the records of one batch, new or not.
   {engine} is Memory; for one huge file, whose events may not fit into memory, on disk and sorted by hash, so that each chunk
   of ids is one range; and in a reader process the file that the process hands over.
   file     the name of its file, as ClickHouse has it (ingest/opened.py)
   reason   why the record cannot be used, '' where it can
   doubt    why a usable event is left out of some number, '' where it is not
   record   what is stored of a record that cannot be used
   id       its id, likewise */
CREATE TABLE batch
(
    file LowCardinality(String),
    reason LowCardinality(String),
    doubt LowCardinality(String),
    record String,
    id String,
    workspace LowCardinality(String),
    type LowCardinality(String),
    campaign_id LowCardinality(String),
    user FixedString(16),
    time Int64,
    id_hash UInt64,
    id_rest String,
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
ENGINE = {engine}
