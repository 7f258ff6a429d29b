"""Topics as wanted (`topics/`) and as found on the brokers: plan shows the difference, apply closes it.

`plan` is pure. Nothing is ever deleted, and the number of partitions never changes: a case stays on its
slot for life. What Kafka answers is put into sentences here, as `BrokerFault`.
"""

from gateway.broker.admin import apply, brokers, connect, found, librdkafka_version, slots
from gateway.broker.plan import Alter, Cannot, Change, Create, Found, lines, overridden, plan
from gateway.broker.reading import TopicRecord, record_at, records, records_from, stream

__all__ = [
    "Alter",
    "Cannot",
    "Change",
    "Create",
    "Found",
    "TopicRecord",
    "apply",
    "brokers",
    "connect",
    "found",
    "librdkafka_version",
    "lines",
    "overridden",
    "plan",
    "record_at",
    "records",
    "records_from",
    "slots",
    "stream",
]
