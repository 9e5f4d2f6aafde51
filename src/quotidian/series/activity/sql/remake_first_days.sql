/* series/activity: the first active day that each user has in one block: the lowest of its bits. */
INSERT INTO remade_first_days
SELECT workspace, user, app, 64 * block + round(log2(bitAnd(bits, bitNot(bits) + 1)))
FROM (SELECT workspace, user, app, block, finalizeAggregation(days) AS bits FROM quotidian.active_days WHERE block = %(block)s)
