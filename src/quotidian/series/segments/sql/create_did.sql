/* series/segments: who had an event of which filter on which day, of some events; empty otherwise. */
CREATE TABLE IF NOT EXISTS did
(
    filter UInt64,
    user FixedString(16),
    day Int32
)
ENGINE = Memory
