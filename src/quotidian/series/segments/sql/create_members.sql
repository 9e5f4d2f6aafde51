/* series/segments: who belongs to a segment on which days (bits of a block of 64 days); empty otherwise. */
CREATE TABLE IF NOT EXISTS members
(
    user FixedString(16),
    block Int32,
    days UInt64
)
ENGINE = Memory
