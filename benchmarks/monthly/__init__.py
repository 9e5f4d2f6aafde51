"""Monthly active users of 100 days, computed in several ways from one table of sessions.

`sessions` makes the table; `gaps` is Quotidian's way, the others are what it is compared with. Each is a process,
`python -m benchmarks.monthly.<way> FOLDER`, that prints its series, the seconds to compute it from the table, and the
seconds to compute it again from what it would keep (`serve_seconds`).
"""
