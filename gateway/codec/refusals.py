"""The one sentence of a body that cannot be read: contract and version, field, byte, what is wrong."""

from typing import Final

from gateway.errors import Reason, Refused

Problem = tuple[str, str]
"""What is wrong with a field, in English and in Chinese, to stand behind its name."""

CUT_SHORT: Final[Problem] = ("is cut short", "不完整")
TOO_WIDE: Final[Problem] = ("has a varint of more than 64 bits", "的整数超过 64 位")
PADDED: Final[Problem] = ("has a varint padded with zero groups", "的整数带有多余的零")
INFINITE: Final[Problem] = ("is not a finite number", "不是有限的数")
NOT_UTF8: Final[Problem] = ("is not UTF-8", "不是UTF-8编码")
CHECK_FAILED: Final[Problem] = ("has the wrong parts or check character", "的组成或校验位错误")
TWICE: Final[Problem] = ("names one key twice", "的键重复")
BLOCK_SIZE: Final[Problem] = ("has a block of another size than it states", "一块的大小与所述不符")
BYTES: Final[Problem] = ("bytes", "字节")
ITEMS: Final[Problem] = ("items", "项")


def outside(least: int, most: int) -> Problem:
    return f"is not within {least}..{most}", f"不在 {least}..{most} 之内"


def no_boolean(byte: int) -> Problem:
    return f"has byte {byte}, neither 0 nor 1", f"的字节为 {byte}，应为 0 或 1"


def no_branch(branch: int) -> Problem:
    return f"has branch {branch} of 2", f"的分支为 {branch}，应为 0 或 1"


def no_symbol(index: int, symbols: int) -> Problem:
    return f"has symbol {index} of {symbols}", f"的代码序号为 {index}，共 {symbols} 个"


def negative(size: int) -> Problem:
    return f"has length {size}", f"的长度为 {size}"


def beyond_end(size: int, left: int) -> Problem:
    return f"has length {size} where {left} bytes are left", f"的长度为 {size}，只剩 {left} 字节"


def block_beyond_end(count: int, left: int) -> Problem:
    return f"has a block of {count} items where {left} bytes are left", f"一块有 {count} 项，只剩 {left} 字节"


def too_many(found: int, most: int, unit: Problem) -> Problem:
    return f"has {found} {unit[0]}, at most {most} are allowed", f"有 {found} {unit[1]}，上限 {most}"


def misshapen(pattern: str) -> Problem:
    return f"is not of the form {pattern}", f"不符合格式 {pattern}"


def refusal(reason: Reason, contract: str, field: str, at: int, problem: Problem) -> Refused:
    """A field that cannot be read. at: the byte of the body."""
    english, chinese = problem
    return Refused(
        reason,
        f'{contract}: field "{field}" (byte {at}) {english}',
        chinese=f'{contract}：字段 "{field}"（第 {at} 字节）{chinese}',
    )


def left_over(contract: str, left: int, at: int) -> Refused:
    """Bytes that follow a record."""
    return Refused(
        Reason.TRAILING_BYTES,
        f"{contract}: {left} bytes follow the record (byte {at})",
        chinese=f"{contract}：消息体之后多出 {left} 字节（第 {at} 字节）",
    )
