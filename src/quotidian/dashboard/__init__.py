"""Pages for people who would rather look than read, from the same numbers as the API.

A page is a row of `pages/table.py` and a function that reads what its template shows. Templates are HTML with charts as
SVG; everything works without JavaScript. Addresses are relative, so that pages work under any prefix of a proxy, and
hold all that a page depends on, so that they can be shared.
"""
