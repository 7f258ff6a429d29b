"""What is done to a running gateway: one function for each kind of fault."""

import signal
import time
from collections.abc import Callable

from tests.faults import proxy as proxies
from tests.faults.proxy import Fault
from tests.faults.runs import Run
from tests.faults.tables import shown_pairs, tables_are_a_fold
from tests.faults.workers import HOLDING, KILLED, UNCLEAR, Worker, projections

POINTS = (
    "after-poll",
    "after-decide",
    "after-begin",
    "first-output",
    "all-outputs",
    "after-entry",
    "before-offsets",
    "after-offsets",
    "before-commit",
    "commit-sent",
    "after-commit",
    "in-revoke",
    "after-fence",
    "mid-rebuild",
    "after-seek",
)
"""The crash points of the line, PROOF 2.1."""
OF_A_TURN = POINTS[:11]
OF_A_TAKEOVER = POINTS[12:]
TIMES = (1, 2, 7)
ZOMBIE_SECONDS = 30.0
STAY_SECONDS = 5.0


def random_kills(run: Run, kills: int) -> None:
    """F1: kill -9 at random moments, mostly of a process that holds slots."""
    for _ in range(kills):
        if run.draw.random() < 0.75:
            run.wait(lambda: any(each.holds_slots() for each in run.workers), "somebody holds slots")
        holding = [each for each in run.workers if each.holds_slots()]
        run.pause(run.draw.random() * 0.8)
        run.kill(run.draw.choice(holding or run.workers))


def crash_points(run: Run) -> None:
    """F2: each process in its turn is started so that it dies at the next point.

    Points of a take-over come first: the longer the ledger, the longer one takes.
    """
    if run.proxy is None:
        raise RuntimeError("the points of a take-over need a proxy")
    joining = Members(run)
    doom(run, [f"in-revoke:{count}" for count in TIMES], joining.change)
    joining.leave()
    refusing = Fault(
        proxies.ADD_OFFSETS_TO_TXN, "refuse", error=proxies.GROUP_AUTHORIZATION_FAILED, times=10**9, every=3
    )
    run.proxy.add(refusing)  # a transaction in three fails, and who wrote it takes its slots over afresh
    doom(run, [f"{name}:{count}" for count in TIMES[1:] for name in OF_A_TAKEOVER])
    refusing.times = 0
    doom(run, [f"{name}:1" for name in OF_A_TAKEOVER])
    doom(run, [f"{name}:{count}" for count in TIMES for name in OF_A_TURN])


def doom(run: Run, points: list[str], meanwhile: Callable[[], None] = lambda: None) -> None:
    """Let processes die at these points, as many at a time as there are processes."""
    left, doomed = list(points), dict[str, str]()
    reached: list[str] = run.facts.setdefault("crash points reached", [])

    def all_reached() -> bool:
        for worker in run.workers:
            point = doomed.get(worker.name)
            if point is not None and worker.runs():
                continue
            if point is not None:
                del doomed[worker.name]
                if worker.exit_code == KILLED:
                    reached.append(point)
                    run.kills["crash point"] += 1
                else:
                    run.deaths[worker.exit_code or 0] += 1
                    left.insert(0, point)  # it ended before it came there
            elif worker.runs() and left:
                worker.kill()
                run.kills["kill -9"] += 1
            if left:
                doomed[worker.name] = left.pop(0)
                worker.start(GATEWAY_CRASH_AT=doomed[worker.name])
            elif not worker.runs():
                worker.start()
        meanwhile()
        return not doomed and not left

    run.wait(all_reached, f"all of {', '.join(points)}", 300, keep=False)


