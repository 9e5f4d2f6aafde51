"""Tallies: how many sessions, custom events and purchases there were, by day and hour."""
