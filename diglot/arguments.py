"""Arguments and options of the command line that several commands take, or that one has many of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def examples(*lines: str) -> str:
    """An epilog of commands to try."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def filled(text: str) -> str:
    """A value that may not be empty, as that of a shell variable that is not set. Raises BadParameter."""
    if not text:
        raise typer.BadParameter("it is empty")
    return text


def path(text: str) -> Path:
    """A path; an empty one would be the current folder. Raises BadParameter."""
    return Path(filled(text))


Inputs = Annotated[list[str], typer.Argument(
    metavar="INPUT", parser=filled, help="Documents, folders, or - for standard input.")]
To = Annotated[list[str], typer.Option(
    "--to", metavar="LANG", help="Language to translate into (pt-BR, fr, zh-Hant …); repeatable.")]
Output = Annotated[str | None, typer.Option(
    "-o", "--output", metavar="OUT", parser=filled, help="File or folder to write; - for standard output. "
    "Default: beside the source, as guide.fr.md for guide.md and docs.fr/ for docs/.")]
From = Annotated[str, typer.Option(
    "--from", metavar="LANG", help="Language of the documents; auto: judge each by its text.")]
Engine = Annotated[str | None, typer.Option(
    "--engine", metavar="NAME", help="Who translates; see diglot engines. Default: embedded.")]
BaseUrl = Annotated[str | None, typer.Option(
    "--base-url", metavar="URL", help="Where the model server is, up to /v1; its API key comes from the variable "
    "DIGLOT_API_KEY. Default: http://127.0.0.1:8000/v1.")]
Model = Annotated[str | None, typer.Option(
    "--model", metavar="NAME", help="The model, as its server names it. Default: the only one that it serves.")]
ProfileName = Annotated[str | None, typer.Option(
    "--profile", metavar="NAME", help="How the model is prompted: hy-mt2, hy-mt1.5, generic. Default: by its name.")]
Others = Annotated[str, typer.Option(
    "--other-languages", metavar="translate|keep", help="What to do with segments in a third language, if the engine "
    "reads it.")]
Config = Annotated[Path | None, typer.Option(
    "--config", metavar="FILE", parser=path, help="Settings. Default: diglot.toml, in this folder or above it.")]
Glossaries = Annotated[list[Path] | None, typer.Option(
    "--glossary", metavar="FILE", parser=path, help="Terms and their translations, CSV, TSV or TBX; repeatable.")]
Inflect = Annotated[bool, typer.Option(
    "--inflect", help="Find terms of the glossary in other forms of their words too (plurals, cases …).")]
NoConsistency = Annotated[bool, typer.Option(
    "--no-consistency", help="Do not tell the engine how recurring phrases of the document were translated before.")]
MemoryFile = Annotated[Path | None, typer.Option(
    "--memory", metavar="FILE", parser=path, help="Translation memory: what it knows is not translated again, what "
    "is new is kept in it. Made if it is not there.")]
ReportPlace = Annotated[str | None, typer.Option(
    "--report", metavar="FILE|DIR", parser=filled, help="Write the account of every segment as JSON; a folder for "
    "several; - for standard output.")]
NoMask = Annotated[list[str] | None, typer.Option(
    "--no-mask", metavar="KIND", help="Translate this kind of thing too (url, placeholder, version …); repeatable.")]
Keep = Annotated[list[str] | None, typer.Option(
    "--keep", metavar="TERM", parser=filled, help="A name or term that stays as it is; repeatable.")]
KeepFile = Annotated[list[Path] | None, typer.Option(
    "--keep-file", metavar="FILE", parser=path, help="Such terms, one on each line; a line that begins with # is a "
    "remark. Repeatable.")]
FrontMatterKey = Annotated[list[str] | None, typer.Option(
    "--front-matter-key", metavar="KEY", parser=filled, help="Translate this front-matter value too, beside title, "
    "description …; repeatable.")]
PinHeadings = Annotated[str | None, typer.Option(
    "--pin-headings", metavar="tag|attribute", help="Markdown: write out the address that renderers make from the "
    "words of each heading, so that links still lead to it: tag as <a id=…></a> (GitHub, GitLab), attribute as {#…} "
    "(MkDocs, Docusaurus, Hugo, Jekyll, Pandoc).")]
Numbering = Annotated[bool, typer.Option(
    "--numbering", help="Word: translate the labels of numbered lists too (“Chapter 1”).")]
Jobs = Annotated[int | None, typer.Option(
    "--jobs", min=1, metavar="N", help="Documents at once, one process each. Default: one for each processor core. "
    "Means nothing with a model server, which is kept full anyway.")]
Stream = Annotated[bool, typer.Option(
    "--stream", help="Show each segment as a JSON line on standard output as soon as it and those before it are done.")]
Force = Annotated[bool, typer.Option("--force", help="Replace outputs that are there already.")]
DryRun = Annotated[bool, typer.Option(
    "--dry-run", help="Only count: segments, words, repeats, masked items, tokens.")]
Unknown = Annotated[str, typer.Option(
    "--unknown", metavar="copy|skip", help="What to do with a folder's other files.")]
Format = Annotated[str | None, typer.Option(
    "--format", metavar="NAME", help="markdown, html or docx: where name and content do not tell.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
