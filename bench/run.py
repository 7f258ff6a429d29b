"""`make bench`: every system on the same records, one core each, in interleaved pairs.

python -m bench.run [--quick] [--systems copy,line,plain] [--seconds S] [--records N]
"""

import argparse
import time
from statistics import median

from bench import broker, loading
from bench.corpus import corpus
from bench.definitions import ROOT
from bench.drains import Drain, drain
from bench.peers import COPY, FAUST, MIRROR, PLAIN, STREAMS, line

SYSTEMS = {
    one.name: one
    for one in (
        COPY,
        PLAIN,
        FAUST,
        MIRROR,
        STREAMS,
        line("line", ROOT, "the line, plain Python"),
        line("native", ROOT / "build" / "native", "the line, compiled"),
    )
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--generations", type=int, default=0)
    asked = parser.parse_args()
    seconds = asked.seconds or (6 if asked.quick else 15)
    generations = asked.generations or (10 if asked.quick else 40)
    found = corpus()
    print(f"corpus sha256 {found.digest}")
    with broker.running() as kafka:
        kafka.make([*found.topics, loading.LEASE])
        ends = loading.load(kafka.bootstrap, found, range(generations), time.time_ns() // 1_000_000)
        records = ends.total()
        print(f"{records} records loaded")
        names = asked.systems.split(",")
        results: dict[str, list[Drain]] = {name: [] for name in names}
        for name in [*names, *reversed(names)]:
            one = drain(SYSTEMS[name], kafka, records, seconds)
            results[name].append(one)
            print(
                f"{one.system:8} {one.us_per_event:8.2f} us/event {one.events_per_second:9.0f}/s {one.rss_mb:6.0f} MB "
                f"{one.events} events in {one.seconds:.1f} s, spin {one.spin_before:.2f} {one.spin_after:.2f}"
                f"{' DISTURBED' if one.disturbed else ''}",
                flush=True,
            )
        for name, runs in results.items():
            print(f"{name}: median {median(run.us_per_event for run in runs):.2f} us/event")


if __name__ == "__main__":
    main()
