/* series/segments: keep what is new. Repeating it changes nothing. */
INSERT INTO quotidian.fulfilled
SELECT %(workspace)s, filter, user, block, groupBitOrState(days), minState(since)
FROM gained
GROUP BY filter, user, block
