/* series/segments: who belongs to a segment that needs one of its filters, on any of some days: of users whose hash begins
   so, with a row for each block that has some of the days. Only these days are looked at afterwards; grouping takes most of
   the time, so rows without any of them are left out before it. Without everyone, only of those who acted on some days, told
   by half of their hash, which is found in half the time: others who share it do no harm. */
INSERT INTO members
SELECT user, block, groupBitOr(mask) AS days
FROM
(
    SELECT
        user,
        asked AS block,
        multiIf(
            kept_block != %(endless_block)s, kept,
            first <= 64 * asked, 18446744073709551615,
            first > 64 * asked + 63, 0,
            bitShiftLeft(18446744073709551615, toUInt8(first - 64 * asked))) AS mask
    FROM
    (
        SELECT user, block AS kept_block, finalizeAggregation(days) AS kept, finalizeAggregation(since) AS first
        FROM quotidian.fulfilled
        WHERE workspace = %(workspace)s
            AND filter IN (%(keys)s)
            AND block IN (%(kept_blocks)s)
            AND reinterpretAsUInt8(user) BETWEEN %(first_byte)s AND %(last_byte)s
            AND (%(everyone)s OR reinterpretAsUInt64(user) IN (
                SELECT reinterpretAsUInt64(user) FROM quotidian.events
                WHERE workspace = %(workspace)s AND type IN (%(acted_types)s) AND day IN (%(acted_days)s)))
    )
    ARRAY JOIN %(blocks)s AS asked
    WHERE kept_block = asked OR kept_block = %(endless_block)s
)
WHERE bitAnd(mask, transform(block, %(blocks)s, %(masks)s, toUInt64(0))) != 0
GROUP BY user, block
