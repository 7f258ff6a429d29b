"""What each reason code means and what its reader should do, in English and Chinese.

The one place of these words: receipts, the command line and docs/reasons.md are printed from it.
"""

from typing import Final

from gateway.errors import Reason, Refused, RuleRef


class Meaning:
    """A reason explained. group: the class of checks it belongs to. actor: who has to act."""

    __slots__ = ("actor", "chinese", "english", "group")

    def __init__(self, group: str, actor: str, english: str, chinese: str) -> None:
        self.group = group
        self.actor = actor
        self.english = english
        self.chinese = chinese


_SENDER: Final = "sender"
_OWNER: Final = "sender, agreement owner"

MEANINGS: Final[dict[Reason, Meaning]] = {
    Reason.EMPTY_VALUE: Meaning("frame", _SENDER, "the record has no value", "消息体为空"),
    Reason.BAD_FRAME: Meaning(
        "frame", _SENDER, "the value does not start with byte 0 and a 4-byte schema id", "消息帧格式错误"
    ),
    Reason.TOO_LARGE: Meaning(
        "frame", _SENDER, "the record is larger than its contract allows", "消息超过上限"
    ),
    Reason.UNKNOWN_SCHEMA: Meaning(
        "schema", _SENDER, "no released contract has this schema id", "未知的数据规范编号"
    ),
    Reason.SCHEMA_NOT_FOR_TOPIC: Meaning(
        "schema", _SENDER, "this contract may not be published here", "该数据规范不得在此主题发布"
    ),
    Reason.MALFORMED: Meaning(
        "decode", _SENDER, "the bytes are not a record of this contract", "消息体无法解析"
    ),
    Reason.TRAILING_BYTES: Meaning(
        "decode", _SENDER, "bytes are left over after the record", "消息体有多余字节"
    ),
    Reason.OVER_LIMIT: Meaning(
        "decode", _SENDER, "a text, list or header is longer than agreed", "超过长度或数量限制"
    ),
    Reason.BAD_ENUM: Meaning("decode", _SENDER, "a code is not in its closed list", "代码不在代码表内"),
    Reason.BAD_UNION: Meaning(
        "decode", _SENDER, "an optional field is neither absent nor present", "可选字段标记错误"
    ),
    Reason.BAD_VARINT: Meaning("decode", _SENDER, "a number is not in its shortest form", "整数编码不规范"),
    Reason.BAD_BOOLEAN: Meaning("decode", _SENDER, "a yes/no field is neither 0 nor 1", "布尔值错误"),
    Reason.BAD_UTF8: Meaning("decode", _SENDER, "a text is not UTF-8", "文本不是UTF-8编码"),
    Reason.DUPLICATE_KEY: Meaning("decode", _SENDER, "a key stands twice in one map", "键重复"),
    Reason.OUT_OF_RANGE: Meaning(
        "value", _SENDER, "a number, date or time is outside its range", "数值或日期超出范围"
    ),
    Reason.NOT_A_NUMBER: Meaning("value", _SENDER, "a number is not finite", "不是有效数字"),
    Reason.BAD_IDENTIFIER: Meaning(
        "value", _SENDER, "an identifier breaks its grammar or check character", "标识格式或校验位错误"
    ),
    Reason.WRONG_SOURCE: Meaning(
        "origin",
        "sender, security",
        "the event speaks for another region than its outbox",
        "来源与发件主题不符",
    ),
    Reason.WRONG_PARTITION: Meaning(
        "origin", _SENDER, "the case id belongs on another partition", "分区与办件不符"
    ),
    Reason.REPEAT: Meaning(
        "repeat", "nobody", "the same event came before; its outcome stands", "重复发送，以首次结果为准"
    ),
    Reason.CONFLICT: Meaning(
        "repeat", _SENDER, "the event id was used with another body", "同一事件编号内容不同"
    ),
    Reason.STALE: Meaning("time", _SENDER, "the event arrived too long after it was made", "消息已过期"),
    Reason.CLOCK_AHEAD: Meaning("time", _SENDER, "the event was made after it arrived", "发送方时钟超前"),
    Reason.UNKNOWN_ADDRESSEE: Meaning("address", _SENDER, "there is no such region", "目标节点不存在"),
    Reason.NO_AGREEMENT: Meaning(
        "address", _OWNER, "the two regions have no agreement", "两地未签订互认协议"
    ),
    Reason.PURPOSE_NOT_AGREED: Meaning(
        "address", _OWNER, "the rule does not list this purpose or basis", "用途或依据不在互认规则内"
    ),
    Reason.FIELD_NOT_AGREED: Meaning(
        "address", _OWNER, "the rule does not list one of the fields", "字段不在互认规则内"
    ),
    Reason.CONSENT_MISSING: Meaning("address", _SENDER, "the holder's consent is required", "缺少持证人授权"),
    Reason.OVER_QUOTA: Meaning("address", _OWNER, "the daily cap of the rule is used up", "超过当日限额"),
    Reason.NOT_RECOGNISED: Meaning(
        "address", _OWNER, "the agreement does not recognise this", "互认协议不予认可"
    ),
    Reason.NO_REQUEST: Meaning("case", _SENDER, "there is no such request or case", "没有对应的申请"),
    Reason.NOT_ADDRESSEE: Meaning("case", _SENDER, "another region was asked", "并非被询问方"),
    Reason.NOT_A_PARTY: Meaning("case", _SENDER, "the case belongs to other regions", "并非办件双方"),
    Reason.ALREADY_ANSWERED: Meaning("case", "nobody", "the request has its answer", "已有答复"),
    Reason.DEADLINE_PASSED: Meaning("case", _SENDER, "the answer came after its time", "超过答复时限"),
    Reason.AFTER_DELIVERY: Meaning(
        "case", _SENDER, "the case is decided; it cannot be withdrawn", "已办结，不能撤回"
    ),
    Reason.ILLEGAL_TRANSITION: Meaning(
        "case", _SENDER, "the case is not in a state for this step", "办件状态不允许该操作"
    ),
    Reason.SCHEMA_UNAVAILABLE: Meaning(
        "ours", "operator", "the schema registry did not say in time what it is", "规范注册中心未及时应答"
    ),
    Reason.RULE_FAULT: Meaning(
        "ours", "operator, rule owner", "the rule of this case cannot be applied", "互认规则无法执行"
    ),
    Reason.CRASH_LOOP: Meaning(
        "ours", "operator", "deciding this record stopped the gateway twice", "处理异常，已隔离"
    ),
}

