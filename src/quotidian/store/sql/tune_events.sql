/* store: what create_events leaves out, since old servers do not know it.
   Hashes do not pack. Times are whole seconds mostly: their common divisor goes first (GCD), then the bits that all have
   in common (T64). What is left of ids and users is as good as random; ZSTD packs it no slower than LZ4.
   Events that were stored survive a loss of power, and so does what merges make of them: clear_merged.sql relies on it. */
ALTER TABLE quotidian.events
    MODIFY COLUMN id_hash UInt64 CODEC(NONE),
    MODIFY COLUMN id_rest String CODEC(ZSTD(1)),
    MODIFY COLUMN user FixedString(16) CODEC(ZSTD(1)),
    MODIFY COLUMN time Int64 CODEC(GCD, T64, ZSTD(1)),
    MODIFY SETTING
        fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, old_parts_lifetime = 0,
        min_parts_to_merge_at_once = 10
