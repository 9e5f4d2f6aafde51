/* series/activity: the active days of some users in four blocks, of those who were active on the days that the masks name.
   in_all        1: the row counts among all apps; 0: it does not (stage_bits_of_apps)
   has_several   1: the user has rows of several apps, or of one and of none
                 (AND and OR of apps are equal only where all are one app, and take less than their least and greatest)
   app           the row counts among the users of this app; 0: of none. Most users use one app: one row does for both.
   everybody     1: many have been active on those days, so that grouping all takes less than finding out first who was */
CREATE TEMPORARY TABLE user_bits AS
SELECT
    user, 1 AS in_all, common != united AS has_several, if(has_several, 0, common) AS app,
    days_0, days_1, days_2, days_3
FROM
(
    SELECT
        user, groupBitAnd(app) AS common, groupBitOr(app) AS united,
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
            AND user BETWEEN unhex(%(first_user)s) AND unhex(%(last_user)s)
            AND (%(everybody)s OR user IN (
                SELECT user FROM quotidian.active_days
                WHERE workspace = %(workspace)s
                    AND block IN (%(mask_blocks)s)
                    AND user BETWEEN unhex(%(first_user)s) AND unhex(%(last_user)s)
                    AND bitAnd(finalizeAggregation(days), transform(block, %(blocks)s, %(masks)s, toUInt64(0))) != 0))
    )
    GROUP BY user
)
WHERE bitAnd(days_0, %(mask_0)s) != 0 OR bitAnd(days_1, %(mask_1)s) != 0
    OR bitAnd(days_2, %(mask_2)s) != 0 OR bitAnd(days_3, %(mask_3)s) != 0
