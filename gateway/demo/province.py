"""A simulated provincial platform: asks, answers, applies, decides, and makes mistakes.

It speaks through `gateway.client` as any platform would, and tells the tally what it published and how
that must be decided. In an application only the region whose turn it is acts, so what comes of each
event is known beforehand; the next step is drawn from the state table itself.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Final

from gateway import cases
from gateway.cases import DECIDING, RECEIVING, STATES, Note, Standing
from gateway.client import Client, Delivery, Published
from gateway.codec import (
    ApplicationProgressed,
    ApplicationSubmitted,
    Claim,
    Event,
    LicenceVerificationRequested,
)
from gateway.definitions import Region
from gateway.demo.acknowledging import Acknowledging
from gateway.demo.mistakes import (
    ILLEGAL_STEP,
    MISTAKES,
    RIGHT,
    SECOND_ANSWER,
    Expected,
    Mistake,
    illegal_steps,
)
from gateway.demo.occasions import Asking, Scene, now
from gateway.demo.own_words import Platform
from gateway.demo.store import Licence, accepts
from gateway.demo.tally import Tally

SHARE_OF_MISTAKES: Final = 0.2
SHARE_OF_APPLICATIONS: Final = 0.2
"""Of what a province begins; all else is asking."""
SHARE_OF_FORGED: Final = 0.04
SHARE_OF_CLAIMED_WRONG: Final = 0.04
SHARE_OF_SECOND_ANSWERS: Final = 0.04
SHARE_OF_ILLEGAL_STEPS: Final = 0.04
LONGEST_THOUGHT_SECONDS: Final = 0.4
USED_AT_MOST: Final = 0.5
"""Of a rule's daily cap, which is split over the slots and not used evenly."""

OUTCOMES: Final = {
    "VALID": "MATCH_VALID",
    "NOT_ACTIVE": "MATCH_NOT_ACTIVE",
    "SUSPENDED": "MATCH_SUSPENDED",
    "UNKNOWN": "AMBIGUOUS",
}
"""What is answered for a licence in each state (DOMAIN 4.3); MATCH_INVALID for all others."""
WEIGHTS: Final = {
    **dict.fromkeys(("RECEIVED", "TAKEN_OVER", "ACCEPTED", "IN_REVIEW", "APPROVED", "DELIVERED"), 20),
    "SUPPLEMENT_REQUESTED": 4,
    "SUPPLEMENTED": 20,
    "REJECTED": 3,
    "DELIVERING": 8,
    "EVALUATED": 5,
    "ARCHIVED": 5,
}
"""How likely each state is reported where it is allowed; 1 for all others."""
NO_STEP_WEIGHT: Final = 10
"""How likely nobody does anything more once an application has ended."""


@dataclass(slots=True)
class Case:
    """An application as one of its two parties knows it."""

    id: str
    other: str
    role: str
    standing: Standing


