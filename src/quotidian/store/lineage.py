"""Whether the events and the series of a data folder belong together.

They may not after a restore. Then a rollup would replace the numbers of a day by what is left of its events, so that
the stores are not opened.
"""

from quotidian.domain.counts import counted
from quotidian.domain.errors import LostEvents
from quotidian.settings import Settings
from quotidian.store.batches import Noted
from quotidian.store.folder import DataFolder
from quotidian.store.place import SeriesPlace
from quotidian.store.stores import identity_of_events, name_of_events


def check_events(folder: DataFolder, settings: Settings, noted: Noted) -> None:
    """Raise LostEvents if the events are missing, of another data folder, or older than the series.

    Only looks, so nothing changes. `noted` must have been read first where a batch may be stored meanwhile.
    """
    found = identity_of_events(folder, settings)
    events, series = name_of_events(folder, settings), SeriesPlace.of(folder).name
    if found is None:
        if noted.marked:
            raise LostEvents(_lost(folder, settings, noted))
    elif found.fingerprint != noted.fingerprint:
        raise LostEvents(
            f"{events} belongs to another data folder than {series}: their fingerprints are "
            f"{found.fingerprint} and {noted.fingerprint}. {_remedy(folder, 'those that belong together')}"
        )
    elif found.batch < max(noted.stored, noted.marked - 1):
        raise LostEvents(
            f"{events} is older than {series}: it ends with batch {found.batch}, and the series have "
            f"seen batch {max(noted.stored, noted.marked - 1)}. {_remedy(folder, 'events that are as new')}"
        )


def _lost(folder: DataFolder, settings: Settings, noted: Noted) -> str:
    if settings.events_url:
        has = "has no events"
    else:
        has = "has no readable quotidian.json in it" if folder.events.exists() else "is missing"
    return (
        f"{name_of_events(folder, settings)} {has}, and {SeriesPlace.of(folder).name} has seen "
        f"{counted(noted.marked, 'batch', 'batches')} of events: they are lost. {_remedy(folder, 'it')}"
    )


def _remedy(folder: DataFolder, what: str) -> str:
    return (
        f"Restore {what} from a backup; or accept the events as they are, and keep the numbers of "
        f"days without events as published, with: quotidian --data {folder.path} recover"
    )
