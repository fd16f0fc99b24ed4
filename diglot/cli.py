"""The command line: options, help, exit codes. What a command does stands in its own module, which is
imported when the command runs, so that ``diglot --help`` answers at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from diglot import __version__, jobs_cli, service_cli
from diglot.arguments import (
    BaseUrl,
    Config,
    DryRun,
    Engine,
    Force,
    Format,
    From,
    FrontMatterKey,
    Glossaries,
    Inflect,
    Inputs,
    Jobs,
    Keep,
    KeepFile,
    MemoryFile,
    Model,
    NoConsistency,
    NoMask,
    Numbering,
    Others,
    Output,
    PinHeadings,
    ProfileName,
    Quiet,
    ReportPlace,
    Stream,
    To,
    Unknown,
    examples,
    filled,
    path,
)
from diglot.exits import MEANING, Exit, exit_of, sentence_of
from diglot.streams import stand_in

if TYPE_CHECKING:
    from parsers.options import ParseOptions
    from pipeline.glossary import Termbase

EXIT_CODES = "\b\nExit codes:\n" + "\n".join(f"  {code.value:<4}{meaning}" for code, meaning in MEANING.items())

app = typer.Typer(
    name="diglot", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    rich_markup_mode=None,      # rich's help panels cost as much time as all the rest of --help
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=EXIT_CODES)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer's signature
    if wanted:
        typer.echo(f"diglot {__version__}")
        raise typer.Exit


@app.callback()
def diglot(
    version: Annotated[bool, typer.Option(
        "--version", callback=_version, is_eager=True, help="Show the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", envvar="DIGLOT_DEBUG", help="Show where a defect arose.")] = False,
) -> None:
    """Translate Markdown, HTML and Word documents; get the same document back in another language."""


@app.command(epilog=examples(
    "diglot translate guide.md --to pt-BR", "diglot translate page.html -o seite.html --from en --to de",
    "diglot translate docs/ -o site/ --to fr --to pt-BR --unknown copy",
    "diglot translate manual.docx --to fr --glossary terms.csv --report manual.json",
    "diglot translate docs/ --to fr --dry-run", "cat notes.md | diglot translate - --to pt --format markdown",
    "diglot translate docs/ --to zh --engine vllm --base-url http://gpu:8000/v1 --model hy-mt2",
) + "\n\n" + EXIT_CODES)
def translate(
    ctx: typer.Context, inputs: Inputs, to: To, output: Output = None, source: From = "auto",
    engine: Engine = None, base_url: BaseUrl = None, model: Model = None, profile: ProfileName = None,
    glossary: Glossaries = None, inflect: Inflect = False, no_consistency: NoConsistency = False,
    memory: MemoryFile = None, report: ReportPlace = None,
    no_mask: NoMask = None, keep: Keep = None, keep_file: KeepFile = None,
    front_matter_key: FrontMatterKey = None, pin_headings: PinHeadings = None, numbering: Numbering = False,
    other_languages: Others = "translate", stream: Stream = False, jobs: Jobs = None, force: Force = False,
    dry_run: DryRun = False, unknown: Unknown = "skip", format: Format = None, quiet: Quiet = False,
    config: Config = None,
) -> None:
    """Translate documents and folders.

    Everything that is not language stays as it is. A folder is mirrored, with the same file names; a
    document that cannot be read is named and the others go on. Nothing is overwritten without --force.
    """
    from diglot import translating
    from diglot.errands import Wish
    from diglot.settings import settings
    from diglot.work import Order
    from parsers.errors import UsageError
    from parsers.locales import Locale

    if unknown not in ("copy", "skip"):
        raise UsageError(f"--unknown takes copy or skip, not “{unknown}”.")
    if other_languages not in ("translate", "keep"):
        raise UsageError(f"--other-languages takes translate or keep, not “{other_languages}”.")
    chosen = settings({"engine": engine, "base_url": base_url, "model": model, "profile": profile,
                       "glossary": tuple(glossary) if glossary else None, "memory": memory}, config)
    wish = Wish(tuple(inputs), tuple(map(Locale.parse, to)), output, unknown == "copy", _format(format))
    order = Order(chosen.engine, chosen.server, None if source == "auto" else Locale.parse(source),
                  _terms_of(chosen.glossary, inflect=inflect),
                  _options(no_mask, keep, keep_file, front_matter_key, pin_headings=pin_headings, numbering=numbering),
                  keep_others=other_languages == "keep", consistency=not no_consistency,
                  certified=report is not None, memory=chosen.memory, stream=stream,
                  debug=bool(ctx.find_root().params.get("debug")))
    if dry_run:
        raise typer.Exit(translating.dry_run(wish, order))
    raise typer.Exit(translating.translate(wish, order, translating.Manner(jobs, force, report, quiet)))


@app.command(epilog=examples("diglot check guide.md guide.fr.md", "diglot check --json manual.docx manual.de.docx"))
def check(
    original: Annotated[str, typer.Argument(
        metavar="ORIGINAL", parser=filled, help="The document in its own language.")],
    translation: Annotated[str, typer.Argument(metavar="TRANSLATION", parser=filled, help="The same in another.")],
    format: Format = None, pin_headings: PinHeadings = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything that was found, as JSON.")] = False,
) -> None:
    """Compare a translation with its original.

    Says where the structure differs and which text is the same in both. Works on any translation, whoever
    made it. Ends with 0 if both have the same structure and no sentence was left, with 1 if not.
    """
    from diglot import inspecting

    options = _options(pin_headings=pin_headings)
    raise typer.Exit(inspecting.check(original, translation, _format(format), options, as_json=as_json))


@app.command(epilog=examples("diglot segments guide.md", "diglot segments manual.docx --protected | jq .text"))
def segments(
    file: Annotated[str, typer.Argument(metavar="FILE", parser=filled, help="A document, or - for standard input.")],
    format: Format = None, no_mask: NoMask = None, keep: Keep = None, keep_file: KeepFile = None,
    front_matter_key: FrontMatterKey = None, numbering: Numbering = False,
    protected: Annotated[bool, typer.Option("--protected", help="List what is not translated, too, and why.")] = False,
) -> None:
    """Show what an engine would be sent, as JSON lines."""
    from diglot import inspecting

    options = _options(no_mask, keep, keep_file, front_matter_key, numbering=numbering)
    raise typer.Exit(inspecting.segments(file, _format(format), options, protected=protected))


@app.command(epilog=examples("diglot formats"))
def formats() -> None:
    """List the formats that can be translated."""
    from diglot import inspecting

    raise typer.Exit(inspecting.formats())


@app.command(epilog=examples(
    "diglot engines", "diglot engines --check --base-url http://gpu:8000/v1 --model hy-mt2") + "\n\n" + EXIT_CODES)
def engines(
    check: Annotated[bool, typer.Option(
        "--check", help="Reach the model server; say what it serves, its limits, and what it can do.")] = False,
    base_url: BaseUrl = None, model: Model = None, profile: ProfileName = None, config: Config = None,
) -> None:
    """List the engines that can translate, or look whether the model server is fit for use."""
    from diglot import inspecting

    if not check:
        raise typer.Exit(inspecting.engines())
    from diglot.serving import check as look
    from diglot.settings import settings

    raise typer.Exit(look(settings({"base_url": base_url, "model": model, "profile": profile}, config).server))


@app.command("profile-eval", epilog=examples(
    "diglot profile-eval --base-url http://gpu:8000/v1 --model hy-mt2 --from en --to zh",
    "diglot profile-eval --model hy-mt2 --profile hy-mt2/lean --profile hy-mt1.5/lean --set ours.jsonl --to de"))
def profile_eval(
    to: Annotated[str, typer.Option("--to", metavar="LANG", help="Language to translate into.")] = "pt",
    source: Annotated[str, typer.Option("--from", metavar="LANG", help="Language of the examples.")] = "en",
    base_url: BaseUrl = None, model: Model = None,
    profile: Annotated[list[str] | None, typer.Option(
        "--profile", metavar="NAME[/RECIPE]", help="A profile with all its recipes, or with one; repeatable. "
        "Default: by the model's name.")] = None,
    penalty: Annotated[list[str] | None, typer.Option(
        "--penalty", metavar="X", help="Repetition penalty of texts with inline markup; repeatable.")] = None,
    file: Annotated[Path | None, typer.Option(
        "--set", metavar="FILE", parser=path, help="Examples of your own, JSON lines; see docs/profiles.md.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object for each way, translations included.")] = False,
    config: Config = None,
) -> None:
    """Compare ways of asking a model, by figures.

    Translates a set of examples with inline markup and terms in each way and prints how often the markup
    was exact, where it stood, whether the terms came out, chrF, and how much had to be asked.
    """
    from diglot.evaluating import compare
    from diglot.settings import settings
    from parsers.locales import Locale

    options = settings({"base_url": base_url, "model": model}, config).server
    raise typer.Exit(compare(options, profile or (), penalty or (), (Locale.parse(source), Locale.parse(to)), file,
                             as_json=as_json))


@app.command(epilog=examples("diglot languages"))
def languages() -> None:
    """List languages and their codes."""
    from diglot import inspecting

    raise typer.Exit(inspecting.languages())


memory_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None,
    help="Import, export, count and forget what a translation memory keeps.",
    epilog=examples("diglot memory import client.tmx --memory team.memory",
                    "diglot translate docs/ --to fr --memory team.memory",
                    "diglot memory stats --memory team.memory"))
app.add_typer(memory_app, name="memory")


@memory_app.command("import", epilog=examples("diglot memory import client.tmx --memory team.memory"))
def memory_import(
    source: Annotated[Path, typer.Argument(
        metavar="TMX", parser=path, help="A file of any translation tool, TMX 1.1 to 1.4b.")],
    memory: MemoryFile = None, quiet: Quiet = False, config: Config = None,
) -> None:
    """Bring in what people have translated. It goes before whatever an engine would say."""
    from diglot import remembering

    raise typer.Exit(remembering.bring_in(source, _memory(memory, config), quiet=quiet))


@memory_app.command("export", epilog=examples(
    "diglot memory export all.tmx --memory team.memory",
    "diglot memory export - --memory team.memory | gzip > all.tmx.gz"))
def memory_export(
    output: Annotated[str, typer.Argument(
        metavar="TMX", parser=filled, help="File to write, or - for standard output.")],
    memory: MemoryFile = None, force: Force = False, quiet: Quiet = False, config: Config = None,
) -> None:
    """Write everything that the memory keeps as TMX 1.4b."""
    from diglot import remembering

    raise typer.Exit(remembering.write_out(output, _memory(memory, config), replace=force, quiet=quiet))


@memory_app.command("stats", epilog=examples("diglot memory stats --memory team.memory"))
def memory_stats(memory: MemoryFile = None, config: Config = None) -> None:
    """Show how much is kept for each pair of languages, and how often it was used."""
    from diglot import remembering

    raise typer.Exit(remembering.stats(_memory(memory, config)))


@memory_app.command("purge", epilog=examples(
    "diglot memory purge --unused-for 365 --memory team.memory",
    "diglot memory purge --unused-for 0 --memory old.memory"))
def memory_purge(
    unused_for: Annotated[float, typer.Option("--unused-for", min=0, metavar="DAYS", help="0: forget everything.")],
    memory: MemoryFile = None, quiet: Quiet = False, config: Config = None,
) -> None:
    """Forget what was not used for so many days, imported or not, and make the file smaller."""
    from diglot import remembering

    raise typer.Exit(remembering.purge(_memory(memory, config), unused_for, quiet=quiet))


service_cli.register(app, EXIT_CODES)
jobs_cli.register(app)


def _memory(given: Path | None, config: Path | None) -> Path:
    from diglot.settings import settings
    from parsers.errors import UsageError

    memory = settings({"memory": given}, config).memory
    if memory is None:
        raise UsageError("Name the memory with --memory FILE.")
    return memory


def _format(name: str | None) -> str | None:
    from parsers import FORMATS
    from parsers.errors import UsageError

    if name is None or any(one.name == name for one in FORMATS):
        return name
    raise UsageError(f"There is no format “{name}”; there are {', '.join(one.name for one in FORMATS)}.")


def _options(no_mask: list[str] | None = None, keep: list[str] | None = None, keep_file: list[Path] | None = None,
             front_matter_key: list[str] | None = None, *, pin_headings: str | None = None,
             numbering: bool = False) -> ParseOptions:
    from parsers.errors import UsageError
    from parsers.masking import KINDS, MaskRules
    from parsers.options import FRONT_MATTER_KEYS, PINS, ParseOptions

    if pin_headings is not None and pin_headings not in PINS:
        raise UsageError(f"--pin-headings takes {' or '.join(PINS)}, not “{pin_headings}”.")
    strange = [kind for kind in no_mask or () if kind not in KINDS]
    if strange:
        raise UsageError(f"--no-mask knows no “{strange[0]}”; it knows {', '.join(KINDS)}.")
    terms = [*(keep or ()), *(term for path in keep_file or () for term in _terms(path))]
    keys = {key.lower().replace("-", "_") for key in front_matter_key or ()}
    return ParseOptions(MaskRules(frozenset(no_mask or ()), tuple(dict.fromkeys(terms))), FRONT_MATTER_KEYS | keys,
                        pin_headings=pin_headings or "", numbering=numbering)


def _terms(path: Path) -> list[str]:
    from parsers.errors import UsageError

    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The list of terms cannot be read as UTF-8 text: {error}.") from error
    return [term for line in lines if (term := line.strip()) and not term.startswith("#")]


def _terms_of(paths: Sequence[Path], *, inflect: bool) -> Termbase:
    from pipeline.glossary import Termbase as Terms

    return Terms.load(*paths, inflection=inflect)


def main(arguments: list[str] | None = None) -> NoReturn:
    """The entry point: the one place that catches everything. Never shows a traceback unasked."""
    given = sys.argv[1:] if arguments is None else arguments
    stand_in()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")      # a terminal without a letter is no reason to fail
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)    # a script's background jobs are born deaf to it
        signal.signal(signal.SIGTERM, _stop)
    try:
        code = app(given, prog_name="diglot", standalone_mode=False)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):       # typer exits by itself over a broken pipe, and over nothing else
        from diglot.console import leave_pipe

        leave_pipe()
        code = Exit.OK
    except (KeyboardInterrupt, typer.Abort):
        code = Exit.INTERRUPTED
    except BaseException as error:  # noqa: BLE001 - the boundary of this process; a panic of native code is no Exception
        code = _fail(error, given)
    if code == Exit.INTERRUPTED:        # typer makes an exit of a KeyboardInterrupt
        _tell("Interrupted; what is finished stays, and nothing is half-written.", Exit.INTERRUPTED)
    sys.exit(int(code or 0))


def _stop(*_: object) -> None:
    """As Ctrl-C: whatever listens to that ends in good order."""
    signal.raise_signal(signal.SIGINT)


def _fail(error: BaseException, given: list[str]) -> Exit:
    """Tell of an error in one sentence."""
    usage_kind = typer.BadParameter.__mro__[1]     # typer exports no name for the base of its usage errors
    if isinstance(error, usage_kind):
        text = " ".join(error.format_message().split())  # type: ignore[attr-defined]
        place = error.ctx.command_path if error.ctx else "diglot"  # type: ignore[attr-defined]
        return _tell(f"{text.rstrip('.')}. See {place} --help.", Exit.USAGE)
    code = exit_of(error)
    if code is Exit.INTERNAL and ("--debug" in given or os.environ.get("DIGLOT_DEBUG")):
        import traceback

        traceback.print_exception(error)
    return _tell(sentence_of(error), code)


def _tell(sentence: str, code: Exit) -> Exit:
    sys.stderr.write(f"diglot: {sentence}\n")
    return code

