/* series/explain: how many members a segment has on a day. */
SELECT count() FROM ({fulfilling})
