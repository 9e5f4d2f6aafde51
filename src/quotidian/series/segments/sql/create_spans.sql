/* series/segments: from which day to which, both included, those in the table did fulfil which filter; empty otherwise. */
CREATE TABLE IF NOT EXISTS spans
(
    filter UInt64,
    user FixedString(16),
    first Int32,
    last Int32
)
ENGINE = Memory
