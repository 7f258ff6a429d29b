"""A page as self-contained HTML: no script, nothing fetched, made to be read on paper."""

from collections.abc import Iterator
from html import escape
from typing import Final

from gateway.definitions.texts import ExampleText
from gateway.law.card import CHANGED, PUT_IN, SAME, STRUCK, Block, Line, Marked, MarkedSaid, Page, outcome
from gateway.law.card_style import STYLE
from gateway.law.words import CHINESE, ENGLISH, Said

_TAGS: Final = {SAME: "{}", STRUCK: "<del>{}</del>", PUT_IN: "<ins>{}</ins>"}
_EFFECTS: Final[dict[str, Said]] = {
    "allow": ("recognised", "认可"),
    "deny": ("excluded", "不认可"),
    "review": ("manual review", "人工复核"),
    "service": ("service", "跨省通办"),
}
_STATUS: Final[dict[str, Said]] = {
    SAME: ("unchanged", "未变"),
    CHANGED: ("changed", "修改"),
    PUT_IN: ("new", "新增"),
    STRUCK: ("no longer there", "删去"),
}
_TITLES: Final[dict[str, Said]] = {
    "kind": ("Agreement on mutual recognition", "互认协议"),
    "change": ("Changes", "修订对照"),
    "examples": ("Examples", "示例"),
    "example": ("Example", "示例"),
    "outcome": ("What comes of it", "结果"),
    "line": ("Line", "行"),
}
_DIGITS: Final = "零一二三四五六七八九"


class Typesetter:
    """Writes a page as HTML. languages: those shown; with both, Chinese stands first."""

    def __init__(self, languages: tuple[int, ...] = (CHINESE, ENGLISH)) -> None:
        self._languages = languages

    def html(self, page: Page) -> str:
        """The whole document."""
        first = self._languages[0]
        title = escape(_plain(page.title[first]))
        language = "zh-CN" if first == CHINESE else "en"
        body = "\n".join(self._body(page))
        return (
            f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
            f"<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
        )

    def _body(self, page: Page) -> Iterator[str]:
        kind = self._words("change" if page.is_change else "kind")
        yield f'<p class="kind">{kind}</p>'
        yield f"<h1>{_marked(page.title[self._languages[0]])}</h1>"
        if len(self._languages) > 1:
            yield f'<p class="en">{_marked(page.title[ENGLISH])}</p>'
        yield self._clauses(page.head)
        number = 0
        for section in page.sections:
            yield self._heading(section.title)
            for block in section.blocks:
                number += 1
                yield from self._article(block, number, page.is_change)
        if page.examples:
            yield from self._examples(page)
        yield f"<footer>{escape(page.path)}</footer>"

    def _heading(self, said: Said) -> str:
        first, *rest = (escape(said[language]) for language in self._languages)
        return f"<h2>{first}" + "".join(f'<span class="en">{one}</span>' for one in rest) + "</h2>"

    def _article(self, block: Block, number: int, is_change: bool) -> Iterator[str]:
        css = {STRUCK: "struck", PUT_IN: "put", CHANGED: "changed"}.get(block.status, "")
        tags = [(block.effect, self._pick(_EFFECTS[block.effect]))]
        if is_change:
            tags.append((css, self._pick(_STATUS[block.status])))
        shown = "".join(f'<span class="tag {name}">{words}</span>' for name, words in tags)
        yield f'<article class="{css}">' if css else "<article>"
        yield (
            f'<header><span class="number">{self._pick(article_number(number))}</span>{shown}'
            f"<code>{escape(block.name)}<br>{escape(block.place)}</code></header>"
        )
        yield '<div class="sentence">' + "".join(self._paragraphs(block.sentence)) + "</div>"
        yield self._clauses(block.lines)
        yield "</article>"

    def _paragraphs(self, said: MarkedSaid) -> Iterator[str]:
        for language in self._languages:
            yield f"<p {self._attributes(language)}>{_marked(said[language])}</p>"

    def _attributes(self, language: int) -> str:
        """The second language is set apart from the first."""
        css = "" if language == self._languages[0] else ' class="en"'
        return f'lang="{_LANG[language]}"{css}'

    def _clauses(self, lines: tuple[Line, ...]) -> str:
        rows = "\n".join(map(self._row, lines))
        columns = '<col class="label">' + "<col>" * len(self._languages)
        return f'<table class="clauses">\n{columns}\n{rows}\n</table>'

    def _row(self, line: Line) -> str:
        first, *rest = (escape(line.label[language]) for language in self._languages)
        label = first + "".join(f'<span class="en">{one}</span>' for one in rest)
        if line.text[ENGLISH] == line.text[CHINESE]:
            words, span = _marked(line.text[ENGLISH]), len(self._languages)
            return f'<tr><th>{label}</th><td colspan="{span}">{words}</td></tr>'
        cells = "".join(
            f"<td {self._attributes(language)}>{_marked(line.text[language])}</td>"
            for language in self._languages
        )
        return f"<tr><th>{label}</th>{cells}</tr>"

    def _examples(self, page: Page) -> Iterator[str]:
        yield self._heading(_TITLES["examples"])
        heads = "".join(f"<th>{self._words(key)}</th>" for key in ("example", "outcome", "line"))
        yield f'<table class="examples">\n<tr>{heads}</tr>'
        for example in page.examples:
            cells = f"<td>{escape(example.name)}</td><td>{self._outcome(example)}</td><td>{example.line}</td>"
            yield f"<tr>{cells}</tr>"
        yield "</table>"

    def _outcome(self, example: ExampleText) -> str:
        said = outcome(example)
        return "".join(f"<p {self._attributes(one)}>{escape(said[one])}</p>" for one in self._languages)

    def _words(self, key: str) -> str:
        return self._pick(_TITLES[key])

    def _pick(self, said: Said) -> str:
        return " · ".join(escape(said[language]) for language in self._languages)


_LANG: Final = {ENGLISH: "en", CHINESE: "zh-CN"}


def article_number(number: int) -> Said:
    """Article 12, 第十二条."""
    tens, ones = divmod(number, 10)
    if tens > 9:
        return f"Article {number}", f"第{number}条"
    lead = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return f"Article {number}", f"第{lead}{_DIGITS[ones] if ones else ''}条"


def _marked(text: Marked) -> str:
    return "".join(_TAGS[mark].format(escape(words)) for mark, words in text)


def _plain(text: Marked) -> str:
    return "".join(words for mark, words in text if mark != STRUCK)
