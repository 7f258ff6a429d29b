"""Bytes ↔ record: the strict decoders and the encoders of every contract in `avro/`.

`decode_<contract>_v<n>(body)` reads one body, without the 5 bytes of the wire frame, and raises
`Refused` and nothing else; `encode_<contract>_v<n>(record)` writes one. A class has the fields of
its contract's newest version; what an older version lacks is None. Times are milliseconds since
the epoch, dates are days since the epoch, enums are their symbols, arrays are tuples.
"""

from gateway.codec.event import Event as Event
from gateway.codec.generated import *  # noqa: F403  the generated index lists its names in __all__
