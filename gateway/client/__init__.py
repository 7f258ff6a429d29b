"""The client of a provincial platform: publish, ask and wait, read the inbox, acknowledge.

    async with Client("shanghai", division="310000", bootstrap="127.0.0.1:9092") as shanghai:
        answer = await shanghai.verify(to="zhejiang", ...)
        async for delivery in shanghai.inbox():
            ...
            await delivery.ack()

It stands on confluent-kafka, `gateway.codec` and nothing of the gateway's own settings or definitions:
what it must agree on with the gateway is generated from `avro/` into the codec. Any other language can
do the same; docs/wire.md says how. Not seen here: retries (a BrokerFault says that the same call may be
made again) and the meaning of an event, which is the platform's own.
"""

from gateway.client.answers import Answer, NoAnswerYet, RefusedByGateway
from gateway.client.client import Client
from gateway.client.deliveries import Deliveries, Delivery
from gateway.client.header import GatewayHeader
from gateway.client.publishing import Published
from gateway.client.records import event_of, new_case_id, pack, unpack
from gateway.errors import BrokerFault

__all__ = [
    "Answer",
    "BrokerFault",
    "Client",
    "Deliveries",
    "Delivery",
    "GatewayHeader",
    "NoAnswerYet",
    "Published",
    "RefusedByGateway",
    "event_of",
    "new_case_id",
    "pack",
    "unpack",
]
