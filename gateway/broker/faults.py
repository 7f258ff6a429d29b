"""What Kafka answers, put into sentences at this one point: what went wrong, and what to do."""

from collections.abc import Mapping
from typing import Final

from confluent_kafka import KafkaError, KafkaException

from gateway.errors import BrokerFault

_NOBODY: Final = "no broker answered; is it running, and is GATEWAY_KAFKA__BOOTSTRAP right?"
_LOGIN: Final = "the brokers did not accept us; see the GATEWAY_KAFKA__SASL_ and _SSL_ settings"
_RIGHTS: Final = "our user lacks the right; topics are made and altered by the operator's"

_ADVICE: Final[Mapping[int, str]] = {
    KafkaError._TRANSPORT: _NOBODY,
    KafkaError._ALL_BROKERS_DOWN: _NOBODY,
    KafkaError._TIMED_OUT: f"{_NOBODY} An embedded broker answers who publishes and reads, and nobody else",
    KafkaError._RESOLVE: _NOBODY,
    KafkaError._AUTHENTICATION: _LOGIN,
    KafkaError._SSL: _LOGIN,
    KafkaError.SASL_AUTHENTICATION_FAILED: _LOGIN,
    KafkaError.TOPIC_AUTHORIZATION_FAILED: _RIGHTS,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: _RIGHTS,
    KafkaError.INVALID_REPLICATION_FACTOR: "there are fewer brokers than copies wanted; "
    "on a development cluster set GATEWAY_REPLICATION to the number of brokers",
    KafkaError.TOPIC_ALREADY_EXISTS: "somebody else has just made it; plan again",
}


def sentence(doing: str, error: KafkaException) -> str:
    """`doing` is what was tried and failed: "3 topics could not be read"."""
    cause = error.args[0]
    advice = _ADVICE.get(cause.code(), cause.str())
    return f"{doing}: {advice} ({cause.name()})."


def fault(doing: str, error: KafkaException) -> BrokerFault:
    return BrokerFault(sentence(doing, error))
