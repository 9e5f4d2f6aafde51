"""Active users, new users and uninstalls: from events to the points of /kpi/…/data_series.

`compute` makes counts and gap histograms by app of the events of some days (sql/). `windows` tells from histograms
how many users were active in a window of days. `publish` stores the histograms and the points, monthly users
included. series/read.py reads the points.
"""
