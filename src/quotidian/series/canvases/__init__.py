"""Canvases: from events to the points of /canvas/data_series, and to /canvas/data_summary.

`compute` makes facts of the events of some days, by canvas and day (sql/). `publish` stores facts that have changed,
and with `render` the points of their series. `read` finds a canvas, reads its points, and adds facts up to a summary.
"""
