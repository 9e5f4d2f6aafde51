/* series/segments: what the table spans has and quotidian.fulfilled has not; empty otherwise. Columns as there.
   since    in the endless block the first day on which the user fulfils the filter, as is known now
   before   as was known before */
CREATE TABLE IF NOT EXISTS gained
(
    filter UInt64,
    user FixedString(16),
    block Int32,
    days UInt64,
    since Int32,
    before Int32
)
ENGINE = Memory
