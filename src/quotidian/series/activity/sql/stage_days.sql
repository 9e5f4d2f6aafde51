/* series/activity: the active days of the users in user_bits, as ascending positions in the four blocks.
   bitmaskToArray gives the powers of two in a number, whose exponents are looked up: log2 takes longer
   (bitPositionsToArray gives positions at once, but old servers lack it). */
CREATE TEMPORARY TABLE user_days AS
WITH %(powers)s AS powers, %(exponents)s AS exponents
SELECT
    user, in_all, app,
    arrayConcat(
        arrayMap(bit -> transform(bit, powers, exponents, toUInt8(0)), bitmaskToArray(days_0)),
        arrayMap(bit -> toUInt8(64 + transform(bit, powers, exponents, toUInt8(0))), bitmaskToArray(days_1)),
        arrayMap(bit -> toUInt8(128 + transform(bit, powers, exponents, toUInt8(0))), bitmaskToArray(days_2)),
        arrayMap(bit -> toUInt8(192 + transform(bit, powers, exponents, toUInt8(0))), bitmaskToArray(days_3))) AS positions
FROM user_bits
