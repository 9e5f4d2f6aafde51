"""Segments: how many users were in each, and what these did.

`fulfilment` keeps, in the event store, on which days each user fulfils each filter: it follows the new events of each
batch. `growth` adds to sizes whom these make members, and marks what else they change. `compute` makes, of what is
kept, the members of a segment on some days, their number, and their tallies (sql/). `publish` stores the numbers as
sizes, and the tallies as series/tallies does; `rollup` does both for what is dirty. `read` reads the points of sizes.
"""
