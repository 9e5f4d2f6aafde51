/* series/segments: how many rows members_of_any will read. */
SELECT count() FROM quotidian.fulfilled
WHERE workspace = %(workspace)s AND filter IN (%(keys)s) AND block IN (%(kept_blocks)s)
