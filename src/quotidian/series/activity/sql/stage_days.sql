/* series/activity: the active days of the users in user_bits, as ascending positions in the four blocks.
   bitmaskToArray gives the powers of two in a number, and log2 their positions (bitPositionsToArray gives positions at
   once, but old servers lack it). */
CREATE TEMPORARY TABLE user_days AS
SELECT
    user, in_all, app,
    arrayConcat(
        arrayMap(bit -> toUInt8(round(log2(bit))), bitmaskToArray(days_0)),
        arrayMap(bit -> toUInt8(64 + round(log2(bit))), bitmaskToArray(days_1)),
        arrayMap(bit -> toUInt8(128 + round(log2(bit))), bitmaskToArray(days_2)),
        arrayMap(bit -> toUInt8(192 + round(log2(bit))), bitmaskToArray(days_3))) AS positions
FROM user_bits
