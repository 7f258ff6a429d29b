"""What each kind of finding means and what to do about it; docs/findings.md is printed from it."""

from collections.abc import Mapping
from typing import Final

from gateway.definition_files.codes import Code
from gateway.errors import Finding

MEANINGS: Final[Mapping[Code, tuple[str, str]]] = {
    Code.NO_DEFINITIONS: (
        "None of the folders topics/, avro/ and regions/ is there.",
        "Go to the folder that holds them, or name it with --definitions or GATEWAY_DEFINITIONS_ROOT.",
    ),
    Code.FILE_MISSING: (
        "A file that every set of definitions has is not there.",
        "Restore it from the last good commit, or copy it from the shipped definitions.",
    ),
    Code.FILE_NOT_READ: (
        "A file has a name that no kind of definition has, so nobody would read it.",
        "Rename it as the README of its folder says, or take it away.",
    ),
    Code.FILE_TOO_LARGE: (
        "A file is larger than any definition file may be.",
        "Split it, or look for what was pasted into it.",
    ),
    Code.FILE_EMPTY: ("A file holds nothing.", "Fill it, or take it away."),
    Code.NOT_UTF8: ("A file is not UTF-8.", "Save it as UTF-8 in the editor."),
    Code.NOT_YAML: (
        "A file is not YAML 1.2; nothing in it could be checked.",
        "Look at this line and the one before: indentation, brackets, quotes.",
    ),
    Code.NOT_JSON: (
        "A schema file is not one JSON object.",
        "Look at this line and the one before: commas, brackets, quotes.",
    ),
    Code.KEY_TWICE: (
        "A key stands twice in one mapping; which of the two was meant is unknown.",
        "Delete one of them.",
    ),
    Code.KEY_NO_TEXT: ("A key is a list or a mapping.", "Write a word as key."),
    Code.ANCHOR: (
        "An anchor or alias is used; a reader would have to look elsewhere for the value.",
        "Write the value out.",
    ),
    Code.TAG: ("A YAML tag is used; it would change what the value is.", "Write the value without it."),
    Code.UNKNOWN_KEY: (
        "A key does not exist in this kind of entry; it would have no effect.",
        "Correct its spelling or delete it; the JSON schema named in the first line lists all keys.",
    ),
    Code.MISSING_KEY: (
        "A key that this kind of entry must have is not there.",
        "Add it; there is no default, so that nothing is decided by silence.",
    ),
    Code.WRONG_TYPE: (
        "A value is of another type than wanted: types are strict, a number is no text.",
        "Write it as the message says: codes made of digits and dates in quotes, numbers without.",
    ),
    Code.OUT_OF_BOUNDS: (
        "A number, text or list is too small or too large.",
        "Choose a value inside the bounds of the message.",
    ),
    Code.BAD_FORMAT: (
        "A text does not have the shape its key asks for, or its check character is wrong.",
        "Write it in the shape of the message; look up a code at its source, never invent one.",
    ),
    Code.UNKNOWN_CODE: (
        "A word is not one of the closed list its key draws from.",
        "Choose one of the list; regions/catalog/codes.yaml explains them.",
    ),
    Code.UNKNOWN_NAME: (
        "Something is named that is not defined.",
        "Correct the name, or define it first in the file of the message.",
    ),
    Code.LISTED_TWICE: ("A list has the same word twice.", "Delete one of them."),
    Code.DEFINED_TWICE: (
        "A name or code that must be unique is taken already.",
        "Choose another, or delete the copy.",
    ),
    Code.WRONG_PLACE: (
        "An entry lies in a file or folder that is named for another.",
        "Rename the file or the entry: what it is called is how it is found.",
    ),
    Code.RESERVED_NAME: (
        "A name already means something else on the brokers.",
        "Choose another name.",
    ),
    Code.CODE_LIST_DIFFERS: (
        "A code list differs from what the gateway itself knows.",
        "Write exactly the codes of the message; new ones need a new release of the gateway.",
    ),
    Code.REGIONS_OVERLAP: (
        "The divisions of two regions overlap, so a case id would belong to both.",
        "Give each region its own division code (GB/T 2260).",
    ),
    Code.TOPIC_DUTY: (
        "A topic is not as the gateway needs it; a wrong number here costs data.",
        "Write what the message says; topics/README.md tells why.",
    ),
    Code.SCHEMA: (
        "An Avro schema breaks one of the rules that every contract keeps.",
        "Write what the message says; a released version never changes, add the next one.",
    ),
    Code.DOES_NOT_FIT: (
        "A value does not fit what stands around it.",
        "Change one of the two places that the message names.",
    ),
    Code.NOT_A_PARTY: (
        "A rule or example is about a region that is no party of the agreement, or about one alone.",
        "Name the two regions of the agreement, each in its own part.",
    ),
    Code.NO_EXAMPLES: (
        "An agreement has no examples, so nothing shows that its rules do what was meant.",
        "Give every rule an example that is delivered and one that is refused.",
    ),
    Code.DATES_REVERSED: (
        "A rule ends before it begins, so it is never in force.",
        "Let effective_to be later than effective_from, or leave it out.",
    ),
    Code.OUTSIDE_REGION: (
        "A division code lies outside the region it is meant to be in.",
        "Use a division of that region, or leave it out for the whole region.",
    ),
    Code.NOT_ISSUED: (
        "A rule accepts a licence type that the issuing region does not issue.",
        "Take it out of the rule, or add it to what the region issues.",
    ),
    Code.NOT_DECIDED: (
        "A rule sends an item to a region that does not decide it.",
        "Take it out of the rule, or add it to what the region decides.",
    ),
    Code.ANY_ITEM: (
        "The sign for every item stands beside named items.",
        "Write it alone, or name the items.",
    ),
    Code.UNKNOWN_FIELD: (
        "A field does not exist on one of the licence types meant.",
        "Correct its name, or split the rule by licence type.",
    ),
    Code.BASIS_BARRED: (
        "A purpose cannot rest on one of the legal bases of the rule.",
        "Take that basis or that purpose out of the rule, or make two rules of it.",
    ),
    Code.CONSENT_NEEDED: (
        "Consent is the only legal basis of a rule that does not require it.",
        "Write consent_required: true, or name another legal basis.",
    ),
    Code.CAP_TOO_SMALL: (
        "A daily cap is so small that a slot's share of it runs out by chance.",
        "Raise it to the number of the message, or deny the rest by scope.",
    ),
    Code.MODE_BARRED: (
        "An item cannot be handled in one of the modes of the rule.",
        "Take the mode out, or correct the item in the catalogue.",
    ),
    Code.RULES_COLLIDE: (
        "Two rules of equal rank speak on the same question on the same day; which one decides is unknown.",
        "End one of them, or give one a narrower scope.",
    ),
    Code.VERSION_ORDER: (
        "A newer version of a rule does not follow the older one.",
        "Let it begin later, for the same direction, or give it an id of its own.",
    ),
    Code.CONDITION: (
        "A condition cannot be judged, or compares a name with something it can never be.",
        "Write comparisons of declared names with codes of their lists; nothing else is taken.",
    ),
    Code.SIGNATURE: (
        "A signature does not hold: the text, the key or the version is another than the one signed.",
        "Undo the change, or raise the version and let both regions sign anew (`gateway agreements sign`).",
    ),
    Code.RULE_SHADOWED: (
        "A rule never speaks: others rank before it over all it could speak on, for all its time.",
        "Take it out, or give it a scope, an item or a time that the others leave.",
    ),
    Code.RULES_CONTRADICT: (
        "Two rules of equal scope say different things at the same time.",
        "Decide which one is meant: end the other, or give one a narrower scope.",
    ),
    Code.ONE_SIDED: (
        "One region alone recognises something and the agreement does not say why, or it does where both do.",
        "Add the rule of the other direction, or say in one_sided why there is none.",
    ),
    Code.VERSION_EMPTY: (
        "A newer version of a rule says the same as the one before.",
        "Take it out, or change what it was written for.",
    ),
    Code.BASIS_LAPSES: (
        "A rule stands longer than the legal instrument it rests on.",
        "Let the rule end when the instrument lapses, and make a new version on what follows it.",
    ),
    Code.LEAD_TIME: (
        "A rule takes effect too soon after it was agreed, before it, or nobody says when it was agreed.",
        "Write the day in agreed_on, and let effective_from be at least the lead time later.",
    ),
    Code.NO_EFFECT: (
        "A part of a rule changes nothing beside another part of it.",
        "Take one of the two out.",
    ),
    Code.EVIDENCE: (
        "What the asking side may keep is not what the use kinds of the rule leave in its hands.",
        "List the form each use kind leaves: SHOW an image, FILE an OFD file, the others data.",
    ),
    Code.FORM_MAPPING: (
        "A region's own form does not lead to the common form and back without doubt or loss.",
        "Map every code once each way, to one that exists; take out what no event or case uses.",
    ),
    Code.FORM_CASE: (
        "A case of a region's form lacks a part, or the form does otherwise than it says.",
        "Correct the mapping if the case says what was meant, else the case.",
    ),
    Code.EXAMPLE_INCOMPLETE: (
        "An example lacks a part, or has two that exclude each other.",
        "Write what is asked and what must come of it; with an answer, what must come of that.",
    ),
    Code.EXAMPLE_FAILS: (
        "The rules decide an example otherwise than the agreement says.",
        "Correct the rule if the example says what was agreed, else the example.",
    ),
    Code.CHANGE_UNNOTICED: (
        "A rule could be changed by a slip of the pen and no example of the agreement would fail.",
        "Add examples; `gateway check --suggest` prints some to paste. Check that each says what was agreed.",
    ),
    Code.READINGS_DIFFER: (
        "The compiled rules and a second reading of the same file judge a question differently.",
        "This is a fault of the gateway: report it with the file; do not use the rule meanwhile.",
    ),
    Code.NOT_RISING: (
        "Definitions are not newer than those accepted last; a running gateway takes only newer ones.",
        "Raise the number of regions/definitions.yaml, and the version of each agreement that changed.",
    ),
    Code.RESTART_NEEDED: (
        "Contracts changed; a running gateway has read its own at the start.",
        "Stop the gateway and start it with these files.",
    ),
    Code.TOPIC_MISSING: (
        "A topic that new definitions need is not on the brokers.",
        "Run `gateway topics apply`; the files are then taken by themselves.",
    ),
    Code.NOT_KEPT: (
        "What a gateway keeps of accepted definitions in its data folder is damaged, or not there yet.",
        "See what the message says of the folder; docs/runbook.md tells how to begin anew.",
    ),
}
"""What each code means, and what to do: the hint."""


def found(path: str, line: int, column: int, message: str, code: Code) -> Finding:
    """A finding with the hint of its code."""
    return Finding(path, line, column, message, code.value, MEANINGS[code][1])
