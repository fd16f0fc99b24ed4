"""Claims are handed over to the service. The same bytes with the same wishes are translated once."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from parsers import format_of
from parsers.errors import DiglotError, DocumentError, UsageError
from storage.documents import PIECE, document_id
from storage.errors import GlossaryNotFound, KeyReused
from storage.vocabulary import Job, Problem, State
from workers.intake import RESULT, Asked, Intake
from workers.watching.claims import Claim, Handed
from workers.watching.delivery import display_name
from workers.watching.profiles import Profile


class Refused(DiglotError):
    """This file cannot be handed over; ``problem`` says why."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = Problem(kind, sentence)


class StillWritten(DiglotError):
    """The file changed while it was read."""


@dataclass(frozen=True, slots=True)
class Handing:
    """Hands claims over, as one tenant."""

    intake: Intake
    tenant: str
    edition: str
    """Who translates, in words: another one's results are not taken for the same."""
    most_bytes: int
    """Of a document."""

    def hand_over(self, claim: Claim, profile: Profile) -> Handed:
        """One job for each language; done again it gives the same ones. Raises Refused, StillWritten, UsageError for a
        glossary file that cannot be read, StoreError, OSError."""
        terms = profile.terms()
        with _document(claim.source) as file:
            about = os.fstat(file.fileno())
            if not about.st_size:
                raise Refused("empty-document", "The file is empty.")
            if about.st_size > self.most_bytes:
                raise Refused("too-large-document", f"The document is larger than {self.most_bytes >> 20} MB.")
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            try:
                lists = (*self.intake.stores.glossaries.files(self.tenant, profile.options.glossaries), *terms)
                jobs = {}
                for target in profile.targets:
                    asked = Asked(display_name(claim.name), target, profile.source, profile.service, profile.options,
                                  terms)
                    said = (sha256, profile.fingerprint(target, lists), _format(claim.name, profile), self.edition)
                    jobs[target.tag] = self._job(file, asked, "watched file " + " ".join(said)).id
            except KeyReused as error:
                raise StillWritten("The file is still being written.") from error
            except DocumentError as error:
                raise Refused("unknown-format", str(error)) from error
            except (UsageError, GlossaryNotFound) as error:
                raise Refused("impossible-request", str(error)) from error
        return Handed(about.st_size, about.st_mtime_ns, jobs)

    def _job(self, file: BufferedReader, asked: Asked, key: str) -> Job:
        """The job of this content. One that failed, or whose result is erased, is followed by another."""
        while True:
            file.seek(0)
            created = self.intake.submit(self.tenant, asked, iter(lambda: file.read(PIECE), b""), key)
            if created.fresh or self._good(created.job):
                return created.job
            key = f"{key} after {created.job.id}"

    def _good(self, job: Job) -> bool:
        if job.state in {State.SUCCEEDED, State.WARNINGS}:
            return not job.erased and self.intake.stores.documents.exists(document_id(job.id, RESULT))
        return not job.state.ended


def changed(claim: Claim) -> bool:
    """Whether somebody has written into the file since it was handed over. Raises OSError."""
    assert claim.handed is not None
    about = claim.source.lstat()
    return (about.st_size, about.st_mtime_ns) != (claim.handed.size, claim.handed.mtime)


def _format(name: str, profile: Profile) -> str:
    """What decides about the format beside the content."""
    known = format_of(name)
    return profile.options.format or (known.name if known else Path(name).suffix.lower())


@contextmanager
def _document(path: Path) -> Iterator[BufferedReader]:
    """The file, if it is one. Raises Refused, OSError."""
    try:
        regular = stat.S_ISREG(path.lstat().st_mode)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC) if regular else -1
    except PermissionError as error:
        raise Refused("unreadable-file", "The watcher may not read this file.") from error
    if not regular:
        raise Refused("not-a-file", "This is a link or a device, and no document.")
    with os.fdopen(descriptor, "rb") as file:
        yield file
