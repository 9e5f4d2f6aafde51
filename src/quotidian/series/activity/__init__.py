"""Active users: from sessions to gap histograms to points."""
