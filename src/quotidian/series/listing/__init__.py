"""Lists and details of campaigns, canvases, segments, events and products.

`compute` makes the rows of lists of shapes (what events say) and catalogue entries. `publish` lists the entries again
that an import has changed. `names` keeps the names of custom events and products. `read` reads pages and details.
"""
