"""`diglot jobs` and `diglot keys`: options and help. What they do stands in `diglot.administering`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diglot.arguments import Config, examples
from diglot.service_cli import Broker, Data, Database, Documents

if TYPE_CHECKING:
    from diglot.settings import Settings

Ids = Annotated[list[str], typer.Argument(metavar="ID", help="Of jobs, as diglot jobs list shows them.")]
Json = Annotated[bool, typer.Option("--json", help="JSON lines, for programs.")]
AnyTenant = Annotated[str | None, typer.Option("--tenant", metavar="NAME", help="Only what is this tenant's.")]


jobs_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="List, show, retry, cancel and purge the jobs of a service.",
    epilog=examples("diglot jobs list", "diglot jobs list --state failed --database postgresql://db/diglot",
                    "diglot jobs show 0195f3a0-7c3e-7d6a-8f00-0123456789ab"))
keys_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Make, list, replace and revoke the keys of the HTTP API.",
    epilog=examples("diglot keys make --tenant acme --name 'web site'", "diglot keys list"))


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(jobs_app, name="jobs")
    app.add_typer(keys_app, name="keys")


@jobs_app.command("list", epilog=examples(
    "diglot jobs list", "diglot jobs list --state queued --state running --tenant acme",
    "diglot jobs list --state failed --limit 0 --json"))
def jobs_list(
    state: Annotated[list[str] | None, typer.Option(
        "--state", metavar="STATE", help="queued, running, succeeded, warnings, failed or cancelled; repeatable. "
        "Default: all.")] = None,
    tenant: AnyTenant = None,
    limit: Annotated[int, typer.Option("--limit", min=0, metavar="N", help="The newest so many; 0: all.")] = 50,
    as_json: Json = False, data: Data = None, database: Database = None, config: Config = None,
) -> None:
    """List jobs, the newest first."""
    from diglot import administering

    chosen = _settings(config, data=data, database=database)
    raise typer.Exit(administering.list_jobs(chosen, state or (), tenant, limit, as_json=as_json))


@jobs_app.command("show", epilog=examples("diglot jobs show 0195f3a0-7c3e-7d6a-8f00-0123456789ab --json"))
def jobs_show(
    job: Annotated[str, typer.Argument(metavar="ID", help="Of a job, as diglot jobs list shows it.")],
    as_json: Json = False, data: Data = None, database: Database = None, config: Config = None,
) -> None:
    """Show all that is known of a job."""
    from diglot import administering

    raise typer.Exit(administering.show(_settings(config, data=data, database=database), job, as_json=as_json))


@jobs_app.command("retry", epilog=examples(
    "diglot jobs retry 0195f3a0-7c3e-7d6a-8f00-0123456789ab",
    "diglot jobs list --state failed --limit 0 --json | jq -r .id | xargs diglot jobs retry"))
def jobs_retry(
    jobs: Ids, data: Data = None, database: Database = None, documents: Documents = None, broker: Broker = None,
    config: Config = None,
) -> None:
    """Go on with failed jobs where they failed; what was translated is not translated again.

    Without a broker, workers find them at their next sweep, after some 40 seconds.
    """
    from diglot import administering

    chosen = _settings(config, data=data, database=database, documents=documents, broker=broker)
    raise typer.Exit(administering.retry(chosen, jobs))


@jobs_app.command("cancel", epilog=examples("diglot jobs cancel 0195f3a0-7c3e-7d6a-8f00-0123456789ab"))
def jobs_cancel(jobs: Ids, data: Data = None, database: Database = None, config: Config = None) -> None:
    """End jobs at once; a worker that is at one learns it within 5 seconds. Jobs that have ended stay as they are."""
    from diglot import administering

    raise typer.Exit(administering.cancel(_settings(config, data=data, database=database), jobs))


@jobs_app.command("purge", epilog=examples(
    "diglot jobs purge --older-than 7",
    "diglot jobs purge --older-than 0 --database postgresql://db/diglot --documents s3://bucket/diglot"))
def jobs_purge(
    older_than: Annotated[float, typer.Option(
        "--older-than", min=0, metavar="DAYS", help="Since the job ended; 0: all that ended.")],
    data: Data = None, database: Database = None, documents: Documents = None, config: Config = None,
) -> None:
    """Forget jobs that ended, with their documents, before their time is over; remove documents of no job."""
    from diglot import administering

    chosen = _settings(config, data=data, database=database, documents=documents)
    raise typer.Exit(administering.purge(chosen, older_than))


@keys_app.command("make", epilog=examples(
    "diglot keys make --tenant acme --name 'web site'",
    "diglot keys make --tenant acme --name reports --scope read --expires-in 90"))
def keys_make(
    tenant: Annotated[str, typer.Option("--tenant", metavar="NAME", help="Whose documents it opens.")],
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="What it is for, for people.")],
    scope: Annotated[list[str] | None, typer.Option(
        "--scope", metavar="SCOPE", help="translate or read; repeatable. Default: both.")] = None,
    expires_in: Annotated[float | None, typer.Option(
        "--expires-in", min=0, max=36_500, metavar="DAYS", help="Default: never.")] = None,
    data: Data = None, database: Database = None, config: Config = None,
) -> None:
    """Make a key and write it on standard output. It cannot be shown again."""
    from diglot import administering

    raise typer.Exit(administering.make_key(_settings(config, data=data, database=database), tenant, name,
                                            scope or ("translate", "read"), expires_in))


@keys_app.command("list", epilog=examples("diglot keys list", "diglot keys list --tenant acme --json"))
def keys_list(tenant: AnyTenant = None, as_json: Json = False, data: Data = None, database: Database = None,
              config: Config = None) -> None:
    """List keys, without their secrets."""
    from diglot import administering

    raise typer.Exit(administering.list_keys(_settings(config, data=data, database=database), tenant, as_json=as_json))


@keys_app.command("rotate", epilog=examples("diglot keys rotate 3f9a0c17b2d4e586 --overlap 48"))
def keys_rotate(
    key: Annotated[str, typer.Argument(metavar="ID", help="Of a key, as diglot keys list shows it.")],
    overlap: Annotated[float, typer.Option(
        "--overlap", min=0, max=876_000, metavar="HOURS", help="How long the old one goes on.")] = 24,
    data: Data = None, database: Database = None, config: Config = None,
) -> None:
    """Make a key in place of another one, and write it on standard output."""
    from diglot import administering

    raise typer.Exit(administering.rotate_key(_settings(config, data=data, database=database), key, overlap))


@keys_app.command("revoke", epilog=examples("diglot keys revoke 3f9a0c17b2d4e586"))
def keys_revoke(
    keys: Annotated[list[str], typer.Argument(metavar="ID", help="Of keys, as diglot keys list shows them.")],
    data: Data = None, database: Database = None, config: Config = None,
) -> None:
    """Let keys open nothing any more."""
    from diglot import administering

    raise typer.Exit(administering.revoke_keys(_settings(config, data=data, database=database), keys))


def _settings(config: Path | None, **given: str | Path | None) -> Settings:
    from diglot.settings import settings

    return settings(given, config)
