"""The commands of the service: options and help. What they do stands in `diglot.service`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from diglot.arguments import BaseUrl, Config, Engine, Glossaries, Model, ProfileName, examples, path

Data = Annotated[Path | None, typer.Option(
    "--data", metavar="DIR", parser=path, help="Folder for the database and the documents. "
    "Default: ~/.local/share/diglot.")]
Database = Annotated[str | None, typer.Option(
    "--database", metavar="URL", help="postgresql://… or sqlite:///file. Default: jobs.db in the data folder.")]
Documents = Annotated[str | None, typer.Option(
    "--documents", metavar="URL", help="A folder, or s3://bucket/prefix. Default: documents/ in the data folder.")]
Broker = Annotated[str | None, typer.Option(
    "--broker", metavar="URL", help="redis://… of a Redis or Valkey. Default for serve: one of its own.")]
Host = Annotated[str | None, typer.Option(
    "--host", metavar="ADDRESS", help="Where to listen. Beyond this machine only with keys. Default: 127.0.0.1.")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Default: 8600; 0: any that is free.")]
MetricsPort = Annotated[int | None, typer.Option(
    "--metrics-port", min=0, max=65535, help="Serve Prometheus metrics there. Default: nowhere.")]
Processes = Annotated[int | None, typer.Option(
    "--processes", min=1, max=1024, help="Of the pool. Default: one for each processor core.")]
TaskFolder = Annotated[Path | None, typer.Option(
    "--task-folder", metavar="DIR", parser=path, help="Where programs that use the Celery tasks may name documents "
    "by path.")]
Watched = Annotated[Path | None, typer.Argument(
    metavar="DIR", parser=path, help="The folder; in, out, failed and processed are made in it. "
    "Default: that of the settings.")]
To = Annotated[list[str] | None, typer.Option(
    "--to", metavar="LANG", help="What documents in the folder in itself are translated into; repeatable.")]
From = Annotated[str | None, typer.Option(
    "--from", metavar="LANG", help="Language of the documents. Default: auto, judge each by its text.")]


def register(app: typer.Typer, exit_codes: str) -> None:
    """Add the commands of the service to the command line."""
    for command, lines in ((serve, SERVE), (worker, WORKER), (gateway, GATEWAY), (watch, WATCH)):
        app.command(command.__name__, epilog=f"{examples(*lines)}\n\n{exit_codes}")(command)


SERVE = ("diglot serve", "diglot serve --engine vllm --base-url http://gpu:8000/v1 --model hy-mt2",
         "diglot serve --data /srv/diglot --port 9000",
         "curl -F file=@guide.md -F target_lang=pt-BR http://127.0.0.1:8600/v1/translations")
WORKER = ("diglot worker --broker redis://queue/0 --database postgresql://db/diglot --documents s3://bucket/diglot",)
GATEWAY = ("diglot gateway --broker redis://queue/0 --database postgresql://db/diglot --documents s3://bucket/diglot",)

WATCH = ("diglot watch /srv/translate", "diglot watch /srv/translate --from en --to pt-BR --glossary terms.csv",
         "mkdir /srv/translate/in/fr && cp guide.md /srv/translate/in/fr/     # becomes out/fr/guide.fr.md")


def serve(
    data: Data = None, database: Database = None, documents: Documents = None, broker: Broker = None,
    engine: Engine = None, base_url: BaseUrl = None, model: Model = None, profile: ProfileName = None,
    host: Host = None, port: Port = None, metrics_port: MetricsPort = None, processes: Processes = None,
    task_folder: TaskFolder = None, config: Config = None,
) -> None:
    """Run the whole service on this machine: web page, upload endpoint, workers.

    Nothing else needs to run. Ctrl-C stops it; what was not finished goes on at the next start.
    """
    from diglot import service

    raise typer.Exit(service.serve(_settings(locals(), config)))


def worker(
    data: Data = None, database: Database = None, documents: Documents = None, broker: Broker = None,
    engine: Engine = None, base_url: BaseUrl = None, model: Model = None, profile: ProfileName = None,
    metrics_port: MetricsPort = None, processes: Processes = None, task_folder: TaskFolder = None,
    config: Config = None,
) -> None:
    """Run a worker: it takes work from the broker, on as many machines as wanted."""
    from diglot import service

    raise typer.Exit(service.work(_settings(locals(), config)))


def gateway(
    data: Data = None, database: Database = None, documents: Documents = None, broker: Broker = None,
    engine: Engine = None, base_url: BaseUrl = None, model: Model = None, profile: ProfileName = None,
    host: Host = None, port: Port = None, metrics_port: MetricsPort = None, config: Config = None,
) -> None:
    """Run the web page and the upload endpoint; workers do the work."""
    from diglot import service

    raise typer.Exit(service.answer(_settings(locals(), config)))


def watch(
    folder: Watched = None, to: To = None, source: From = None, glossary: Glossaries = None,
    data: Data = None, database: Database = None, documents: Documents = None, broker: Broker = None,
    engine: Engine = None, base_url: BaseUrl = None, model: Model = None, profile: ProfileName = None,
    processes: Processes = None, config: Config = None,
) -> None:
    """Watch a folder: documents that are put into in/LANGUAGE come out translated in out/LANGUAGE.

    Originals go to processed/, what cannot be translated to failed/, with a note. Any number of watchers may watch one
    folder; without --broker this one does everything by itself.
    """
    from dataclasses import replace

    from diglot import watching

    given = {"folder": str(folder) if folder else None, "to": to, "from": source,
             "glossary": [str(path.absolute()) for path in glossary] if glossary else None}
    chosen = _settings({name: value for name, value in locals().items() if name not in {"folder", "glossary"}}, config)
    table = {**chosen.watch, **{name: value for name, value in given.items() if value is not None}}
    raise typer.Exit(watching.watch(replace(chosen, watch=table)))


def _settings(given: dict[str, Any], config: Path | None) -> Any:
    from diglot.settings import KNOWN, settings

    return settings({name: value for name, value in given.items() if name in KNOWN}, config)
