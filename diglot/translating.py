"""`diglot translate`, once its options are read: do the errands, write, tell."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from diglot.console import Console, console_for, counted, leave_pipe, many, say, summary
from diglot.errands import STANDARD, Errand, Plan, Wish, check_outputs, plan, report_place
from diglot.exits import Exit, exit_of, sentence_of, shown
from diglot.outputs import mode_of, write
from diglot.work import (
    Finished,
    News,
    Order,
    Progressed,
    Settled,
    collect_seldom,
    format_for,
    perform_all,
    processes,
    read,
)
from parsers.errors import DiglotError, UsageError

if TYPE_CHECKING:
    from pipeline.translation import Estimate


@dataclass(frozen=True, slots=True)
class Manner:
    """How a translate command goes about it."""

    jobs: int | None = None
    replace: bool = False
    report: str | None = None
    quiet: bool = False


def translate(wish: Wish, order: Order, manner: Manner) -> Exit:
    """Translate all that was wished for. Gives the worst exit code of all documents; raises
    UsageError and EngineError before anything is written."""
    collect_seldom()
    _check_standard(wish, order, manner.report)
    began = time.monotonic()
    made = plan(wish)
    check_outputs(made, replace=manner.replace)
    if order.source is not None:
        for target in wish.targets:
            order.glossary.between(order.source, target)    # a glossary of other languages is told at once
    reports = _reports(made, manner)
    tell = console_for(len(made.errands), quiet=manner.quiet, streams=order.stream)
    done: list[Finished] = []

    def hear(news: News) -> None:
        if isinstance(news, Progressed):
            tell.segments(news.errand, news.done, news.total)
        else:
            _show(news)

    work = perform_all(made.errands, order, processes(manner.jobs, len(made.errands)), hear)
    try:
        codes = [_complain(made, tell)]
        with closing(work):                                 # at an interruption it ends before this does
            for finished in work:
                delivered = deliver(finished, reports, replace_there=manner.replace)
                tell.finished(delivered)
                if delivered.error and not (delivered.engine_lost and any(one.engine_lost for one in done)):
                    tell.line(f"diglot: {delivered.errand.shown}: {delivered.error}")
                codes.append(delivered.code)
                done.append(replace(delivered, output=None, report=None))
        lost = sum(one.engine_lost for one in done)
        if lost > 1:
            tell.line(f"diglot: {many(lost - 1, 'other document')} failed for the same reason.")
        codes.append(_copy(made, tell, replace_there=manner.replace))
    finally:
        tell.close()
    if not manner.quiet:
        _close(made, done, time.monotonic() - began)
    return max(codes)


def _show(settled: Settled) -> None:
    """A segment as a JSON line on standard output. A reader that leaves has seen enough; the work goes on."""
    line = {"document": settled.errand.shown, "target_language": settled.errand.target.tag, **settled.line}
    try:
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        leave_pipe()


def deliver(finished: Finished, reports: Mapping[Errand, Path | None], *, replace_there: bool) -> Finished:
    """Write an output and its report, if one is wanted; an output that cannot be written is an error of its errand."""
    if finished.output is None:
        return finished
    errand = finished.errand
    try:
        _put(errand.output, finished.output, replace_there=replace_there,
             mode=mode_of(errand.source) if errand.source else None)
        if errand in reports:
            text = json.dumps({"source": errand.shown, "output": errand.output and shown(errand.output),
                               **(finished.report or {})}, ensure_ascii=False, indent=1)
            _put(reports[errand], text.encode("utf-8", "backslashreplace") + b"\n", replace_there=replace_there)
    except BrokenPipeError:
        raise
    except (OSError, UsageError) as error:
        return replace(finished, code=exit_of(error), error=sentence_of(error), counts={}, kept={})
    return finished


def _put(place: Path | None, data: bytes, *, replace_there: bool, mode: int | None = None) -> None:
    """Write a file, or to standard output. Raises OSError, UsageError."""
    if place is not None:
        write(place, data, replace=replace_there, mode=mode)
        return
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def dry_run(wish: Wish, order: Order) -> Exit:
    """Say what a translation would do, without an engine and without writing."""
    _check_standard(wish, order, None)
    made = plan(wish)
    codes = [_complain(made, console_for(1, quiet=True))]
    found: list[Estimate] = []
    for errand in made.errands:
        try:
            found.append(estimated(errand, order))
        except (DiglotError, OSError) as error:
            say(f"diglot: {errand.shown}: {sentence_of(error)}")
            codes.append(exit_of(error))
            continue
        output = "standard output" if errand.output is None else shown(errand.output)
        masks = ", ".join(f"{count} {kind}" for kind, count in found[-1].masks.items()) or "none"
        sys.stdout.write(f"{errand.shown} → {output} ({found[-1].source_language} → {errand.target.tag})\n"
                         f"  {_sizes(found[-1:])}; masked: {masks}\n")
    if len(found) > 1:
        sys.stdout.write(f"{many(len(found), 'document')}: {_sizes(found)}\n")
    sys.stdout.write("Nothing was translated or written.\n")
    return max(codes)


def estimated(errand: Errand, order: Order) -> Estimate:
    """What one errand would ask of an engine. Raises DocumentError."""
    from pipeline.translation import Job, estimate

    data = read(errand)
    return estimate(data, Job(format_for(errand, data), errand.target, order.source, order.glossary, order.options))


def _sizes(found: Sequence[Estimate]) -> str:
    segments, words = sum(one.segments for one in found), sum(one.words for one in found)
    repeats, tokens = sum(one.repeats for one in found), sum(one.tokens for one in found)
    return (f"{many(segments, 'segment')}, {many(words, 'word')}, {repeats:,} repeated; "
            f"about {tokens:,} tokens to translate")


def _check_standard(wish: Wish, order: Order, report: str | None) -> None:
    """Refuse a second thing on standard output, or the first where it is closed. Raises UsageError."""
    if order.stream and wish.to_standard:
        raise UsageError("--stream shows segments on standard output; give the document another place with -o.")
    if report == STANDARD and (order.stream or wish.to_standard):
        other = "--stream shows segments" if order.stream else "the document goes"
        raise UsageError(f"With --report - nothing else goes to standard output, but {other} there; give a file.")
    if wish.to_standard or order.stream or report == STANDARD:
        sys.stdout.write("")                                # a closed one is told before the work


def _reports(made: Plan, manner: Manner) -> dict[Errand, Path | None]:
    if manner.report is None:
        return {}
    reports = {errand: report_place(manner.report, errand, alone=len(made.errands) == 1) for errand in made.errands}
    places = {errand: place for errand, place in reports.items() if place}
    pairs = [(errand.source, errand.output) for errand in made.errands] + made.copies
    others = {os.path.realpath(path) for pair in pairs for path in pair if path}
    for place in places.values():
        if os.path.realpath(place) in others:
            raise UsageError(f"The report {shown(place)} would take the place of a document; give another --report.")
    check_outputs(Plan([replace(errand, output=place) for errand, place in places.items()]),
                  replace=manner.replace, option="--report")
    return reports


def _complain(made: Plan, tell: Console) -> Exit:
    """Name the folders that could not be listed; without any document the best code is that of warnings."""
    for folder, reason in made.unreadable:
        tell.line(f"diglot: {shown(folder)}: The folder cannot be listed: {reason}.")
    if made.unreadable:
        return Exit.DOCUMENT
    return Exit.OK if made.errands else Exit.WARNINGS


def _copy(made: Plan, tell: Console, *, replace_there: bool) -> Exit:
    code = Exit.OK
    for source, output in made.copies:
        try:
            write(output, source.read_bytes(), replace=replace_there, mode=mode_of(source))
        except (OSError, UsageError) as error:
            tell.line(f"diglot: {shown(source)}: {sentence_of(error)}")
            code = max(code, exit_of(error))
    return code


def _close(made: Plan, done: Sequence[Finished], seconds: float) -> None:
    """The closing line; nothing where a single document has failed and said so."""
    if len(done) == 1 and not (made.copies or made.skipped):
        only = done[0]
        if only.error is None:
            output = "" if only.errand.output is None else f"{shown(only.errand.output)}: "
            say(f"{output}{counted(only.counts, only.kept)} ({only.seconds:.1f} s)")
            if only.warnings:
                more = f" (and {len(only.warnings) - 1} more; --report lists them)" if len(only.warnings) > 1 else ""
                say(f"warning: {only.warnings[0]}{more}")
            for note in only.notes:
                say(f"note: {note}")
        return
    say(summary(done, len(made.copies), len(made.skipped), len(made.left_out), seconds))
    if noted := sum(bool(one.notes) for one in done):
        say(f"note: links in {many(noted, 'document')} lead nowhere in the translation; --report names them, "
            "--pin-headings keeps them")

