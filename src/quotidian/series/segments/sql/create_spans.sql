/* series/segments: from which day to which, both included, those in quotidian.did fulfil which filter; empty otherwise. */
CREATE TABLE IF NOT EXISTS quotidian.spans
(
    filter UInt64,
    user FixedString(16),
    first Int32,
    last Int32
)
ENGINE = Memory
