"""Charts: from numbers to shapes, which templates/charts.html writes as SVG."""
