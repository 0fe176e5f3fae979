"""The review app behind `echoic bench review`: serve, add an owner, take labels out and in."""

import os
from pathlib import Path

import click

PASSWORD = "ECHOIC_OWNER_PASSWORD"
# What each way of reviewing needs, and what it takes besides.
WAYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "serve": (("db",), ("questions", "host", "port", "batch_size", "seed")),
    "owner": (("db",), ()),
    "export": (("db",), ("export_format",)),
    "import_labels": (("db",), ()),
    "reviewers": (("questions", "out"), ("batch_size", "seed")),
}


def way(ctx: click.Context) -> str:
    """Which of `WAYS` the command line means. Raises click.UsageError when options do not fit."""
    default = click.core.ParameterSource.DEFAULT
    given = [name for name in ctx.params if ctx.get_parameter_source(name) != default]
    chosen = [name for name in WAYS if name in given]
    if len(chosen) != 1:
        ways = ", ".join(map(_option, WAYS))
        told = " and ".join(map(_option, chosen)) if chosen else "none"
        raise click.UsageError(f"give one of {ways}, not {told}")
    needed, taken = WAYS[chosen[0]]
    for name in needed:
        if name not in given:
            raise click.UsageError(f"{_option(chosen[0])} needs {_option(name)}")
    for name in given:
        if name not in (chosen[0], *needed, *taken):
            raise click.UsageError(f"{_option(name)} does not go with {_option(chosen[0])}")
    return chosen[0]


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def need_app() -> None:
    """Raise MissingExtra, naming the extra, unless the app's packages are here."""
    from echoic.models.needs import installed

    for module in ("sqlmodel", "alembic", "argon2", "fastapi", "uvicorn", "python_multipart"):
        installed(module, "review")


def _need_port(host: str, port: int) -> None:
    """Raise OutputRefused when the address cannot be listened at."""
    import socket

    from echoic.errors import OutputRefused

    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.create_server(address[:2], family=family):
            return
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "that is no host name"
        raise OutputRefused(f"{host}:{port}: cannot be served: {reason}") from error


def serve_app(db: str, questions: Path | None, host: str, port: int, size: int, seed: int) -> None:
    """Import questions, say where the app is, and serve it until interrupted."""
    need_app()
    _need_port(host, port)
    from echoic.curation.review_app.accounts import Role, accounts
    from echoic.curation.review_app.database import opened, reading, writing
    from echoic.curation.review_app.progress import overview
    from echoic.curation.review_app.questions import held_out, import_questions
    from echoic.curation.review_app.web import serve
    from echoic.errors import NoData
    from echoic.question import read_questions

    wanted = read_questions(questions) if questions else []
    with opened(db, create=bool(wanted)) as engine:
        if wanted:
            with writing(engine) as session:
                fresh = import_questions(session, wanted, seed, size=size)
            click.echo(f"{questions}: {fresh} of {len(wanted)} questions are new here")
        with reading(engine) as session:
            if held := len(held_out(session)):
                click.echo(f"{held} questions are held out: they are asked with a planted fault")
            held = overview(session).items
            owners = [each for each in accounts(session) if each.role == Role.OWNER]
        if not held:
            raise NoData("the database holds no question; give --questions FILE")
        if not owners:
            click.echo("no owner yet: `echoic bench review --owner NAME`, same --db, adds one")
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"{held} questions to review at http://{shown}:{port} (Ctrl-C ends)")
        serve(engine, host, port)


def set_owner(db: str, name: str) -> None:
    """Add an owner, or give one a new password."""
    need_app()
    from echoic.curation.review_app.accounts import Role, accounts, add_account, change_account
    from echoic.curation.review_app.database import opened, writing

    password = os.environ.get(PASSWORD) or click.prompt(
        f"Password of {name}", hide_input=True, confirmation_prompt=True
    )
    with opened(db) as engine, writing(engine) as session:
        found = next((each for each in accounts(session) if each.name == name), None)
        if found and found.role == Role.OWNER:
            change_account(session, found, None, password=password, active=True)
            click.echo(f"{name}: new password")
        else:
            add_account(session, name, password, Role.OWNER)
            click.echo(f"{name}: owner; `echoic bench review --serve`, same --db, starts the app")


def export_reviews(db: str, out: Path, form: str) -> None:
    """Write what was judged: a review folder, or a folder for another tool."""
    need_app()
    from echoic.curation.review_app import exchange, label_studio
    from echoic.curation.review_app.database import opened, writing
    from echoic.records import atomic_folder, write_atomic, write_json

    with opened(db, create=False) as engine, writing(engine) as session:
        if form == exchange.FOLDER:
            count = exchange.export_folder(session, out)
            click.echo(f"{out}: {count} judgements in a review folder")
        else:
            with atomic_folder(out) as work:
                if form == exchange.LABEL_STUDIO:
                    rows = exchange.to_label_studio(session)
                    write_atomic(work / "config.xml", label_studio.CONFIG)
                    write_json(work / "tasks.json", rows)
                else:
                    rows = exchange.to_argilla(session)
                    write_json(work / "records.json", rows)
            click.echo(f"{out}: {len(rows)} items for {form}")


def import_reviews(db: str, path: Path) -> None:
    """Take in labels of Label Studio or Argilla."""
    need_app()
    from echoic.curation.review_app import exchange
    from echoic.curation.review_app.database import opened, writing

    rows = exchange.read_file(path)
    with opened(db, create=False) as engine, writing(engine) as session:
        told = exchange.import_labels(session, rows)
    click.echo(
        f"{path}: {told.taken} judgements taken in; left out: {told.known} of readers who had "
        f"judged already, {told.incomplete} incomplete, {told.stale} of other questions or versions"
    )
