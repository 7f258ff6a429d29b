"""Words for codes and classes of values, English and Chinese at once, and how they are joined.

The words of codes come from the catalogue; a code that is not in its list is never repeated, since it may
be anything a sender wrote.
"""

import datetime
from collections.abc import Iterable
from typing import Final

from gateway.definitions.texts import Words
from gateway.law.explanation_conditions import Shown
from gateway.slot import SHANGHAI_OFFSET_MS, iso_day, shanghai_day

Said = tuple[str, str]
"""The same in English and in Chinese."""

ENGLISH: Final = 0
CHINESE: Final = 1

_LISTS: Final = {
    "field": "licence-fields",
    "use kind": "use-kinds",
    "legal basis": "legal-bases",
    "trust level": "trust-levels",
    "licence state": "licence-states",
    "verification outcome": "verification-outcomes",
    "holder": "holder-kinds",
    "mode": "handling-modes",
    "evidence": "evidence-forms",
    "asking division": "division",
    "issuing division": "division",
}
"""The code list that words of this kind stand in, where it has another name."""

_CLASSES: Final[dict[str, Said]] = {
    "given": ("given", "已提供"),
    "not-given": ("not given", "未提供"),
    "missing": ("missing", "缺失"),
    "none": ("none", "无"),
    "unknown": ("unknown", "未知"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "so": ("it does", "是"),
    "not-so": ("it does not", "否"),
    "among": ("one of them", "在其中"),
    "not-among": ("none of them", "不在其中"),
    "equal": ("equal", "相同"),
    "different": ("different", "不同"),
    "earlier": ("earlier", "更早"),
    "later": ("later", "更晚"),
    "less": ("less", "更小"),
    "more": ("more", "更大"),
    "holds": ("holds", "成立"),
    "holds-not": ("does not hold", "不成立"),
    "in-grace": ("within its days of grace", "在宽限期内"),
    "past-grace": ("past its days of grace", "已过宽限期"),
    "consent-needed": ("needed", "需要"),
    "consent-not-needed": ("not needed", "不需要"),
    "not-seen": ("not seen from here", "此处无法得知用量"),
}
_EFFECTS: Final[dict[str, Said]] = {
    "allow": ("recognised", "予以认可"),
    "deny": ("excluded by the agreement", "协议明确不予认可"),
    "review": ("left to a clerk", "由人工复核"),
}
_PHRASES: Final[dict[str, Said]] = {
    "count": ("{}", "{}"),
    "literal": ("{}", "{}"),
    "all": ("all {} agreed", "{} 个均在约定之内"),
    "a day": ("{} a day", "每日 {} 次"),
    "grace days": ("EXPIRED for less than {} days", "过期未满 {} 天"),
}
_ANY_ITEM: Final[Said] = ("any item", "任何事项")
_NOT_LISTED: Final[Said] = ("one that is not in the catalogue", "目录以外的代码")


class Vocabulary:
    """What codes mean. codes: whether the code stands behind its word; a clerk looks for it in a record."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def word(self, kind: str, code: str) -> Said:
        """A code of a rule in words; the code itself where the catalogue has none for it."""
        if kind == "item" and code == "*":
            return _ANY_ITEM
        found = self._found(kind, code)
        return (code, code) if found is None else found

    def words(self, kind: str, codes: Iterable[str]) -> Said:
        """Several codes in words, in the catalogue's order."""
        order = list(self._words.get(_LISTS.get(kind, kind), {}))
        ranked = sorted(codes, key=lambda code: (order.index(code) if code in order else len(order), code))
        return listed([self.word(kind, code) for code in ranked])

    def place(self, division: str) -> Said:
        """A division by its name, and its code."""
        english, chinese = self.word("division", division)
        return (division, division) if english == division else (english, chinese)

    def listed(self, shown: Iterable[Shown]) -> Said:
        """What a rule lists: its codes are shown whether the catalogue has words for them or not."""
        return listed([self._shown(one, (one[1], one[1])) for one in shown])

    def shown(self, shown: Shown) -> Said:
        """What was found, without ever repeating what a sender made up."""
        return self._shown(shown, _NOT_LISTED)

    def _shown(self, shown: Shown, otherwise: Said) -> Said:
        kind, code = shown
        if kind == "class":
            return _CLASSES[code]
        if kind == "effect":
            return _EFFECTS[code]
        if shown == ("all", "0"):
            return _CLASSES["none"]
        if kind in _PHRASES:
            return _PHRASES[kind][0].format(code), _PHRASES[kind][1].format(code)
        if kind == "instant":
            return day(int(code)), day(int(code))
        if kind == "item" and code == "*":
            return _ANY_ITEM
        found = self._found(kind, code)
        if found is None:
            return otherwise
        if kind.endswith("division"):
            return f"{found[0]} ({code})", f"{found[1]} ({code})"
        return code, f"{found[1]} ({code})"

    def _found(self, kind: str, code: str) -> Said | None:
        return self._words.get(_LISTS.get(kind, kind), {}).get(code)


def listed(said: Iterable[Said]) -> Said:
    """Several words as a list: commas in English, 、 in Chinese; semicolons where a word has commas."""
    words = list(said)
    comma = "; " if any("," in word[0] for word in words) else ", "
    stop = "；" if any("、" in word[1] for word in words) else "、"
    return comma.join(word[0] for word in words), stop.join(word[1] for word in words)


def day(at: int) -> str:
    """The day in Shanghai of an instant in milliseconds, with the time where it is not midnight."""
    left = (at + SHANGHAI_OFFSET_MS) % 86_400_000
    clock = "" if left == 0 else f" {datetime.timedelta(seconds=left // 1000)}"
    return iso_day(shanghai_day(at)) + clock


def duration(seconds: int) -> Said:
    """A duration in its largest whole unit."""
    for size, unit, chinese in ((86_400, "day", "天"), (3600, "hour", "小时"), (60, "minute", "分钟")):
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}", f"{count} {chinese}"
    return f"{seconds} seconds", f"{seconds} 秒"
