"""Lists of campaigns, canvases, segments and custom events: searched, sorted and paged.

`kinds` says what is in each list, `asked` what an address asks for, `reading` reads it, and `listing` makes the page.
"""
