"""Tables of campaigns, canvases, segments and custom events, with what they add up to over some days.

`read` adds up the totals that are kept beside points (series/totalling.py). `listing` searches, sorts and pages.
"""
