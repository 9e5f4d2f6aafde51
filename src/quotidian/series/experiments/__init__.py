"""Experiments: what became of the users who received each variation of a campaign (semantics.md §9 and §11).

Read in this order: `question` says what is asked, `rows` which rows there are, `facts` counts their users from the
events, `statistics` compares them, `report` puts all together, `kept` keeps the counts until events change them.
"""
