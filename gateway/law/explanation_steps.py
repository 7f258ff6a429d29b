"""The steps of an explanation: rules that were looked at, checks that were made, what follows from them."""

from dataclasses import dataclass
from typing import Final

from gateway.definitions import NO, REVIEW, YES, RecognitionRule, ServiceRule
from gateway.definitions.conditions import Condition
from gateway.errors import Reason
from gateway.law.explanation_asked import Matter
from gateway.law.explanation_conditions import Part, Shown

# Why a rule that was looked at does or does not speak.
SPEAKS: Final = "speaks"
EXCLUDES: Final = "excludes"
NOT_YET: Final = "not-yet"
LAPSED: Final = "lapsed"
ELSEWHERE_ISSUED: Final = "elsewhere-issued"
ELSEWHERE_ASKED: Final = "elsewhere-asked"
OTHER_ITEM: Final = "other-item"
BEHIND: Final = "behind"

UNKNOWN: Final = "unknown"
"""The result of a check that cannot be made from here: how much of a daily cap is used."""

Rule = RecognitionRule | ServiceRule


@dataclass(frozen=True)
class Look:
    """A rule that was looked at. about: the dates, divisions or items that kept it from speaking."""

    rule: Rule
    why: str
    about: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Check:
    """One check of a rule.

    result: "yes" (held), "no", "review" (leaves it to a clerk) or "unknown". found and agreed: what was
    there and what the rule lists, as codes of closed lists or classes of values. place: file:line.
    """

    name: str
    reason: Reason
    result: str
    found: tuple[Shown, ...]
    agreed: tuple[Shown, ...]
    place: str
    condition: Condition | None = None
    part: Part | None = None


@dataclass(frozen=True)
class Judgement:
    """What one version of a rule says of an answer: "yes", "no" or "review", and by which checks."""

    rule: RecognitionRule
    checks: tuple[Check, ...]

    @property
    def says(self) -> str:
        results = {check.result for check in self.checks}
        return NO if NO in results else REVIEW if REVIEW in results else YES


@dataclass(frozen=True)
class Explanation:
    """The path of one decision. recognised: of the answer; None without one, or if it found no licence."""

    matter: Matter
    looks: tuple[Look, ...]
    rule: Rule | None
    checks: tuple[Check, ...]
    judgements: tuple[Judgement, ...] = ()

    @property
    def failed(self) -> Check | None:
        """The check that refuses: the first that does not hold, which gives the reason."""
        return next((check for check in self.checks if check.result == NO), None)

    @property
    def outcome(self) -> str:
        return "delivered" if self.failed is None else "refused"

    @property
    def judgement(self) -> Judgement | None:
        """The judgement that counts: the more favourable one, the older of equals."""
        favour = (NO, REVIEW, YES)
        return max(self.judgements, key=lambda one: favour.index(one.says), default=None)

    @property
    def recognised(self) -> str | None:
        return None if self.judgement is None or self.failed is not None else self.judgement.says
