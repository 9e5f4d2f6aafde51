"""From events to what is served: a package a family (campaigns, canvases, activity, tallies, segments), and lists.

`rollup` recomputes dirty days with each family's `compute` and `publish`, and `read` reads series by their days.
"""
