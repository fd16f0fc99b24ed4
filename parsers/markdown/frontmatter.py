"""Front matter: the values of keys that a site shows, in YAML (``---``), TOML (``+++``) or JSON (``{``)."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import yaml

_FENCED = re.compile(r"\A(---|\+\+\+)[ \t]*\n([\s\S]*?)\n(?:\1|\.\.\.)[ \t]*(?=\n|\Z)")
_OBJECT = re.compile(r"\{[ \t\n]*\"")
_REST = re.compile(r"[ \t]*(?=\n|\Z)")
"""An object that a document begins with: https://gohugo.io/content-management/front-matter/"""
_JSON = re.compile(r"""(?P<string>"(?:[^"\\]|\\.)*+")(?P<colon>[ \t\n]*:)?|[{}\[\]]""")
_KEYED = re.compile(r"[\w.-]+[ \t]*[:=]")
_TOML = re.compile(
    r"""^[ \t]*(?P<key>[\w."-]+)[ \t]*=[ \t]*(?P<value>\"""(?:[^\\]|\\.)*?\"""|'''[\s\S]*?'''"""
    r"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')|#[^\n]*$|\"""(?:[^\\]|\\.)*?\"""|'''[\s\S]*?'''""", re.MULTILINE | re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_STRING = "tag:yaml.org,2002:str"

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where it is there: thirty times as fast, the same spans."""


_LOADS: Mapping[str, Callable[[str], object]] = {
    "---": lambda body: yaml.load(body, Loader=_Loader), "+++": tomllib.loads, "{": json.loads}  # noqa: S506


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: ``flat[start:end]`` is how it is written, quotes and all."""

    key: str
    text: str
    start: int
    end: int
    style: str
    """A quote character, ``|`` or ``>``, empty for a plain value, ``toml`` and a quote for TOML, ``json``."""
    indent: str = ""
    """What stands before each line of a block scalar."""
    flow: bool = False
    """Inside ``[…]`` or ``{…}``."""

    def write(self, text: str) -> str:
        """Another text in the same style, or in double quotes where that style cannot hold it."""
        if self.style.startswith("toml"):
            return _write_toml(text, self.style[4:])
        if self.style.startswith("json"):
            return json.dumps(text, ensure_ascii=self.style == "json ascii")
        if self.style in ("|", ">"):
            return _write_block(text, self)
        text = " ".join(text.split())
        for written in _spellings(text, self.style):
            if _reads(written, text, flow=self.flow):
                return written
        return _double(text)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The head of a document."""

    end: int
    """Offset after the closing fence."""
    text: str
    scalars: tuple[Scalar, ...]
    readable: bool
    """False if it is no valid YAML, TOML or JSON; then all of it stays as it is."""
    language: str | None


class _Head(NamedTuple):
    fence: str
    body: str
    start: int
    """Offset of the body."""
    end: int


def _head(flat: str) -> _Head | None:
    """Where front matter stands, if there is some."""
    match = _FENCED.match(flat)
    if match:
        return _Head(match[1], match[2], match.start(2), match.end())
    if not _OBJECT.match(flat):
        return None
    try:
        values, end = json.JSONDecoder().raw_decode(flat)
    except (ValueError, RecursionError):
        return None
    return _Head("{", flat[:end], 0, end) if values and _REST.match(flat, end) else None


def read_front_matter(flat: str, keys: frozenset[str]) -> FrontMatter | None:
    """The front matter of a text, or None. ``keys`` in lower case with ``_``."""
    head = _head(flat)
    if not head:
        return None
    body, start = head.body, head.start
    try:
        if head.fence == "+++":
            values: object = tomllib.loads(body)
            scalars = list(_toml_scalars(body, start))
        elif head.fence == "{":
            values = json.loads(body)
            scalars = list(_json_scalars(body, start))
        else:
            root = yaml.compose(body, Loader=_Loader)
            values = _shown(root)
            scalars = list(_yaml_scalars(body, start, root, keys))
    except (yaml.YAMLError, tomllib.TOMLDecodeError, UnicodeError, RecursionError, ValueError):
        return FrontMatter(head.end, body, (), readable=False, language=None) if _KEYED.match(body) else None
    if not isinstance(values, dict):
        return None
    language = next((str(values[key]) for key in ("lang", "language") if isinstance(values.get(key), str)), None)
    wanted = tuple(scalar for scalar in scalars if _normal(scalar.key) in keys)
    return FrontMatter(head.end, body, wanted, readable=True, language=language)


def without(flat: str, head: FrontMatter | None) -> str:
    """The text with blanks for its front matter; no offset changes."""
    return re.sub(r"[^\n]", " ", flat[:head.end]) + flat[head.end:] if head else flat


def blanked(flat: str, head: FrontMatter | None) -> str:
    """An output as the grammar gets it: with blanks for front matter if its source had some, or if it has some now."""
    found = _head(flat)
    if found is None:
        return flat
    return without(flat, replace(head, end=found.end) if head else read_front_matter(flat, frozenset()))


def shape(flat: str) -> object:
    """Keys, nesting and types of the values of a text's front matter; None if there is none that can be read."""
    head = _head(flat)
    if not head:
        return None
    try:
        return _types(_LOADS[head.fence](head.body))
    except (yaml.YAMLError, tomllib.TOMLDecodeError, UnicodeError, RecursionError, ValueError):
        return "unreadable"


def _types(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _types(inner) for key, inner in value.items()}
    return [_types(inner) for inner in value] if isinstance(value, list) else type(value).__name__


def _normal(key: str) -> str:
    return key.lower().replace("-", "_")


# -- YAML ---------------------------------------------------------------------------------


def _shown(root: yaml.Node | None) -> object:
    """The top level of a mapping, its scalars as text."""
    if not isinstance(root, yaml.MappingNode):
        return None
    return {key.value: value.value for key, value in root.value
            if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)}


