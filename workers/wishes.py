"""What a kept job asks of the pipeline: the same for whoever reads its document, whenever that is."""

from __future__ import annotations

from parsers.locales import Locale
from pipeline.glossary import Termbase
from pipeline.glossary_files import parsed
from pipeline.job import Job as Wish
from storage.documents import DocumentStore, document_id
from storage.vocabulary import Job
from workers.intake import terms_kind
from workers.options import Options


def wish_of(job: Job, documents: DocumentStore, priority: int = 0) -> Wish:
    """With the job's own copies of its term lists.

    Raises UsageError for what another version wrote, DocumentNotFound, StoreFault.
    """
    values = dict(job.options)
    lists = tuple(map(str, values.pop("terms", ())))
    options = Options.read(values)
    terms = Termbase(tuple(parsed(name, documents.read(document_id(job.id, terms_kind(number))))
                           for number, name in enumerate(lists)), options.inflect)
    source = Locale.parse(job.source_language) if job.source_language else None
    return options.job(source, Locale.parse(job.target_language), terms, priority)
