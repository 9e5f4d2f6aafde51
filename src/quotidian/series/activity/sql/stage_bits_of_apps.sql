/* series/activity: the same by app, of the users who have several. */
INSERT INTO user_bits
SELECT
    user, 0 AS in_all, 0 AS has_several, app,
    groupBitOrIf(bits, block = %(first_block)s) AS days_0,
    groupBitOrIf(bits, block = %(first_block)s + 1) AS days_1,
    groupBitOrIf(bits, block = %(first_block)s + 2) AS days_2,
    groupBitOrIf(bits, block = %(first_block)s + 3) AS days_3
FROM
(
    SELECT user, app, block, finalizeAggregation(days) AS bits
    FROM quotidian.active_days
    WHERE workspace = %(workspace)s
        AND block BETWEEN %(first_block)s AND %(first_block)s + 3
        AND app != 0
        AND user IN (SELECT user FROM user_bits WHERE has_several)
)
GROUP BY user, app
