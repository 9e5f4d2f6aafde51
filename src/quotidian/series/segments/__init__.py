"""Segments: how many users were in each, and what these did.

`compute` makes, of the events of some days, the members of each segment on each day, their number, and their tallies
(sql/). `publish` stores the numbers as sizes, and the tallies as series/tallies does. `read` reads the points of sizes.
"""