class Province:
    """One region. deeds: what it does meanwhile runs in this group. stopping: it begins nothing more."""

    def __init__(
        self,
        region: Region,
        scene: Scene,
        client: Platform,
        tally: Tally,
        deeds: asyncio.TaskGroup,
        stopping: asyncio.Event,
    ) -> None:
        self.region = region
        self._scene = scene
        self._random = scene.random
        self._client = client
        self._tally = tally
        self._deeds = deeds
        self._stopping = stopping
        self._dealt_with = Acknowledging()
        self._read: set[tuple[int, int]] = set()
        self._cases: dict[str, Case] = {}
        self._used: dict[str, int] = {}
        self._mistakes: Iterator[Mistake] = cycle(self._random.sample(MISTAKES, len(MISTAKES)))

    async def read(self) -> None:
        """Read the inbox until cancelled, and react to what comes."""
        async for delivery in self._client.inbox(f"demo-{self.region.name}"):
            record, header = delivery.record, delivery.header
            if record is None or header is None or not self._is_ours(delivery, record):
                await self._dealt_with.add(delivery)
                continue
            place = header.topic, header.partition, header.offset
            self._tally.deliver(place, (record.source, record.target), now() - record.made_at)
            if not self._stopping.is_set():
                self._deeds.create_task(self._react(delivery, record))

    def _is_ours(self, delivery: Delivery, record: Event) -> bool:
        """Not from before this run, and not handed over once more after a rebalance."""
        place = delivery.partition, delivery.offset
        is_new = place not in self._read
        self._read.add(place)
        return is_new and record.made_at >= self._scene.started_at

    def begin(self) -> None:
        """Begin one more thing, if the agreements give an occasion."""
        askings, applyings = self._scene.askings[self.region.name], self._scene.applyings[self.region.name]
        chance = self._random.random()
        if applyings and chance < SHARE_OF_APPLICATIONS:
            self._deeds.create_task(self._apply())
        elif askings:
            asking = self._random.choice(self._random.choice(askings))
            used = self._used[asking.rule.id] = self._used.get(asking.rule.id, 0) + 1
            if used < asking.rule.daily_cap * USED_AT_MOST:
                mistaken = chance > 1 - SHARE_OF_MISTAKES
                self._deeds.create_task(self._err(asking) if mistaken else self._ask(asking))

    async def _ask(self, asking: Asking) -> None:
        licence = self._random.choice(self._scene.licences(asking))
        request = self._scene.request(asking, licence)
        if not self._scene.holds(asking, request):
            return
        chance = self._random.random()
        recognised: bool | None = accepts(asking.rule, licence)
        if chance < SHARE_OF_FORGED:
            request.licence_id = self._scene.stores[asking.rule.issuing].unissued_id(licence)
            recognised = None
        elif chance < SHARE_OF_FORGED + SHARE_OF_CLAIMED_WRONG and request.claims:
            request.claims = tuple(Claim(claim.field, f"{claim.value}?") for claim in request.claims)
            recognised = None
        self._tally.ask(request.event_id, recognised)
        self._note(await self._client.publish(request))

    async def _err(self, asking: Asking) -> None:
        mistake = next(self._mistakes)
        request = self._scene.request(asking, self._random.choice(self._scene.licences(asking)))
        if mistake.follows:
            self._note(await self._client.publish(request))
        value = mistake.spoil(request, asking, self._scene)
        if value is not None:
            partition, offset = await self._client.publish_value(request.case_id, value)
            self._tally.publish((self.region.outbox, partition, offset), mistake.expected)

    async def _apply(self) -> None:
        applying = self._random.choice(self._scene.applyings[self.region.name])
        said = self._note(await self._client.publish(self._scene.application(applying)))
        await self._work(self._open(said.case_id, applying.rule.deciding, RECEIVING))

    async def _react(self, delivery: Delivery, record: Event) -> None:
        self._client.understand(record)
        if isinstance(record, LicenceVerificationRequested):
            await self._answer(delivery, record)
        elif isinstance(record, ApplicationSubmitted):
            self._open(record.case_id, record.source, DECIDING)
        elif isinstance(record, ApplicationProgressed) and record.case_id in self._cases:
            case = self._cases[record.case_id]
            sender = DECIDING if case.role == RECEIVING else RECEIVING
            case.standing = _after(case.standing, record.state, sender)
            await self._work(case)
        await self._dealt_with.add(delivery)

    async def _answer(self, delivery: Delivery, asked: LicenceVerificationRequested) -> None:
        await self._think()
        if self._stopping.is_set():
            return
        licence = self._scene.stores[self.region.name].find(asked.licence_id)
        for expected in (RIGHT, SECOND_ANSWER):
            if expected is RIGHT or self._random.random() < SHARE_OF_SECOND_ANSWERS:
                self._note(await _reply(self._client, delivery, asked, licence), expected)

    def _open(self, case_id: str, other: str, role: str) -> Case:
        case = self._cases[case_id] = Case(case_id, other, role, Standing("SUBMITTED", None, None))
        return case

    async def _work(self, case: Case) -> None:
        """Take step after step while it is our turn."""
        while _turn(case.standing) == case.role:
            await self._think()
            state = self._next_step(case)
            if state is None or self._stopping.is_set():
                return
            if self._random.random() < SHARE_OF_ILLEGAL_STEPS:
                wrong = self._random.choice(list(illegal_steps(case.standing, case.role)))
                await self._report(case, wrong, ILLEGAL_STEP)
            case.standing = _after(case.standing, state, case.role)
            await self._report(case, state, RIGHT)

    def _next_step(self, case: Case) -> str | None:
        steps: list[str | None] = list(cases.allowed_next(case.standing, case.role))
        weights = [WEIGHTS.get(step or "", 1) for step in steps]
        if STATES[case.standing.state].ended:
            steps.append(None)
            weights.append(NO_STEP_WEIGHT)
        return self._random.choices(steps, weights)[0]

    async def _report(self, case: Case, state: str, expected: Expected) -> None:
        said = await self._client.progress(
            case.id,
            state,
            to=case.other,
            reason="示例理由",
            legal_cause="示例法定事由",
            assist_reply="AGREED",
            satisfaction=self._random.randint(3, 5) if state == "EVALUATED" else None,
        )
        self._note(said, expected)

    def _note(self, said: Published, expected: Expected = RIGHT) -> Published:
        self._tally.publish((said.topic, said.partition, said.offset), expected)
        return said

    async def _think(self) -> None:
        await asyncio.sleep(self._random.uniform(0, LONGEST_THOUGHT_SECONDS))


async def _reply(
    client: Client, request: Delivery, asked: LicenceVerificationRequested, licence: Licence | None
) -> Published:
    """Answer from the store. A wrong claim is told by the field's name, never with the true value."""
    if licence is None:
        return await client.answer(request, "NOT_FOUND", trust_level="A", source_at=now())
    wrong = [claim.field for claim in asked.claims if licence.values.get(claim.field) != claim.value]
    matched = [claim.field for claim in asked.claims if claim.field not in wrong]
    if wrong:
        return await client.answer(
            request,
            "MISMATCH",
            trust_level=licence.trust_level,
            source_at=now(),
            matched=matched,
            mismatched=wrong,
        )
    return await client.answer(
        request,
        OUTCOMES.get(licence.state, "MATCH_INVALID"),
        trust_level=licence.trust_level,
        source_at=now(),
        licence_state=licence.state,
        matched=matched,
        returned={field: licence.values[field] for field in asked.fields if field in licence.values},
    )


def _turn(standing: Standing) -> str:
    """Who acts next; after the end the receiving region may rate it, then the deciding one archives."""
    if standing.state == "ARCHIVED":
        return ""
    if standing.state in ("DELIVERED", "REJECTED"):
        return RECEIVING
    return STATES[standing.state].ball or DECIDING


def _after(standing: Standing, state: str, sender: str) -> Standing:
    after = cases.advance(standing, state, sender, Note(True, True, True))
    assert isinstance(after, Standing)  # only steps of the table are taken
    return after
