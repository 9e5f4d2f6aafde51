"""Tallies: how many sessions, custom events and purchases there were, by day and by hour.

`compute` makes tallies of the events of some days, by app, event or product, and hour (sql/). `publish` stores a row a
tally and day, and the names of events and products. `read` knows the form of the rows, and reads their points.
"""
