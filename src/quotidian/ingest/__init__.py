"""From files to events."""
