"""The translation in what a model wrote: without the marks that it was asked for, or adds by habit."""

from __future__ import annotations

import re

from parsers.document import Content, text_of

THOUGHT = re.compile(r"\s*<think>.*?</think>\s*", re.DOTALL)
MARKED = re.compile(r".*?<(?P<mark>target|source)>(?P<inner>.*?)(?:</(?P=mark)>.*|\Z)", re.DOTALL)
"""No text that a model is shown has such marks of its own: `disguise` sees to that."""
STRAY = re.compile(r"\A\s*</?(?:target|source|context)>|</?(?:target|source|context)>\s*\Z")
HEADED = re.compile(r"\[Source Text\]\s*|【待翻译文本】\s*")
"""The line that stands over the text in prompts with a background."""
FENCED = re.compile(r"(?P<fence>```+|~~~+)[\w-]*\n(?P<inner>.*?)\n?(?P=fence)", re.DOTALL)
QUOTES = ('""', "“”", "„“", "„”", "«»", "「」", "『』", "''", "‘’", "``")
QUOTE_MARKS = frozenset("".join(QUOTES)) - {"’", "'"}
"""Apostrophes are no quotation marks."""


def unwrapped(answer: str, source: Content) -> str:
    """An answer without thoughts, marks, code fences and quotation marks around it.

    Fences and quotation marks go only if ``source``, as the model was shown it, has none.
    """
    text = THOUGHT.sub("", answer, count=1) if answer.lstrip().startswith("<think>") else answer
    marked = MARKED.fullmatch(text)
    text = STRAY.sub("", marked["inner"] if marked else text).strip()
    shown = text_of(source)
    headed = HEADED.match(text)
    if headed and not HEADED.match(shown):
        text = text[headed.end():]
    fenced = FENCED.fullmatch(text)
    if fenced and "```" not in shown and "~~~" not in shown:
        text = fenced["inner"].strip()
    if text[:1] + text[-1:] in QUOTES and len(text) > 1 and QUOTE_MARKS.isdisjoint(shown):
        inner = text[1:-1]
        if text[0] not in inner and text[-1] not in inner:
            text = inner.strip()
    return text
