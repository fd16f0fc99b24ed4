"""The ends of claims: results into ``out/``, originals into ``processed/`` or, with a note, into ``failed/``."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.documents import DocumentStore, document_id
from storage.vocabulary import Job, Problem, State
from workers.intake import REPORT, RESULT
from workers.watching.claims import READY, Claim, Reached
from workers.watching.places import FAILED, OUT, PROCESSED, Name, equal, inside, present, put

NOTE, PLACE = "note.json", "failed"
"""In ``ready``: the note, and a folder with an empty file whose name the original will have."""
NOTE_SUFFIX, REPORT_SUFFIX = ".error.json", ".report.json"

ANEW = "Open it in the program that made it, save it anew, and put it into its folder in “in”."
ADVICE: Mapping[str, str] = {
    "damaged-document": ANEW,
    "unreadable-document": ANEW,
    "unsafe-document": "Ask who sent it. If it is meant well, save it anew in another program, and put that into its "
                       "folder in “in”.",
    "encrypted-document": "Save it without a password, and put it into its folder in “in”.",
    "too-large-document": "Split it, and put the parts into its folder in “in”.",
    "undecodable-document": "Save it as UTF-8, and put it into its folder in “in”.",
    "unknown-format": "Put Markdown, HTML and Word documents here.",
    "empty-document": "Put it into its folder in “in” again when it has content.",
    "not-a-file": "Put the document itself here, not a link to it.",
    "unreadable-file": "Let the account of the watcher read it, then move it into its folder in “in” again.",
    "unsupported-languages": "Put it into the folder of another language; “diglot languages” lists them.",
    "impossible-request": "Correct the settings of the watched folder, then move it into its folder in “in” again.",
    "unknown-profile": "Add the profile to the settings, or move it into another folder in “in”.",
}
"""What to do, by the kind of the problem."""
AGAIN = "Move it into its folder in “in” to try again."


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no translation."""

    problem: Problem
    job: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Writes the ends of claims. Every method raises OSError, StoreFault; what was done then stays done."""

    documents: DocumentStore
    reached: Reached

    def stage(self, claim: Claim, root: int, jobs: Mapping[str, Job], failures: Iterable[Failure]) -> None:
        """Write what is to be delivered where nobody looks. Raises DocumentNotFound if it is kept no more."""
        with suppress(FileNotFoundError):
            shutil.rmtree(claim.staging)                    # of one who did not come to the end
        claim.staging.mkdir()
        (claim.staging / OUT).mkdir()
        mode = stat.S_IMODE(claim.source.lstat().st_mode) & 0o666 | 0o600     # a private file stays private
        for language, job in jobs.items():
            self._stage_result(claim, root, language, job, mode)
        self.reached("staging")
        failures = tuple(failures)
        if failures:
            self._stage_note(claim, root, failures)
        self.reached("staged")
        claim.staging.rename(claim.path / READY)
        self.reached("ready")

    def _stage_result(self, claim: Claim, root: int, language: str, job: Job, mode: int) -> None:
        plain, mark, part = Name.of(claim.name), f".{language}", claim.staging / OUT / "part"
        name = Name(plain.stem, plain.suffix, mark)
        with inside(root, (OUT, *claim.folder), make=True) as folder:
            self._write(part, document_id(job.id, RESULT), mode)
            number = 1
            while present(folder, name.numbered(number)) and not equal(part, folder, name.numbered(number)):
                number += 1
            report = Name(plain.stem, REPORT_SUFFIX, mark).numbered(number)
            told = present(folder, name.numbered(number)) and present(folder, report)
        part.rename(part.with_name(name.numbered(number)))
        if job.state is State.WARNINGS and not told:
            self._write(part.with_name(report), document_id(job.id, REPORT), mode)

    def _write(self, path: Path, document: str, mode: int) -> None:
        with path.open("xb") as file:
            for piece in self.documents.stream(document):
                file.write(piece)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())

    def _stage_note(self, claim: Claim, root: int, failures: Iterable[Failure]) -> None:
        name, number = Name.of(claim.name), 1
        with inside(root, (FAILED, *claim.folder), make=True) as folder:
            while present(folder, place := _place(claim, name, number)) or present(folder, _note_name(place)):
                number += 1
        (claim.staging / PLACE).mkdir()
        (claim.staging / PLACE / place).touch()
        with (claim.staging / NOTE).open("w", encoding="utf-8") as file:
            json.dump(_note(claim, failures), file, ensure_ascii=False, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())

    def deliver(self, claim: Claim, root: int) -> bool:
        """Move all to its place, the original once the rest outlasts a loss of power; gives whether all was well."""
        if results := sorted((claim.ready / OUT).iterdir()):
            with inside(root, (OUT, *claim.folder), make=True) as folder:
                for path in results:
                    put(path, folder, Name.of(path.name), same=True)
                    self.reached("result-put")
                os.fsync(folder)
        place = next(iter((claim.ready / PLACE).iterdir()), None) if (claim.ready / PLACE).is_dir() else None
        if place is None:
            today = datetime.now().astimezone().date().isoformat()
            with inside(root, (PROCESSED, today, *claim.folder), make=True) as folder:
                put(claim.source, folder, Name.of(claim.name), same=False)
        else:
            with inside(root, (FAILED, *claim.folder), make=True) as folder:
                with suppress(FileNotFoundError):
                    os.replace(claim.ready / NOTE, _note_name(place.name), dst_dir_fd=folder)
                os.fsync(folder)
                self.reached("note-put")
                put(claim.source, folder, Name.of(place.name), same=False)
        self.reached("original-put")
        claim.remove()
        self.reached("removed")
        return place is None


def display_name(name: str) -> str:
    """A file's name as people may be shown it, whatever bytes it has."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _place(claim: Claim, name: Name, number: int) -> str:
    return claim.name if number == 1 else name.numbered(number)


def _note_name(place: str) -> str:
    return Name(place, NOTE_SUFFIX).numbered(1)


def _note(claim: Claim, failures: Iterable[Failure]) -> dict[str, object]:
    return {
        "name": display_name(claim.name),
        "time": datetime.now().astimezone().isoformat(timespec="seconds"),
        "problems": [{
            "language": failure.language, "kind": failure.problem.kind, "message": failure.problem.message,
            "advice": ADVICE.get(failure.problem.kind, AGAIN), "job": failure.job} for failure in failures],
    }
