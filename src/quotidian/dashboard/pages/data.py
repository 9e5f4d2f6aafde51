"""The data: how fresh it is, what came and what became of it, and how the server is."""

from quotidian.dashboard.data.came import all_tables, what_came
from quotidian.dashboard.data.server import server_of
from quotidian.dashboard.page import Shown
from quotidian.dashboard.visit import Visit


async def data(visit: Visit) -> Shown:
    """What came of the days of the range, and the state of the server now."""
    came = await visit.read(what_came, visit)
    server = await visit.threads.run(server_of, visit.services)
    return Shown({"came": came, "server": server}, dict(all_tables(came)))
