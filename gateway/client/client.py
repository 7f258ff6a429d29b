"""The client itself: one region's platform at the gateway."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

from gateway.client.answers import Answer, NoAnswerYet
from gateway.client.deliveries import Deliveries, Delivery
from gateway.client.publishing import Published, Publisher
from gateway.client.records import complete, event_of, pack
from gateway.client.schema_ids import SchemaIds
from gateway.client.waiting import Request, Waiting
from gateway.codec import Claim, Event, LicenceVerificationRequested, Value

ANSWERED: Final = "licence-verification-answered"
PROGRESSED: Final = "application-progressed"
SUBMITTED: Final = "application-submitted"
Names = list[str] | tuple[str, ...]


class Client:
    """One region's platform at the gateway (节点); an async context manager.

    region: the name of the region, as in its topics. division: its 6-digit division code, which begins
    the ids of the cases it opens; a platform that opens none needs none.
    bootstrap: HOST:PORT[,HOST:PORT...]. kafka: librdkafka's connection properties (TLS, SASL).
    registry: URL of a schema registry whose ids are used; without one they are those of the files.
    registry_user: name and password there.

    Every call may raise `BrokerFault`: the surroundings failed, the same call may be made again.
    """

    def __init__(
        self,
        region: str,
        *,
        bootstrap: str = "",
        division: str = "",
        kafka: Mapping[str, str] | None = None,
        registry: str = "",
        registry_user: tuple[str, str] | None = None,
    ) -> None:
        properties = dict(kafka or {})
        if bootstrap:
            properties["bootstrap.servers"] = bootstrap
        if "bootstrap.servers" not in properties:
            raise ValueError("where are the brokers? Client(..., bootstrap=...) or kafka bootstrap.servers")
        self.region = region
        self.division = division
        self._kafka = properties
        self._publisher = Publisher(properties, f"{region}.outbox")
        self._registry = registry
        self._registry_user = registry_user
        self._ids = SchemaIds()
        self._waiting = Waiting(properties, region, self._ids)
        self._readers: list[Deliveries] = []

    async def __aenter__(self) -> Self:
        if self._registry:
            await asyncio.to_thread(self._learn_ids)
        await self._publisher.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(reader.close() for reader in self._readers))
        await self._waiting.close()
        await self._publisher.close()

    # Publishing

    async def publish(self, event: Event) -> Published:
        """Publish one event; returns once all replicas of the broker have it.

        A blank event id, case id, source, time or salt is filled in, in the event itself.
        Returning says that it lies in the outbox; what the gateway decides comes as a receipt.
        Raises ValueError if the event breaks its contract; then nothing was published.
        """
        complete(event, self.region, self.division)
        return await self._send(event, self._ids.outward(pack(event)))

    async def publish_value(self, case_id: str, value: bytes) -> tuple[int, int]:
        """Publish bytes as they are, framed already: a resend, or the work of another encoder.

        Returns partition and offset. Nothing is checked here; the gateway checks everything.
        """
        return await self._publisher.send(case_id, value)

    async def verify(
        self,
        *,
        to: str,
        licence_type: str,
        licence_id: str,
        item: str,
        purpose: str,
        legal_basis: str,
        holder_type: str,
        holder_code: str,
        department: str,
        officer: str,
        fields: Names = (),
        claims: Mapping[str, str] | None = None,
        use_kind: str = "VERIFY",
        consent_ref: str | None = None,
        item_code: str | None = None,
        use_text: str | None = None,
        parent: str | None = None,
        case_id: str = "",
        timeout_seconds: float = 10.0,
    ) -> Answer:
        """Ask the issuing region about one licence and wait for its answer (核验).

        fields: licence fields asked for. claims: values to compare, by field. The other arguments are
        fields of `licence-verification-requested`. Without case_id a new case is opened.
        Raises `RefusedByGateway` if the gateway does not hand the request over, `NoAnswerYet` (a
        TimeoutError) if nothing came in time, ValueError if the request breaks its contract.
        """
        event = LicenceVerificationRequested(
            event_id="",
            case_id=case_id,
            source=self.region,
            target=to,
            made_at=0,
            salt=b"",
            item=item,
            item_code=item_code,
            licence_type=licence_type,
            licence_id=licence_id,
            use_kind=use_kind,
            purpose=purpose,
            legal_basis=legal_basis,
            consent_ref=consent_ref,
            holder_type=holder_type,
            holder_code=holder_code,
            department=department,
            officer=officer,
            fields=tuple(fields),
            claims=tuple(Claim(field, value) for field, value in (claims or {}).items()),
            parent=parent,
            use_text=use_text,
        )
        return await self.ask(event, timeout_seconds)

    async def ask(self, event: LicenceVerificationRequested, timeout_seconds: float = 10.0) -> Answer:
        """Publish a request that is made already and wait for its answer, as `verify` does."""
        complete(event, self.region, self.division)
        value = self._ids.outward(pack(event))
        request = Request(event.case_id, event.event_id, value)
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._waiting.expect(request, self._publisher.slot_of(event.case_id))
                await self._send(event, value)
                return await request.answer
        except TimeoutError:
            raise NoAnswerYet(event.case_id, event.event_id, timeout_seconds) from None
        finally:
            self._waiting.forget(request)

    async def answer(
        self,
        request: Delivery,
        outcome: str,
        *,
        trust_level: str,
        source_at: int,
        returned: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Published:
        """Answer a request of the inbox. source_at: when the source had this, ms since the epoch, UTC.

        returned: the licence fields handed over. more: other fields of `licence-verification-answered`.
        """
        asked = request.record
        if not isinstance(asked, LicenceVerificationRequested):
            raise ValueError(f"{request} is not a verification request")
        values = tuple(Value(field, value) for field, value in (returned or {}).items())
        fields = {
            "case_id": asked.case_id,
            "target": asked.source,
            "in_reply_to": asked.event_id,
            "outcome": outcome,
            "trust_level": trust_level,
            "source_at": source_at,
            "matched": (),
            "mismatched": (),
            "returned": values,
        }
        return await self.publish(event_of(ANSWERED, fields | more))

    async def submit_application(self, to: str, **fields: Any) -> Published:
        """Hand an application to the region that decides it (申报), by fields of `application-submitted`."""
        return await self.publish(event_of(SUBMITTED, {"target": to, "materials": (), **fields}))

    async def progress(self, case_id: str, state: str, *, to: str, **more: Any) -> Published:
        """Report the next state of an application to the other party of its case."""
        fields = {"case_id": case_id, "state": state, "target": to}
        return await self.publish(event_of(PROGRESSED, fields | more))

    # Reading

    def inbox(self, group: str = "") -> Deliveries:
        """What other regions sent, answers to `verify` among it. group: `<region>-inbox` if blank."""
        return self._read("inbox", group)

    def receipts(self, group: str = "") -> Deliveries:
        """What became of our own events (回执). group: `<region>-receipts` if blank."""
        return self._read("receipts", group)

    def _read(self, kind: str, group: str) -> Deliveries:
        reader = Deliveries(self._kafka, f"{self.region}.{kind}", group or f"{self.region}-{kind}", self._ids)
        self._readers.append(reader)
        return reader

    def _learn_ids(self) -> None:
        from gateway.registry import SchemaRegistry  # here: its HTTP client takes a quarter of a second

        registry = SchemaRegistry(self._registry, self._registry_user)
        try:
            self._ids.learn(registry)
        finally:
            registry.close()

    async def _send(self, event: Event, value: bytes) -> Published:
        partition, offset = await self._publisher.send(event.case_id, value)
        return Published(self._publisher.outbox, partition, offset, event.event_id, event.case_id, value)
