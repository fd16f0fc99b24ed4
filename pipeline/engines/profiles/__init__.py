"""What a family of instruction models is told, and how Codes are written for it.

A profile owns prompts, sampling, names of languages and the dialect of Codes; the engine that speaks
to a server owns none of them. A profile is one value in `PROFILES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from parsers.document import Content, content
from parsers.errors import UsageError
from parsers.locales import Locale
from pipeline.engines import Rung, UnsupportedPair
from pipeline.engines.pieces import with_edges
from pipeline.engines.profiles import templates
from pipeline.engines.profiles.dialect import Dialect, TagDialect
from pipeline.engines.profiles.spacing import spaced_as
from pipeline.engines.profiles.tasks import Recipe, Shown, Task, When, task
from pipeline.engines.profiles.unwrapping import unwrapped
from pipeline.languages import LANGUAGES, UNKNOWN, Language, language_of

__all__ = ["PROFILES", "Dialect", "Profile", "Recipe", "Shown", "TagDialect", "When", "profile_named"]

Message = dict[str, str]

PENALTY_FIELD = "repetition_penalty"


@dataclass(frozen=True, slots=True)
class Profile:
    """One family of models, and the recipe by which its prompts are made."""

    name: str
    """As on the command line: ``hy-mt2``, ``generic``…"""
    edition: int
    """Counts the changes of its prompts."""
    template: Callable[[Task], str] = field(repr=False)
    recipes: tuple[Recipe, ...]
    """The first is the default."""
    recipe: Recipe
    models: re.Pattern[str]
    """What names of models of this family have in them."""
    card: Mapping[str, float | int]
    """Sampling as the model card gives it; empty: the server's own default, which vLLM takes from the model."""
    languages: tuple[Language, ...] = LANGUAGES
    """Empty: any."""
    target_marks: bool = False
    """The rule for tags asks for ``<target>…</target>`` around the answer."""
    dialect: Dialect = field(default_factory=TagDialect)
    most_tokens: int = 4096
    """Tokens of an answer at most (Hy-MT2 model card: ``max_tokens``)."""

    @property
    def version(self) -> str:
        """Changes with every change of its prompts; part of the engine's signature."""
        return f"{self.edition}-{self.recipe.name}"

    def by(self, recipe: str, penalty: str = "") -> Profile:
        """This profile with another of its recipes and another repetition penalty for texts with Codes.

        Raises UsageError if it has no recipe of that name, or the penalty is no number from 0 to 2.
        """
        found = next((one for one in self.recipes if one.name == recipe), None)
        if found is None:
            known = ", ".join(one.name for one in self.recipes)
            raise UsageError(f"The profile {self.name} has no recipe “{recipe}”; it has {known}.")
        if penalty:
            if not re.fullmatch(r"[012](\.\d+)?", penalty):
                raise UsageError(f"“{penalty}” is no repetition penalty; use a number such as 1.05.")
            found = replace(found, name=f"{recipe}/{penalty}", penalty=float(penalty))
        return replace(self, recipe=found)

    def check(self, source: Locale, target: Locale) -> None:
        """Raises UnsupportedPair for a language that the models do not know, and for the same on both sides."""
        if (source.language, source.script) == (target.language, target.script):
            raise UnsupportedPair(f"Source and target are both {target.language}; name others with --from and --to.")
        for locale in (source, target):
            listed = language_of(locale)
            if self.languages and locale != UNKNOWN and listed not in self.languages:
                known = ", ".join(one.tag for one in self.languages)
                raise UnsupportedPair(f"{self.name} does not know the language {locale.tag}; it knows {known}.")

    def sampling(self, rung: Rung, *, tagged: bool = False) -> dict[str, float | int]:
        """Sampling parameters of a chat request; ``tagged``: its text has Codes.

        Freely, they are the model card's; from the second rung on the likeliest token is taken, where
        top_k and top_p change nothing. The repetition penalty acts on that choice, too: it is the
        card's for plain texts, against loops, and the recipe's for texts with Codes.
        """
        chosen = dict(self.card)
        if rung is not Rung.FREE:
            chosen = {"temperature": 0.0, **{name: chosen[name] for name in (PENALTY_FIELD,) if name in chosen}}
        if tagged and (PENALTY_FIELD in chosen or self.recipe.penalty != 1.0):
            chosen[PENALTY_FIELD] = self.recipe.penalty
        return chosen

    def messages(self, shown: Shown) -> list[Message]:
        """The chat messages for a request: a single one; HY-MT has no system prompt, and others may refuse one."""
        return [{"role": "user", "content": self.template(task(shown, self.recipe, self.dialect))}]

    def wrapping(self, shown: Shown) -> tuple[str, str]:
        """What stands before and after the translation in an answer as the prompt asks for it."""
        return ("<target>", "</target>") if self.target_marks and self.recipe.tags and shown.tagged else ("", "")

    def answer(self, text: str, shown: Shown) -> Content:
        """The translation in a model's text: unwrapped, Codes decoded, white space as in the source."""
        source, request = shown.content, shown.request
        items = spaced_as(source, self.dialect.decode(unwrapped(text, source), source), request.target)
        return with_edges(request.content, content(
            shown.disguise.take_off(item) if isinstance(item, str) else item for item in items))


