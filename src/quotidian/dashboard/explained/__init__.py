"""What a number means and what it is made of: any that a page shows.

`asked` reads the address. `stored` tells of numbers of points, their sums and shares; `computed` of those that are
worked out when they are asked for; `experiment` of those of the experiment report. `events` asks the engine for the
events that count in a number of a day.
"""
