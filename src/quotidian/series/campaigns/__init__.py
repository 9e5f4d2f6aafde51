"""Campaigns and their sends: from events to facts to points."""
