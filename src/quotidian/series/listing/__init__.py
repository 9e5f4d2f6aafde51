"""Lists and details of campaigns, canvases, segments, events and products."""
