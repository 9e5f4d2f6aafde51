"""What campaigns and canvases have in common: facts, shapes, numbers, attribution."""
