"""A provincial platform that writes in its region's own form (标准转换), where the region has one.

Everything else in the demo thinks in the common form. What is published here goes out in the region's
codes, field names and dates; what is read is understood by the same tables.
"""

from collections.abc import Mapping
from typing import Final

from gateway import forms
from gateway.client import Client, Published
from gateway.codec import Event, LicenceVerificationAnswered, LicenceVerificationRequested
from gateway.definitions import Region
from gateway.definitions.forms import Forms

ANSWERED: Final = "licence-verification-answered"
CONTRACTS: Final = {"".join(word.title() for word in name.split("-")): name for name in forms.TRANSLATED}
"""The contracts that can be translated, by the names of their classes."""


class Platform(Client):
    """The client of one region. own: its form, if it has one."""

    def __init__(self, region: Region, own: Forms | None, kafka: Mapping[str, str]) -> None:
        super().__init__(region.name, division=region.division, kafka=kafka)
        self._own = own
        self._asked: dict[str, str] = {}

    async def publish(self, event: Event) -> Published:
        """Publish an event that is made in the common form; it is changed into the region's own in place."""
        contract = self._contract(event)
        if self._own is not None and contract is not None:
            licence_type = ""
            if isinstance(event, LicenceVerificationAnswered):
                licence_type = self._asked.get(event.in_reply_to, "")
            forms.to_local(self._own, contract, event, licence_type)
            if isinstance(event, LicenceVerificationAnswered) and event.raw_state is not None:
                event.licence_state = None  # it knows its own code only; the tables say what that means
        return await super().publish(event)

    def understand(self, event: Event) -> None:
        """Change an event of the inbox from the region's own form into the common one, in place."""
        contract = self._contract(event)
        if (
            contract is not None
            and self._own is not None
            and not isinstance(event, LicenceVerificationAnswered)
        ):
            forms.to_common(self._own, contract, event, "")
        if isinstance(event, LicenceVerificationRequested):
            self._asked[event.event_id] = event.licence_type

    def _contract(self, event: Event) -> str | None:
        """The contract of an event that goes out and comes in in the region's own form."""
        contract = CONTRACTS.get(type(event).__name__)
        return contract if self._own is not None and contract in self._own.contracts else None
