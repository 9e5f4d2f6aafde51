"""What the processes say of themselves: logs, counters, signs of life."""
