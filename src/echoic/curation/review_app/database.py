"""Opening a database: its address, its migrations, and transactions that lose nothing.

SQLite runs in WAL mode, and every session of `writing` begins IMMEDIATE: writers queue up for at
most `BUSY_S` instead of failing halfway. PostgreSQL locks the rows that the domain asks it to.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlmodel import Session

from echoic.errors import BadRecord, OutputRefused

BUSY_S = 30.0
DRIVER = "postgresql+psycopg"
SQLITE = ("sqlite", "sqlite+pysqlite")
READS = "echoic_reads"
MIGRATION_LOCK = 72_305  # any number, the same in every process


def address_of(url: str) -> URL:
    """A database address; a plain path is a SQLite file. Raises BadRecord for any other database.

    No message holds the address as it was given, since a password may be in it.
    """
    if "://" not in url:
        return URL.create("sqlite", database=str(Path(url).absolute()))
    scheme = url.partition("://")[0]
    wrong = f"{scheme}://... is no database for this: give a path or postgresql://..."
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise BadRecord(wrong) from error
    if address.drivername in SQLITE and address.database not in (None, "", ":memory:"):
        if address.query:
            raise BadRecord(f"{address.database}: a SQLite file takes no options after '?'")
        return address.set(drivername=SQLITE[0])
    if scheme in ("postgres", "postgresql", DRIVER):
        return address.set(drivername=DRIVER)
    raise BadRecord(wrong)


def open_database(url: str, *, create: bool = True) -> Engine:
    """Connect to `url` (a path or an SQLAlchemy address) and bring its tables up to date.

    Raises OutputRefused when it cannot be reached, made or migrated, BadRecord for an address that
    is none, or for a file that is not there unless it may be created.
    """
    address = address_of(url)
    if (
        not create
        and address.get_backend_name() == "sqlite"
        and not Path(str(address.database)).is_file()
    ):
        raise BadRecord(
            f"{address.database}: no such database; check the path (--serve with --questions or "
            "--owner makes one)"
        )
    shown = address.render_as_string(hide_password=True)
    try:
        return _migrated(address)
    except CommandError as error:
        raise OutputRefused(
            f"{shown}: was made by another version of echoic, whose tables are not known here; "
            "use that version"
        ) from error
    except (SQLAlchemyError, ValueError) as error:  # the second of host names and numbers
        reason = (str(getattr(error, "orig", error)) or repr(error)).splitlines()[0]
        raise OutputRefused(f"{shown}: cannot be opened: {reason}") from error


def _migrated(address: URL) -> Engine:
    engine = _engine(address)
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def opened(url: str, *, create: bool = True) -> Iterator[Engine]:
    """An open database that is closed at the end. Raises what `open_database` raises."""
    engine = open_database(url, create=create)
    try:
        yield engine
    finally:
        engine.dispose()


def _engine(address: URL) -> Engine:
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True, pool_size=10, max_overflow=20)
    engine = create_engine(address, connect_args={"timeout": BUSY_S}, pool_size=10, max_overflow=20)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    """Leave transactions to `_begin`; keep readers and the writer out of each other's way."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get(READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session for operations that write. Each of them commits when it is done."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session for pages that only read: on SQLite it waits for no writer."""
    with Session(engine.execution_options(**{READS: True}), expire_on_commit=False) as session:
        yield session


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine, revision: str = "head") -> None:
    """Upgrade to `revision`; two processes at once wait for each other."""
    with engine.begin() as connection:
        _lock(connection)
        command.upgrade(_config(connection), revision)


def unmigrate(engine: Engine, revision: str = "base") -> None:
    """Downgrade to `revision`. "base" drops everything."""
    with engine.begin() as connection:
        _lock(connection)
        command.downgrade(_config(connection), revision)


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
