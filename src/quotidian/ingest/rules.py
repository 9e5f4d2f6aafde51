"""Ingest rules: what turns records into events, apart from the records themselves."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection

from quotidian.catalogue import money_of
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.domain.channels import (
    CANVAS_CONVERSION,
    CONTROL,
    CONVERSION,
    CUSTOM_EVENT,
    ENROLMENT,
    FAMILY_CHANNELS,
    PLATFORM_CHANNELS,
    PURCHASE,
)
from quotidian.domain.money import Money
from quotidian.domain.vocabulary import SCHEMAS, USERLESS_TYPES
from quotidian.ingest.staging import Bindings


@dataclass(frozen=True)
class IngestRules:
    """The workspaces there are, and the money of each by its name."""

    workspaces: tuple[Workspace, ...]
    money: dict[str, Money]

    @classmethod
    def read(cls, connection: Connection) -> "IngestRules":
        """Read the rules from the series store."""
        workspaces = tuple(all_workspaces(connection))
        return cls(workspaces, {each.name: money_of(connection, each) for each in workspaces})

    @cached_property
    def bindings(self) -> Bindings:
        """The values that normalise.sql binds."""
        return Bindings(
            known_types=tuple(SCHEMAS),
            userless_types=tuple(USERLESS_TYPES),
            conversions=(CONVERSION, CANVAS_CONVERSION),
            custom_event=CUSTOM_EVENT,
            purchase=PURCHASE,
            enrolment=ENROLMENT,
            control=CONTROL,
            rates=tuple((name, currency) for name, money in self.money.items() for currency in money.usd_rates),
            app_groups=[workspace.app_group_id for workspace in self.workspaces],
            workspaces=[workspace.name for workspace in self.workspaces],
            platforms=list(PLATFORM_CHANNELS),
            platform_channels=list(PLATFORM_CHANNELS.values()),
            families=list(FAMILY_CHANNELS),
            family_channels=list(FAMILY_CHANNELS.values()),
        )
