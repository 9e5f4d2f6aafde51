"""Benchmarks: every figure is a ratio to something run side by side in the same run. README.md has the table.

`sizes` says how much, `rows/` has a module for each row of the table, `opponents/` what Quotidian is compared with,
`tools/` what all rows need. Quotidian is driven as users drive it: by its command and over HTTP.
"""
