"""The API, each request for another campaign, beside a bare application that answers as many bytes."""

from collections.abc import Iterator

from benchmarks.rows.api_warm import check_lengths, rates_compared
from benchmarks.tools.bare import bare_server
from benchmarks.tools.campaigns import LAST_DAY, SERIES_DAYS, campaign_id, check_campaign, served
from benchmarks.tools.outcome import Outcome
from benchmarks.tools.processes import in_turns
from benchmarks.tools.quotidian import HOST
from benchmarks.tools.world import World
from benchmarks.tools.wrk import Rate, hit

_CHECKED = 25
_PATH = "/campaigns/data_series"


def measure(world: World) -> Iterator[Outcome]:
    """As the warm row, in an order in which a campaign comes again only after all others."""
    campaigns = world.sizes.campaigns
    with served(world).serve() as server:
        for number in range(0, campaigns, max(1, campaigns // _CHECKED)):
            check_campaign(server, number)
        _, body = server.get(_PATH, campaign_id=campaign_id(0), length=SERIES_DAYS, ending_at=LAST_DAY)
        target = f"{_PATH}?campaign_id=campaign-%05d&length={SERIES_DAYS}&ending_at={LAST_DAY}"
        with bare_server(world.folder, body) as port:

            def ask(port: int) -> Rate:
                asked = {"CAMPAIGNS": campaigns, "TARGET": target}
                return hit(f"http://{HOST}:{port}", server.headers, world.sizes.seconds, "campaigns", **asked)

            rates, bare_rates = in_turns(world.sizes.runs, lambda: ask(server.port), lambda: ask(port))
    check_lengths(_PATH, rates, len(body))
    what = f"`{_PATH}`, each request another of {campaigns:,} campaigns"
    yield rates_compared(world, what, rates, bare_rates, 0.2)