class Members:
    """Further processes that join and leave."""

    def __init__(self, run: Run, count: int = 2, every_seconds: float = 2.5) -> None:
        self._run = run
        self._joining = [run.worker(len(run.workers) + number) for number in range(count)]
        self._every = every_seconds
        self._next = time.monotonic()
        self._turn = 0

    def change(self) -> None:
        """When it is time: the next one joins; one that was in leaves, by SIGTERM and kill -9 in turn."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._every
        member = self._joining[self._turn % len(self._joining)]
        self._turn += 1
        if not member.runs():
            member.start()
        elif self._turn % 4 < 2:
            member.kill()
            self._run.kills["kill -9"] += 1
        else:
            member.signal(signal.SIGTERM)

    def leave(self) -> None:
        for member in self._joining:
            if member.starts:
                member.stop()


def members(run: Run, seconds: float) -> None:
    """F5: a member joins or leaves every 5 s."""
    changing = Members(run, 1, STAY_SECONDS)
    end = time.monotonic() + seconds

    def over() -> bool:
        changing.change()
        return time.monotonic() >= end

    run.wait(over, "members come and go", seconds + 10)
    changing.leave()


def zombies(run: Run, count: int) -> None:
    """F3: stopped for 30 s, then woken; by turns in the middle of a commit, and wherever it is.

    Somebody else holds its slots by then: it ends, and not with 0, or notices that it lost them and asks
    for slots like any other. Woken in the middle of a commit it must then say what became of the commit.
    """
    fates: list[str] = run.facts.setdefault("woken processes", [])
    for number in range(count):
        worker = run.workers[number % len(run.workers)]
        committing = number % 2 == 0
        if committing:
            worker.kill()
            run.kills["kill -9"] += 1
            worker.start(GATEWAY_STALL_AT="before-commit:10")
        run.wait(worker.holds_slots, "the one to be stopped holds slots")
        run.pause(4)
        held = worker.said_since_start().count(HOLDING)
        worker.signal(signal.SIGSTOP)
        run.pause(ZOMBIE_SECONDS)
        worker.signal(signal.SIGCONT)
        run.wait(lambda: _has_noticed(worker, held), "the woken process notices", 90, keep=False)  # noqa: B023
        if not worker.runs():
            fates.append(f"ended with {worker.exit_code}")
        elif committing and UNCLEAR not in worker.said_since_start():
            fates.append("forgot its commit")
        else:
            fates.append("took slots over afresh")
        if not worker.runs():
            worker.start()


def _has_noticed(worker: Worker, held: int) -> bool:
    return not worker.runs() or worker.said_since_start().count(HOLDING) > held


def wire(run: Run) -> None:
    """F10, F11, F12, F17: what happens to requests between a process and its broker."""
    proxy = run.proxy
    if proxy is None:
        raise RuntimeError("there is no proxy")
    refused = proxies.GROUP_AUTHORIZATION_FAILED
    faults = [
        *(Fault(proxies.ADD_OFFSETS_TO_TXN, "refuse", error=refused) for _ in range(3)),
        *(Fault(proxies.END_TXN, "falsify") for _ in range(4)),
        *(Fault(proxies.END_TXN, "refuse") for _ in range(4)),
        *(Fault(key, "cut") for key in (proxies.PRODUCE, proxies.ADD_PARTITIONS_TO_TXN, proxies.END_TXN) * 4),
        *(Fault(proxies.END_TXN, "hold", seconds) for seconds in (1.0, 3.0, 6.0, 12.0, 20.0)),
        *(Fault(proxies.END_TXN, "swallow") for _ in range(3)),
        Fault(proxies.TXN_OFFSET_COMMIT, "swallow"),
        Fault(proxies.PRODUCE, "swallow"),
    ]
    run.draw.shuffle(faults)
    for fault in faults:
        proxy.add(fault)
        run.wait(lambda: fault.met > 0, f"{fault.act} of {fault.key}", 180)  # noqa: B023  used at once
        run.pause(1.0 + (2.0 if fault.act == "swallow" else 0.0))
        if run.draw.random() < 0.25:
            proxy.cut_all()
    proxy.delay_seconds = 0.05
    run.pause(8)
    proxy.delay_seconds = 0.0
    run.facts["requests spoilt"] = dict(sorted(proxy.done.items()))


def late_commits(run: Run) -> None:
    """F11 at its worst: the connection is cut, the client commits again by itself, and then the first
    EndTxn still arrives, in the middle of the next transaction of the same epoch.

    Nothing in librdkafka 2.16 prevents it (no KIP-890). The exchange notices and stops: see docs/faults.md.
    """
    if run.proxy is None:
        raise RuntimeError("there is no proxy")
    for seconds in (0.2, 1.0, 3.0, 8.0):
        fault = run.proxy.add(Fault(proxies.END_TXN, "late", seconds))
        run.wait(lambda: fault.met > 0, "a late commit", 180)  # noqa: B023  used at once
        run.pause(seconds + 2)
    run.facts["requests spoilt"] = dict(sorted(run.proxy.done.items()))


def broker_killed(run: Run, times: int) -> None:
    """F9 with one broker: the line stops, and resumes."""
    for _ in range(times):
        run.pause(4 + run.draw.random() * 2)
        run.cluster.kill()
        run.kills["broker kill -9"] += 1
        run.cluster.start()
        before = run.load.decided
        run.wait(lambda: run.load.decided > before, "the line goes on")  # noqa: B023  used at once


def one_of_three_killed(run: Run) -> None:
    """F9 with three: the gap in the ledger's output stays short."""
    gaps: list[float] = run.facts.setdefault("gaps in seconds", [])
    run.wait(lambda: run.load.decided > 0, "the line goes")
    for node in (1, 2, 3):
        run.pause(4)
        run.load.longest_gap = 0.0
        run.cluster.kill(node)
        run.kills["broker kill -9"] += 1
        before = run.load.decided
        run.wait(lambda: run.load.decided > before + 500, "the line goes on")  # noqa: B023  used at once
        gaps.append(round(run.load.longest_gap, 1))
        run.cluster.start()
        run.pause(8)


def projections_killed(run: Run, times: int) -> None:
    """F8: kill -9 of the worker that folds the ledger, while cases go on; its tables equal a fold of it."""
    worker = projections(run.cluster.bootstrap, run.folder / "gateway")
    run.others.append(worker)
    run.also.append(lambda found: tables_are_a_fold(found, worker.port))
    worker.start()
    for kill in range(times):
        target = (kill + 1) * run.load.events // (times + 2)
        run.wait(lambda: run.load.decided >= target, "cases go on", 300)  # noqa: B023  used at once
        run.wait(lambda: _counts(worker) > 0, "the tables fill", 120)
        run.kill(worker)


def _counts(worker: Worker) -> int:
    return shown_pairs(worker.port).total()
