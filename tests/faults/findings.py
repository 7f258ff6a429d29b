"""What a check found: one line that says what was counted, and the first places where it does not hold."""

from dataclasses import dataclass, field

SHOWN = 3


@dataclass
class Finding:
    """One invariant of PROOF: `counted` in words; `wrong` one sentence per violation, with its place."""

    invariant: str
    promise: str
    counted: str = ""
    wrong: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.wrong

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note a violation unless it holds."""
        if not holds:
            self.wrong.append(otherwise)

    def lines(self) -> list[str]:
        """The finding for people."""
        mark = "✓" if self.holds else "✗"
        first = f"{mark} {self.invariant:<4} {self.promise:<24} {self.counted}"
        if self.holds:
            return [first]
        more = len(self.wrong) - SHOWN
        shown = [f"       {sentence}" for sentence in self.wrong[:SHOWN]]
        return [
            f"{first}; {len(self.wrong)} wrong",
            *shown,
            *([f"       and {more} more"] if more > 0 else []),
        ]


def told(findings: list[Finding]) -> str:
    """All findings, one aligned line each."""
    return "\n".join(line for finding in findings for line in finding.lines())
