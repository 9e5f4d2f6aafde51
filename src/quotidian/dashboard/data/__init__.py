"""What came, what became of it, and how the server is: the parts of the data page.

`came` reads what arrived on some days, `server` what `quotidian status` knows; neither opens the events.
"""
