/* series/activity: the active days of the users in user_bits, as ascending positions in the four blocks.
   bitmaskToArray gives the powers of two in a number, whose positions are looked up among all 64: log2 takes longer
   (bitPositionsToArray gives positions at once, but old servers lack it). */
CREATE TEMPORARY TABLE user_days AS
SELECT
    user, in_all, app,
    arrayConcat(
        arrayMap(bit -> transform(bit, %(powers)s, %(positions_0)s, toUInt8(0)), bitmaskToArray(days_0)),
        arrayMap(bit -> transform(bit, %(powers)s, %(positions_1)s, toUInt8(0)), bitmaskToArray(days_1)),
        arrayMap(bit -> transform(bit, %(powers)s, %(positions_2)s, toUInt8(0)), bitmaskToArray(days_2)),
        arrayMap(bit -> transform(bit, %(powers)s, %(positions_3)s, toUInt8(0)), bitmaskToArray(days_3))) AS positions
FROM user_bits
