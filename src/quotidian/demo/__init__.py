"""Made-up but realistic Currents files, to try Quotidian with.

Read in this order: `campaigns`, `funnels` and `details` are the story as tables, `people` live it, `simulation` tells
it day by day, `delivery` makes it late and twice, `fields` and `avro` turn it into bytes, `generate` runs it all.
"""

from quotidian.demo.catalogue import demo_catalogue
from quotidian.demo.generate import DemoApp, DemoCampaign, DemoSummary, check_demo, write_demo

__all__ = ["DemoApp", "DemoCampaign", "DemoSummary", "check_demo", "demo_catalogue", "write_demo"]
