"""The kinds of finding, a stable code each: the closed list that editors and CI may rely on.

What each means stands in `meanings`.
"""

from enum import StrEnum


class Code(StrEnum):
    """What kind of problem a finding is."""

    # files
    NO_DEFINITIONS = "no-definitions"
    FILE_MISSING = "file-missing"
    FILE_NOT_READ = "file-not-read"
    FILE_TOO_LARGE = "file-too-large"
    FILE_EMPTY = "file-empty"
    NOT_UTF8 = "not-utf8"
    NOT_YAML = "not-yaml"
    NOT_JSON = "not-json"
    # YAML
    KEY_TWICE = "key-twice"
    KEY_NO_TEXT = "key-no-text"
    ANCHOR = "anchor"
    TAG = "tag"
    # the form of an entry
    UNKNOWN_KEY = "unknown-key"
    MISSING_KEY = "missing-key"
    WRONG_TYPE = "wrong-type"
    OUT_OF_BOUNDS = "out-of-bounds"
    BAD_FORMAT = "bad-format"
    UNKNOWN_CODE = "unknown-code"
    UNKNOWN_NAME = "unknown-name"
    LISTED_TWICE = "listed-twice"
    # entries beside one another
    DEFINED_TWICE = "defined-twice"
    WRONG_PLACE = "wrong-place"
    RESERVED_NAME = "reserved-name"
    CODE_LIST_DIFFERS = "code-list-differs"
    REGIONS_OVERLAP = "regions-overlap"
    TOPIC_DUTY = "topic-duty"
    SCHEMA = "schema"
    DOES_NOT_FIT = "does-not-fit"
    # agreements
    NOT_A_PARTY = "not-a-party"
    NO_EXAMPLES = "no-examples"
    DATES_REVERSED = "dates-reversed"
    OUTSIDE_REGION = "outside-region"
    NOT_ISSUED = "not-issued"
    NOT_DECIDED = "not-decided"
    ANY_ITEM = "any-item"
    UNKNOWN_FIELD = "unknown-field"
    BASIS_BARRED = "basis-barred"
    CONSENT_NEEDED = "consent-needed"
    CAP_TOO_SMALL = "cap-too-small"
    MODE_BARRED = "mode-barred"
    RULES_COLLIDE = "rules-collide"
    VERSION_ORDER = "version-order"
    CONDITION = "condition"
    SIGNATURE = "signature"
    RULE_SHADOWED = "rule-shadowed"
    RULES_CONTRADICT = "rules-contradict"
    ONE_SIDED = "one-sided"
    VERSION_EMPTY = "version-empty"
    BASIS_LAPSES = "basis-lapses"
    LEAD_TIME = "lead-time"
    NO_EFFECT = "no-effect"
    EVIDENCE = "evidence"
    # forms of regions
    FORM_MAPPING = "form-mapping"
    FORM_CASE = "form-case"
    # examples
    EXAMPLE_INCOMPLETE = "example-incomplete"
    EXAMPLE_FAILS = "example-fails"
    CHANGE_UNNOTICED = "change-unnoticed"
    READINGS_DIFFER = "readings-differ"
    # what only a running gateway says of new files
    NOT_RISING = "not-rising"
    RESTART_NEEDED = "restart-needed"
    TOPIC_MISSING = "topic-missing"
    NOT_KEPT = "not-kept"
