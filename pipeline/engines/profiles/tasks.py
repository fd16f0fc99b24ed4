"""What of a request goes into its prompt: recipes, and the task that a template writes down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from parsers.document import Content, Role, codes, content, readable
from parsers.phrases import UNSPACED
from pipeline.engines import Context, Request, Rung, Term
from pipeline.engines.pieces import bare
from pipeline.engines.profiles.dialect import Dialect
from pipeline.engines.profiles.disguise import Disguise
from pipeline.excerpts import is_short
from pipeline.languages import UNKNOWN, Language, language_of, name_of, variant_of


class When(StrEnum):
    """For which requests a part of the prompt is written."""

    ALWAYS = "always"
    PLAIN = "plain"
    """Where the text has no Codes."""
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which of context, terms and the rule for tags go into one prompt.

    A short text is never without its context, and a second try of a longer one goes without it: what
    went wrong may have come from there.
    """

    name: str
    title: str
    """For people, as ``diglot profile-eval`` shows it."""
    context: When = When.ALWAYS
    terms: When = When.ALWAYS
    tags: bool = True
    """The prompt says what the tags are."""
    combine: bool = True
    """False: only the first of tags, terms and context goes in, as in the published templates."""
    chinese: bool = False
    """The instruction is in Chinese whatever the languages, for profiles that have both."""
    regions: bool = False
    """The target is called Brazilian Portuguese, not Portuguese."""
    penalty: float = 1.0
    """Repetition penalty of texts with Codes. vLLM's counts the tokens of the prompt too, so that a value
    over 1 makes each tag of the source less likely in the answer."""

    def parts(self, shown: Shown) -> tuple[Context, tuple[Term, ...], bool]:
        """The context, the terms and whether the rule for tags is written."""
        request, tagged, short = shown.request, shown.tagged, shown.short
        terms = request.terms if _applies(self.terms, tagged=tagged) else ()
        context = request.context if short or (
            _applies(self.context, tagged=tagged) and request.rung is Rung.FREE) else Context()
        rule = tagged and self.tags
        if not self.combine:
            terms = () if rule or (short and context != Context()) else terms
            context = context if short or not (rule or terms) else Context()
        return context, terms, rule


def _applies(when: When, *, tagged: bool) -> bool:
    return when is When.ALWAYS or (when is When.PLAIN and not tagged)


@dataclass(frozen=True, slots=True)
class Shown:
    """A request as a model is shown it."""

    request: Request
    content: Content
    """No control tokens, no line breaks within (one in a text is one of its source file, and models answer line by
    line), no white space around."""
    disguise: Disguise
    """How control tokens are hidden in its prompt."""
    tagged: bool
    """It has Codes."""
    short: bool
    """It has too few words to stand alone."""

    @classmethod
    def of(cls, request: Request) -> Shown:
        """The request made ready for a prompt."""
        disguise = Disguise.of(_texts(request))
        flat = [disguise.put_on(_flat(item)) if isinstance(item, str) else item for item in request.content]
        return cls(request, bare(content(flat)), disguise, bool(codes(flat)), is_short(readable(request.content)))


@dataclass(frozen=True, slots=True)
class Task:
    """A request in the words that a prompt is made of. No text in it holds a control token."""

    text: str
    """What is to be translated, Codes as tags."""
    source: str
    """English name of the source language; empty if nobody knows it."""
    target: str
    """English name of the target language."""
    target_chinese: str
    between_chinese: bool
    """Chinese on either side: HY-MT1.5 has a prompt of its own for such pairs."""
    in_chinese: bool
    """The recipe wants an instruction in Chinese."""
    tagged: bool
    """The rule for tags is to be written."""
    terms: tuple[tuple[str, str], ...]
    context: Context
    role: str
    """What a short text is to its reader (“table cell”); empty for a longer one."""


def task(shown: Shown, recipe: Recipe, dialect: Dialect) -> Task:
    """What a template needs of a request."""
    request, disguise = shown.request, shown.disguise
    context, terms, rule = recipe.parts(shown)
    listed = language_of(request.target)
    return Task(
        "".join(dialect.spell(shown.content)),
        "" if request.source == UNKNOWN else name_of(request.source),
        (variant_of if recipe.regions else name_of)(request.target),
        listed.chinese if listed else request.target.tag,
        any(_is_chinese(language_of(one)) for one in (request.source, request.target)),
        recipe.chinese, rule,
        tuple((disguise.put_on(_flat(term.source)), disguise.put_on(_flat(term.target))) for term in terms),
        _mapped(context, lambda text: disguise.put_on(_flat(text))),
        ROLES.get(request.role, request.role.value.replace("_", " ")) if shown.short else "")


ROLES = {Role.PARAGRAPH: "", Role.ATTRIBUTE: "label", Role.FORM: "button or field of a form", Role.METADATA: "property"}
"""Roles that are called otherwise in a prompt than in the code."""


def _texts(request: Request) -> Iterator[str]:
    yield from (item for item in request.content if isinstance(item, str))
    for term in request.terms:
        yield from (term.source, term.target)
    around = request.context
    yield from (*around.headings, *around.previous, around.header, *around.siblings)


LINE_BREAK = re.compile(rf"(?P<before>[{UNSPACED}]|(?<!\s))[^\S\n]*+\n\s*+(?=(?P<after>[{UNSPACED}]?))")


def _flat(text: str) -> str:
    """A text on one line; between two letters of a script without spaces a line break was none."""
    if "\n" not in text:
        return text
    return LINE_BREAK.sub(lambda found: found["before"] + ("" if found["before"] and found["after"] else " "), text)


def _mapped(context: Context, write: Callable[[str], str]) -> Context:
    return replace(context, headings=tuple(map(write, context.headings)), previous=tuple(map(write, context.previous)),
                   header=write(context.header), siblings=tuple(map(write, context.siblings)))


def _is_chinese(language: Language | None) -> bool:
    return language is not None and language.tag in ("zh", "zh-Hant", "yue")
