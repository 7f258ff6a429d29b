"""The first look at a record: is there a frame, a released contract, and may it be published here?"""

from typing import Final

from gateway.definitions import GATEWAY, Contract, Region
from gateway.definitions.book import Book
from gateway.errors import Reason, Refused
from gateway.messages import FRAME_BYTES, UNOPENED_BATCH, UNREADABLE_HEADERS, OutboxRecord

MAX_RECORD_BYTES: Final = 1_048_576
MAX_HEADERS: Final = 32
MAX_HEADER_BYTES: Final = 8192


def framed(record: OutboxRecord, sender: Region, book: Book) -> tuple[Contract, bytes]:
    """The contract a record is written in, and its body. Raises `Refused` with the frame or schema reason."""
    value = record.value
    if not value:
        raise _no_value(record)
    contract = book.framed.get(value[:FRAME_BYTES])
    if contract is None:
        raise _unknown(value)
    size = len(value)
    if size > contract.max_bytes + FRAME_BYTES or size > MAX_RECORD_BYTES:
        raise _too_large(size, contract)
    if contract.kind != "event" or (contract.writers == GATEWAY) != (sender.name == GATEWAY):
        raise _not_here(contract, record)
    if record.header_count > MAX_HEADERS or record.header_bytes > MAX_HEADER_BYTES:
        raise _bad_headers(record)
    return contract, value[FRAME_BYTES:]


def _not_here(contract: Contract, record: OutboxRecord) -> Refused:
    return Refused(
        Reason.SCHEMA_NOT_FOR_TOPIC,
        f"{contract.name} is not published in {record.topic}",
        chinese=f"{contract.name} 不在 {record.topic} 发布",
    )


def _no_value(record: OutboxRecord) -> Refused:
    if record.header_bytes == UNOPENED_BATCH:
        return Refused(
            Reason.TOO_LARGE,
            "its compressed batch opens to more than is taken; it was not read",
            chinese="其压缩批次解压后超过上限，未读取",
        )
    return Refused(Reason.EMPTY_VALUE, "the record has no value", chinese="该消息没有内容")


def _too_large(size: int, contract: Contract) -> Refused:
    if size > MAX_RECORD_BYTES:
        return _beyond(size, MAX_RECORD_BYTES)
    return _beyond(size - FRAME_BYTES, contract.max_bytes)


def _beyond(size: int, most: int) -> Refused:
    return Refused(
        Reason.TOO_LARGE, f"{size} bytes of at most {most}", chinese=f"{size} 字节，上限 {most} 字节"
    )


def _unknown(value: bytes) -> Refused:
    if len(value) > MAX_RECORD_BYTES:
        return _beyond(len(value), MAX_RECORD_BYTES)
    if len(value) < FRAME_BYTES or value[0] != 0:
        return Refused(
            Reason.BAD_FRAME,
            "the value does not begin with byte 0 and a 4-byte schema id",
            chinese="消息体应以字节 0 和 4 字节的数据规范编号开头",
        )
    schema_id = int.from_bytes(value[1:FRAME_BYTES], "big")
    return Refused(
        Reason.UNKNOWN_SCHEMA,
        f"schema id {schema_id} is not released",
        chinese=f"数据规范编号 {schema_id} 未发布",
    )


def _bad_headers(record: OutboxRecord) -> Refused:
    if record.header_bytes == UNREADABLE_HEADERS:
        return Refused(
            Reason.BAD_UTF8, "the name of a header is not UTF-8", chinese="消息头名称不是UTF-8编码"
        )
    return Refused(
        Reason.OVER_LIMIT,
        f"{record.header_count} headers of {record.header_bytes} bytes; "
        f"at most {MAX_HEADERS} of {MAX_HEADER_BYTES} are read",
        chinese=f"消息头 {record.header_count} 个，共 {record.header_bytes} 字节；"
        f"最多 {MAX_HEADERS} 个，{MAX_HEADER_BYTES} 字节",
    )
