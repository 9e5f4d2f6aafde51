/* series/activity: about how many rows there are of the users' active days in some blocks. */
SELECT count() FROM quotidian.active_days
WHERE workspace = %(workspace)s AND block BETWEEN %(first_block)s AND %(first_block)s + 3
