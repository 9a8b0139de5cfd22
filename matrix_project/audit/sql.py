"""Reads the SQL of a condition, as Django sends it and as a catalogue prints it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

__all__ = ["Node", "UnreadableError", "parsed"]

Node = tuple[Any, ...]
"""`("column", name)`, `("text", …)`, `("number", …)`, `("and", …)`, `("call", name, …)` …"""


class UnreadableError(Exception):
    """The text has something that is not read here."""


_TOKEN = re.compile(
    r"""\s*(?:
      (?:_\w+\s*)?(?P<text>'(?:[^'\\]|'')*')
    | (?P<bits>0x[\da-f]+|b'[01]+')
    | (?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.])
    | (?P<quoted>"(?:[^"]|"")+"|`(?:[^`]|``)+`)
    | (?P<word>[^\W\d]\w*)
    | (?P<sign>::|!~~\*?|~~\*?|!~\*?|~\*?|<=>|<>|!=|<=|>=|\|\||[=<>+\-*/%(),.\[\]])
    )""",
    re.VERBOSE,
)
_COMPARED = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_MATCHED = {
    "~~": "like",
    "!~~": "not like",
    "~~*": "ilike",
    "!~~*": "not ilike",
    "~": "matches",
    "!~": "not matches",
    "~*": "imatches",
    "!~*": "not imatches",
}
_NUMBERS = {"smallint", "integer", "bigint", "numeric", "double precision", "real"}
_TEXTS = {"text", "character varying", "varchar", "bpchar"}
# Words that are no name of a column or a function here: what begins with one is not read.
_OTHER = {
    "cast",
    "when",
    "then",
    "else",
    "end",
    "interval",
    "exists",
    "select",
    "distinct",
    "escape",
    "extract",
}
_TWO_WORDS = {"double": "precision", "character": "varying"}


def parsed(sql: str, textual: Callable[[str], bool]) -> Node:
    """Return the tree of a condition or an expression.

    Args:
        sql: the text.
        textual: whether a column is of text, of which a cast to text changes nothing.

    Raises:
        UnreadableError: something in it is not read here.
    """
    reader = _Reader(list(_tokens(sql)), textual)
    found = reader.either()
    if reader.ahead != ("end", ""):
        raise UnreadableError(sql)
    return found


def _tokens(sql: str) -> Iterator[tuple[str, str]]:
    place, sql = 0, sql.strip()
    while place < len(sql):
        found = _TOKEN.match(sql, place)
        if found is None:
            raise UnreadableError(sql)
        yield str(found.lastgroup), found[str(found.lastgroup)]
        place = found.end()
    yield "end", ""


class _Reader:
    """Reads tokens by precedence, each level by a method that calls the next."""

    def __init__(self, tokens: list[tuple[str, str]], textual: Callable[[str], bool]) -> None:
        self._tokens, self._textual, self._place = tokens, textual, 0

    @property
    def ahead(self) -> tuple[str, str]:
        kind, text = self._tokens[min(self._place, len(self._tokens) - 1)]
        return (kind, text.lower()) if kind == "word" else (kind, text)

    def either(self) -> Node:
        found = [self._both()]
        while self._takes("or"):
            found.append(self._both())
        return found[0] if len(found) == 1 else ("or", *found)

    def _both(self) -> Node:
        found = [self._negated()]
        while self._takes("and"):
            found.append(self._negated())
        return found[0] if len(found) == 1 else ("and", *found)

    def _negated(self) -> Node:
        return ("not", self._negated()) if self._takes("not") else self._comparison()

    def _comparison(self) -> Node:
        left = self._sum()
        kind, word = self.ahead
        if kind == "sign" and word in _COMPARED:
            self._place += 1
            if self.ahead in {("word", "any"), ("word", "all")}:
                return self._of_array(left, _COMPARED[word])
            return "compared", _COMPARED[word], left, self._sum()
        if kind == "sign" and word in _MATCHED:
            self._place += 1
            return _MATCHED[word], left, self._sum()
        if self._takes("is"):
            negated = self._takes("not")
            self._expect("null")
            return "not null" if negated else "null", left
        negated = self._takes("not")
        found = self._worded(left)
        if found is None:
            if negated:
                raise UnreadableError(word)
            return left
        return ("not", found) if negated else found

    def _worded(self, left: Node) -> Node | None:
        if self._takes("in"):
            return "or", *(("compared", "=", left, each) for each in self._listed("(", ")"))
        if self._takes("between"):
            low = self._sum()
            self._expect("and")
            return "and", ("compared", ">=", left, low), ("compared", "<=", left, self._sum())
        if self._takes("like"):
            return "like", left, self._sum()
        return None

    def _of_array(self, left: Node, operator: str) -> Node:
        """Read `= ANY (ARRAY[…])`, which is how PostgreSQL prints `IN`, or `<> ALL (ARRAY[…])`."""
        joined = "or" if self.ahead == ("word", "any") else "and"
        self._place += 1
        self._expect("(")
        array = self._sum()
        self._expect(")")
        if array[0] != "array":
            raise UnreadableError(str(array))
        return joined, *(("compared", operator, left, each) for each in array[1:])

    def _sum(self) -> Node:
        return self._operated(lambda: self._operated(self._unary, "*", "/", "%"), "+", "-", "||")

    def _operated(self, side: Callable[[], Node], *operators: str) -> Node:
        left = side()
        while self.ahead[0] == "sign" and self.ahead[1] in operators:
            operator = self.ahead[1]
            self._place += 1
            left = ("operator", operator, left, side())
        return left

    def _unary(self) -> Node:
        if not self._takes("-"):
            return self._cast(self._primary())
        found = self._unary()
        return ("number", -found[1]) if found[0] == "number" else ("call", "-", found)

    def _cast(self, node: Node) -> Node:
        while True:
            if self._takes("::"):
                node = self._as_type(node, self._type())
            elif self._takes("collate"):
                kind, name = self.ahead
                if kind not in {"quoted", "word"}:
                    raise UnreadableError(name)
                self._place += 1
                node = ("collate", node, _bare(name))
            else:
                return node

    def _type(self) -> str:
        kind, word = self.ahead
        if kind != "word":
            raise UnreadableError(word)
        self._place += 1
        if word in _TWO_WORDS:
            self._expect(_TWO_WORDS[word])
            word = f"{word} {_TWO_WORDS[word]}"
        if self._takes("["):
            self._expect("]")
            word += "[]"
        if self._takes("("):  # its length
            raise UnreadableError(word)
        return word

    def _as_type(self, node: Node, type_: str) -> Node:
        """Return what a cast makes of a value or a column; without it, where it changes nothing."""
        kind, *_ = node
        if kind == "text" and type_ in _NUMBERS and re.fullmatch(r"-?\d+(\.\d+)?", node[1]):
            return "number", Decimal(node[1]).normalize()
        unchanged = (
            (kind == "text" and type_ in _TEXTS)
            or (kind == "number" and type_ in _NUMBERS)
            or node == ("constant", "null")
            or (kind == "column" and type_ == "text" and self._textual(node[1]))
            or (kind == "array" and type_.removesuffix("[]") in _TEXTS | _NUMBERS)
        )
        return node if unchanged else ("cast", node, type_)

    def _primary(self) -> Node:  # noqa: PLR0911 (one a kind)
        kind, text = self.ahead
        self._place += 1
        if kind == "text":
            return "text", text[1:-1].replace("''", "'")
        if kind == "number":
            return "number", Decimal(text).normalize()
        if kind == "bits":
            base = 16 if text.startswith("0x") else 2
            return "bits", int(text.removeprefix("b").strip("'"), base)
        if kind == "word" and text == "case":
            return self._case()
        if text == "(":
            found = self.either()
            self._expect(")")
            return found
        if kind == "word" and text == "array":
            return "array", *self._listed("[", "]")
        if kind == "word" and text in {"true", "false", "null"}:
            return "constant", text
        if kind == "word" and self.ahead == ("sign", "(") and text not in _OTHER:
            return "call", text, *self._listed("(", ")")
        if kind == "quoted" or (kind == "word" and text not in _OTHER):
            return self._column(self._tokens[self._place - 1][1])
        raise UnreadableError(text)

    def _case(self) -> Node:
        cases: list[Node] = []
        while self._takes("when"):
            condition = self.either()
            self._expect("then")
            cases.append(("case", condition, self.either()))
        self._expect("else")
        found = ("call", "case", *cases, self.either())
        self._expect("end")
        return found

    def _column(self, name: str) -> Node:
        while self._takes("."):  # behind its table
            kind, _ = self.ahead
            if kind not in {"quoted", "word"}:
                raise UnreadableError(name)
            name = self._tokens[self._place][1]
            self._place += 1
        if self.ahead[0] in {"text", "quoted", "word"} and self.ahead[1] not in _BEHIND:
            raise UnreadableError(name)  # such as DATE '2020-01-01'
        return "column", _bare(name)

    def _listed(self, opening: str, end: str) -> list[Node]:
        self._expect(opening)
        found: list[Node] = []
        while not self._takes(end):
            if found:
                self._expect(",")
            found.append(self.either())
        return found

    def _takes(self, text: str) -> bool:
        kind, ahead = self.ahead
        taken = kind in {"word", "sign"} and ahead == text
        self._place += taken
        return taken

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            raise UnreadableError(self.ahead[1])


_BEHIND = {"when", "then", "else", "end", "and", "or", "not", "is", "in", "between", "like"}
_BEHIND |= {"collate", "any", "all"}


def _bare(name: str) -> str:
    return name[1:-1].replace(name[0] * 2, name[0]) if name[0] in '"`' else name
