"""The event store: what events there are, how files become events, and where they are kept."""
