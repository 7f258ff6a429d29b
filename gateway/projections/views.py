"""The web views: JSON for operators and for the other workers.

Each worker holds the rows of its slots. `/cases/<id>` is answered by the worker that holds the case;
`/cases`, `/pairs` and `/regions` ask all workers and add, unless asked with `?scope=worker`. The slots
that an answer covers stand in it. Numbers are counted when asked for: not for a poll every second.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import aiohttp
from faust.web import Request, Response, View

from gateway.definitions.book import Book
from gateway.identifiers import slot_of, split_case_id
from gateway.ledger import LEDGER
from gateway.projections import boards
from gateway.projections.driver import ConfirmedTable, ProjectionApp
from gateway.projections.folds import HOUR_MS
from gateway.projections.ledger_fold import is_mark
from gateway.projections.measures import Measures
from gateway.projections.readiness import RECOVERY, Readiness

ASK_SECONDS: Final = 5.0
"""How long another worker may take to answer."""
ROWS_AT_ONCE: Final = 200
"""Rows counted before the event loop may turn to the agent again."""
HOURS: Final = 24
MOST_HOURS: Final = 31 * 24

Body = dict[str, Any]
Answer = tuple[int, Body]


class NoAnswer(Exception):
    """A view cannot answer; the text says why."""

    def __init__(self, reason: str, status: int = 503) -> None:
        super().__init__(reason)
        self.status = status


class Views:
    """What one worker shows of its tables, and where it asks for the rest."""

    def __init__(
        self,
        app: ProjectionApp,
        latest: Callable[[], Book],
        cases: ConfirmedTable,
        pair_hours: ConfirmedTable,
        readiness: Readiness,
        measures: Measures,
    ) -> None:
        self._app = app
        self._latest = latest
        self._cases = cases
        self._pair_hours = pair_hours
        self._readiness = readiness
        self._measures = measures

    def serve(self) -> None:
        """Add the views to the app's web server."""
        self._page("/cases/{case_id}", self.case)
        self._page("/cases", self.cases)
        self._page("/pairs", self.pairs)
        self._page("/regions", self.regions)
        self._page("/livez", self.livez)
        self._page("/readyz", self.readyz)

        async def metrics(view: View, _: Request) -> Response:
            return view.text(self._measures.exposition().decode(), content_type="text/plain")

        self._app.page("/metrics", name="metrics")(metrics)

    def _page(self, path: str, answer: Callable[[Request], Awaitable[Answer]]) -> None:
        async def get(view: View, request: Request, **_: str) -> Response:
            try:
                status, body = await answer(request)
            except NoAnswer as reason:
                status, body = reason.status, {"error": str(reason)}
            return view.text(
                json.dumps(body, ensure_ascii=False), content_type="application/json", status=status
            )

        self._app.page(path, name=path)(get)

    async def case(self, request: Request) -> Answer:
        """One case, from the worker that holds it."""
        case_id = request.match_info["case_id"]
        if split_case_id(case_id) is None:
            raise NoAnswer(f"{case_id!r} is not a case id (division-year-serial)", 400)
        slot = slot_of(case_id, self._latest().slots)
        holder = self._holder(slot)
        if holder != self._own_url and request.query.get("scope") != "worker":
            return await self._ask(holder, f"/cases/{case_id}", {})
        self._check_recovered()
        if slot not in self._own_slots():
            raise NoAnswer(f"slot {slot} is not here")
        row = self._cases.get(case_id.encode())
        if row is None:
            raise NoAnswer(f"the ledger names no case {case_id}", 404)
        return 200, boards.case_board(row)

    async def cases(self, request: Request) -> Answer:
        """Cases by state and by who must act."""
        answers = await self._everyone(request, "/cases", self._own_cases)
        return 200, {"slots": _slots(answers), **boards.add_case_tallies(answers)}

    async def pairs(self, request: Request) -> Answer:
        """Events by directed pair and hour, of the last `?hours=`."""
        answers = await self._everyone(request, "/pairs", self._own_pairs)
        rows = [row for answer in answers for row in answer["pairs"]]
        return 200, {"slots": _slots(answers), "pairs": boards.add_pair_boards(rows)}

    async def regions(self, request: Request) -> Answer:
        """What each region sent and received in the last `?hours=`, and how many cases wait for it."""
        _, pairs = await self.pairs(request)
        _, cases = await self.cases(request)
        rows = boards.region_board(self._latest().regions, pairs["pairs"], cases)
        return 200, {"slots": cases["slots"], "regions": rows}

    async def livez(self, _: Request) -> Answer:
        """The event loop turns."""
        return 200, {"alive": True}

    async def readyz(self, _: Request) -> Answer:
        """Whether this worker's tables are level with the ledger; which part is not, and since when."""
        parts = {
            name: {
                "ready": part.ready,
                "since": boards.instant(int(part.since * 1000)),
                "detail": part.detail,
            }
            for name, part in self._readiness.parts.items()
        }
        return (200 if self._readiness.ready else 503), {"ready": self._readiness.ready, "parts": parts}

    async def _own_cases(self, _: Request) -> Body:
        tally = boards.new_case_tally()
        async for row in self._rows(self._cases):
            boards.tally_case(tally, row)
        return {"slots": self._own_slots(), **tally}

    async def _own_pairs(self, request: Request) -> Body:
        hours = request.query.get("hours", str(HOURS))
        if not hours.isdecimal() or not 1 <= int(hours) <= MOST_HOURS:
            raise NoAnswer(f"hours is {hours!r}; ask for 1 to {MOST_HOURS}", 400)
        since = time.time() * 1000 - int(hours) * HOUR_MS
        tally: boards.PairTally = Counter()
        async for row in self._rows(self._pair_hours):
            if row["hour"] + HOUR_MS > since:
                boards.tally_pair(tally, row)
        return {"slots": self._own_slots(), "pairs": boards.pair_board(tally)}

    async def _rows(self, table: ConfirmedTable) -> AsyncIterator[Any]:
        self._check_recovered()
        for number, (key, row) in enumerate(table.items()):
            if not is_mark(key):
                yield row
            if number % ROWS_AT_ONCE == 0:
                await asyncio.sleep(0)
                self._check_recovered()

    def _check_recovered(self) -> None:
        if not self._readiness.parts[RECOVERY].ready:
            raise NoAnswer("slots are moving or their tables are being read back; see /readyz")

    async def _everyone(
        self, request: Request, path: str, own: Callable[[Request], Awaitable[Body]]
    ) -> list[Body]:
        answers = [await own(request)]
        if request.query.get("scope") != "worker":
            others = [url for url in self._workers() if url != self._own_url]
            asked = await asyncio.gather(*(self._ask(url, path, dict(request.query)) for url in others))
            answers += [body for _, body in asked]
        return answers

    async def _ask(self, worker: str, path: str, query: dict[str, str]) -> Answer:
        try:
            async with (
                asyncio.timeout(ASK_SECONDS),
                self._app.http_client.get(f"{worker}{path}", params=query | {"scope": "worker"}) as answer,
            ):
                status, body = answer.status, await answer.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NoAnswer(f"the worker at {worker} does not answer ({type(error).__name__})") from error
        if status == 503:
            raise NoAnswer(f"the worker at {worker}: {body['error']}")
        return status, body

    def _workers(self) -> dict[str, list[int]]:
        """Every worker's URL and slots, as the group last agreed."""
        topic = self._cases.changelog_topic_name
        shared = self._app.router.table_metadata(self._cases.name)
        return {url: topics[topic] for url, topics in shared.items() if topics.get(topic)}

    def _holder(self, slot: int) -> str:
        for url, slots in self._workers().items():
            if slot in slots:
                return url
        raise NoAnswer(f"no worker holds slot {slot} yet; see /readyz")

    @property
    def _own_url(self) -> str:
        return str(self._app.conf.canonical_url)

    def _own_slots(self) -> list[int]:
        return sorted(tp.partition for tp in self._app.consumer.assignment() if tp.topic == LEDGER)


def _slots(answers: list[Body]) -> list[int]:
    return sorted(slot for answer in answers for slot in answer["slots"])
