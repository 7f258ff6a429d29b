"""The exchange: a librdkafka loop around `pipeline.decide`, exactly once.

One transaction per cycle holds the outputs, the ledger entries, the state changes and the consumer
positions of all slots this process holds. A slot is held by owning its partition of `gateway.outbox`
in the consumer group; the same partition of every region's outbox is assigned by hand with it.
After any unclear commit the producer is thrown away and the slots are taken over afresh.
"""

from gateway.exchange.config import ExchangeConfig, Observer
from gateway.exchange.loop import Exchange

__all__ = ["Exchange", "ExchangeConfig", "Observer"]