# ---- the profiles ----------------------------------------------------------------------------------
FULL = Recipe("full", "context, terms and the rule for tags in one prompt")
LEAN = Recipe("lean", "as full, but context only for texts without Codes", context=When.PLAIN)
SINGLE = Recipe("single", "one published template for each prompt: tags, else terms, else context", combine=False)
BARE = Recipe("bare", "neither context nor the rule for tags", context=When.NEVER, tags=False)
CHINESE = Recipe("chinese", "as full, with the instruction in Chinese", chinese=True)
REGIONAL = Recipe("regional", "as full, with the target's region in its name", regions=True)

CARD: Mapping[str, float | int] = {"temperature": 0.7, "top_p": 0.6, "top_k": 20, "repetition_penalty": 1.05}
"""HY-MT1.5 and Hy-MT2 1.8B and 7B, model cards."""
CARD_30B: Mapping[str, float | int] = {"temperature": 0.7, "top_p": 1.0, "top_k": -1, "repetition_penalty": 1.0}
"""Hy-MT2 30B-A3B, model card."""

PROFILES = (
    Profile("hy-mt2", 1, templates.hy_mt_2, (FULL, LEAN, SINGLE, BARE, CHINESE, REGIONAL), FULL,
            re.compile(r"hy[-_]?mt[-_]?2|hunyuan[-_]?mt[-_]?2", re.IGNORECASE), CARD),
    Profile("hy-mt1.5", 1, templates.hy_mt_15, (LEAN, FULL, SINGLE, BARE, CHINESE), LEAN,
            re.compile(r"hy[-_]?mt|hunyuan.*mt", re.IGNORECASE), CARD, target_marks=True),
    Profile("generic", 1, templates.generic, (replace(FULL, regions=True), replace(LEAN, regions=True), BARE),
            replace(FULL, regions=True), re.compile(""), {}, languages=()),
)
"""By a model's name the first is chosen that fits; the last fits every name."""


def profile_named(name: str, model: str) -> Profile:
    """The profile for a model: of that name, or if the name is empty the one for models that are called so.

    ``hy-mt2/lean`` is the profile hy-mt2 with its recipe lean, ``hy-mt2/lean/1.05`` the same with that repetition
    penalty for texts with Codes. Raises UsageError for a name that nobody has.
    """
    name, _, rest = name.partition("/")
    found = next((one for one in PROFILES if (one.name == name if name else one.models.search(model))), None)
    if found is None:
        raise UsageError(f"There is no profile “{name}”; there are {', '.join(one.name for one in PROFILES)}.")
    if found.name == "hy-mt2" and re.search("30b", model, re.IGNORECASE):
        found = replace(found, card=CARD_30B)
    recipe, _, penalty = rest.partition("/")
    return found.by(recipe, penalty) if recipe else found
