"""Campaigns and their sends: from events to the points of /campaigns/data_series and /sends/data_series.

`compute` makes facts of the events of some days, by campaign, send and day (sql/). `publish` stores the facts that have
changed, and with `render` the points and zero points of their series. `sends` says for how long a send lasts and is
kept. The points are read by series/read.py; `send_list` lists the sends.
"""