def _yaml_scalars(body: str, offset: int, root: yaml.Node | None, keys: frozenset[str]) -> Iterator[Scalar]:
    stack: list[tuple[yaml.Node | None, str, bool]] = [(root, "", False)]
    seen: set[int] = set()
    while stack:
        node, key, flow = stack.pop()
        if node is None or id(node) in seen:
            continue                                    # an alias shows the same value again
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            inner = flow or bool(node.flow_style)
            stack += [(value, name.value if isinstance(name, yaml.ScalarNode) else "", inner)
                      for name, value in reversed(node.value)]
        elif isinstance(node, yaml.SequenceNode):
            stack += [(value, key, flow or bool(node.flow_style)) for value in reversed(node.value)]
        elif (isinstance(node, yaml.ScalarNode) and _normal(key) in keys and node.tag == _STRING
              and node.value.strip()):
            yield _scalar(body, offset, node, key, flow=flow)


def read_scalar(key: str, written: str, start: int) -> Scalar | None:
    """A value on one line that stands alone; None if YAML takes it for anything but a string."""
    try:
        node = yaml.compose(f"k: {written}", Loader=_Loader)
    except (yaml.YAMLError, UnicodeError, ValueError):
        return None
    value = node.value[0][1] if isinstance(node, yaml.MappingNode) and len(node.value) == 1 else None
    if not isinstance(value, yaml.ScalarNode) or value.tag != _STRING or value.style in ("|", ">"):
        return None
    if value.end_mark.index != len(written) + 3:
        return None                                     # a comment follows
    return Scalar(key, value.value, start, start + len(written), value.style or "")


def _scalar(body: str, offset: int, node: yaml.ScalarNode, key: str, *, flow: bool) -> Scalar:
    start, end = node.start_mark.index, node.end_mark.index
    style = node.style or ""
    if style not in ("|", ">"):
        return Scalar(key, node.value, offset + start, offset + end, style, flow=flow)
    first = body.index("\n", start) + 1
    while not body[first:body.index("\n", first) if "\n" in body[first:] else len(body)].strip():
        first = body.index("\n", first) + 1
    indent = re.match(r" *", body[first:])
    width = len(indent[0]) if indent else 0
    end = first + len(body[first:end].rstrip())
    return Scalar(key, node.value.strip("\n"), offset + first + width, offset + end, style, " " * width)


def _spellings(text: str, style: str) -> Iterator[str]:
    """The ways to write a text, the source's own style first."""
    if not style:
        yield text
    if style != '"' and not _CONTROL.search(text):
        quoted = "'" + text.replace("'", "''") + "'"
        if style == "'":
            yield quoted
    yield _double(text)


def _double(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", escaped) + '"'


def _reads(written: str, text: str, *, flow: bool) -> bool:
    """True if YAML reads ``text`` where ``written`` stands."""
    try:
        found = yaml.load(f"[{written}]" if flow else f"k: {written}", Loader=_Loader)  # noqa: S506
    except (yaml.YAMLError, UnicodeError, ValueError):
        return False
    return bool(found == ([text] if flow else {"k": text}))


def _write_block(text: str, scalar: Scalar) -> str:
    lines = [_CONTROL.sub(" ", line).strip() for line in text.strip().split("\n")]
    gap = "\n" if scalar.style == "|" else "\n\n"
    out = lines[0]
    for line in lines[1:]:
        out += gap + scalar.indent + line if line else gap
    return out


# -- TOML ---------------------------------------------------------------------------------


def _toml_scalars(body: str, offset: int) -> Iterator[Scalar]:
    for match in _TOML.finditer(body):
        raw = match["value"]
        if raw is None:
            continue
        text = tomllib.loads("k = " + raw)["k"]
        if text.strip():
            quote = raw[:3] if raw[:3] in ('"""', "'''") else raw[0]
            key = match["key"].rpartition(".")[2].strip('"')
            yield Scalar(key, text, offset + match.start("value"), offset + match.end("value"), "toml" + quote)


def _write_toml(text: str, quote: str) -> str:
    if quote[0] == "'" and quote not in text and not _CONTROL.search(text.replace("\n", "")) and (
            len(quote) == 3 or "\n" not in text) and not text.startswith("'") and not text.endswith("'"):
        return quote + text + quote
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    if len(quote) == 3:
        return '"""' + _CONTROL.sub(lambda m: m[0] if m[0] == "\n" else f"\\u{ord(m[0]):04x}", escaped) + '"""'
    return '"' + _CONTROL.sub(lambda m: f"\\u{ord(m[0]):04x}", escaped) + '"'


# -- JSON ---------------------------------------------------------------------------------


def _json_scalars(body: str, offset: int) -> Iterator[Scalar]:
    """The strings of an object, those of a list by the key of the list."""
    key = ""
    above: list[str] = []
    for match in _JSON.finditer(body):
        written, sign = match["string"], match[0]
        if written is None:
            if sign in ("{", "["):
                above.append(key)
            elif sign in ("}", "]") and above:
                key = above.pop()
        elif match["colon"]:
            key = json.loads(written)
        else:
            text = json.loads(written)
            if text.strip():
                style = "json ascii" if re.search(r"\\u", written) else "json"
                yield Scalar(key, text, offset + match.start("string"), offset + match.end("string"), style)
