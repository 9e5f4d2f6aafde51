"""Takes a published number apart: the events that count in it, with their receipts (semantics.md §11, "Explain").

Read in this order: `question` says which number is meant, `subject` finds it among what is published, `sources` says
which events count in it, `listing` has the statements that find them, `explanation` puts all together.
"""