_ADVICE: Final[dict[str, tuple[str, str]]] = {
    _SENDER: (
        "Not delivered; correct it and publish with a new event id.",
        "未送达；请更正后用新的事件编号重新发送。",
    ),
    _OWNER: (
        "Not delivered; publish what the agreement allows with a new event id, or have it changed.",
        "未送达；请按互认协议重新发送，或协商修改协议。",
    ),
    "sender, security": (
        "Not delivered; publish for your own region only.",
        "未送达；只能以本地名义发送。",
    ),
    "nobody": ("Not delivered; nothing needs to be done.", "未送达；无需处理。"),
}
_OURS: Final = (
    "Kept in quarantine; do not resend, the gateway's operator will decide it.",
    "已隔离保存；请勿重发，由网关运维人员处理。",
)


def explain(refusal: Refused, where: str) -> tuple[str, str]:
    """The explanation of a refusal or quarantine in English and Chinese, for its receipt.

    where: topic[partition]@offset. Both name the rule that said no, and its place in the agreement.
    """
    meaning = MEANINGS[refusal.reason]
    english, chinese = _ADVICE.get(meaning.actor, _OURS)
    code = refusal.reason.value
    by, by_chinese = _rule_words(refusal.rule)
    return (
        f"{code}: {where}: {refusal.detail}{by}. {english}",
        f"{code} {meaning.chinese}：{where}：{refusal.chinese}{by_chinese}。{chinese}",
    )


def _rule_words(rule: RuleRef | None) -> tuple[str, str]:
    if rule is None:
        return "", ""
    if not rule.place:
        return f" [rule {rule}]", f"（规则 {rule}）"
    return f" [rule {rule}, {rule.place}]", f"（规则 {rule}，{rule.place}）"
