"""A document as a job reads it: its segments, its language, the terms for that language."""

from __future__ import annotations

from dataclasses import dataclass, replace

import parsers
from parsers.document import Document
from parsers.locales import Locale, code_of
from pipeline.glossary import Glossary
from pipeline.job import Job
from pipeline.languages import UNKNOWN, detect


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known before anything is asked."""

    given: bytes
    """The document as it was given: `Document.source` is another if its headings were to be pinned."""
    document: Document
    source: Locale
    """As the job says, or judged by the whole document."""
    glossary: Glossary
    """The terms between this language and the job's."""


def read(data: bytes, job: Job) -> Reading:
    """Parse a document, with the glossary's unchanging entries masked.

    Raises DocumentError if it cannot be read, UsageError if a glossary does not serve the languages.
    """
    if job.source is not None:
        glossary = job.glossary.between(job.source, job.target)
        return Reading(data, _parsed(data, job, glossary.keeps(), job.source), job.source, glossary)
    document = _parsed(data, job, (), UNKNOWN)
    source = detect(document)
    glossary = job.glossary.between(source, job.target)
    kept = glossary.keeps()
    again = kept or document.languages - {code_of(source.tag)}
    return Reading(data, _parsed(data, job, kept, source) if again else document, source, glossary)


def _parsed(data: bytes, job: Job, kept: tuple[str, ...], source: Locale) -> Document:
    masks = job.options.masks
    masks = replace(masks, do_not_translate=(*masks.do_not_translate, *kept))
    return parsers.parse(data, job.format, replace(job.options, masks=masks, language=code_of(source.tag)))
