"""From events to series: one module a family, each some SQL and the arithmetic that SQL leaves over."""
