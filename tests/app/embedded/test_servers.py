"""The two servers: private, and none the worse for a crash."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from app.embedded import EmbeddedServers, ProcessFailed
from app.embedded.binaries import ServerUnavailable


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServers]:
    """Lasting servers, shared by this module; what one test breaks it also brings back."""
    with EmbeddedServers(tmp_path_factory.mktemp("var") / "var") as servers:
        with connect(servers.owner_url) as connection:
            connection.execute("CREATE TABLE kept (a int)")
        yield servers


@contextmanager
def connect(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


@contextmanager
def queue(servers: EmbeddedServers) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(servers.redis_url) as client:
        yield client


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_serving_role_gets_its_database_and_the_owner_too(servers):
    for url, role in ((servers.database_url(), "balcao_app"), (servers.owner_url, "balcao_owner")):
        with connect(url) as connection:
            row = connection.execute("SELECT current_user, current_database()").fetchone()
            assert row == (role, "balcao")


def test_nobody_else_gets_at_data_and_sockets(servers):
    assert mode(servers.var) == "0o700"
    assert mode(servers.postgres.sockets) == mode(servers.postgres.data) == "0o700"
    assert mode(servers.queue.socket) == mode(servers.queue.socket.parent) == "0o700"


def test_nothing_listens_on_a_network(servers):
    with connect(servers.superuser_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    with queue(servers) as client:
        assert client.config_get("port") == {"port": "0"}


@pytest.mark.parametrize("crash", ["kill_alone", "stop_immediately"])
def test_rows_survive_a_crash_of_the_database(servers, crash):
    with connect(servers.owner_url) as connection:
        connection.execute("TRUNCATE kept")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
        getattr(servers.postgres, crash)()
    servers.postgres.start()
    with connect(servers.database_url()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_queue_keeps_what_it_had_when_killed(servers):
    with queue(servers) as client:
        client.set("key", "value")
    servers.queue.restart()
    with queue(servers) as client:
        assert client.get("key") == b"value"


def test_queue_can_be_restarted_empty(servers):
    with queue(servers) as client:
        client.set("key", "value")
    servers.queue.restart(empty=True)
    with queue(servers) as client:
        assert client.get("key") is None


def test_settings_for_another_server_are_ignored(servers, monkeypatch):
    for name, value in (("PGHOST", "127.0.0.1"), ("PGPORT", "1"), ("PGOPTIONS", "-c nonsense=1")):
        monkeypatch.setenv(name, value)
    servers.postgres.execute(["SELECT 1;"])


def test_an_error_of_sql_is_raised(servers):
    with pytest.raises(ProcessFailed, match="no_such_table"):
        servers.postgres.execute(["SELECT * FROM no_such_table;", "SELECT 1;"])


def test_throwaway_servers_keep_rows_over_an_immediate_stop_and_end_cleanly(tmp_path):
    # A path too long for a socket on purpose, and with what a shell or a setting could trip over.
    var = tmp_path / ("long" * 30) / """it's "odd", really"""
    servers = EmbeddedServers(var, throwaway=True)
    (var / "postgres" / "data.new" / "half").mkdir(parents=True)  # a first start that was interrupted
    with servers:
        assert len(os.fsencode(servers.queue.socket)) < 104
        assert mode(servers.postgres.sockets) == mode(servers.queue.socket.parent) == "0o700"
        with connect(servers.owner_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS a")
        servers.postgres.restart_immediately()
        with connect(servers.database_url()) as connection:
            assert connection.execute("SELECT a FROM kept").fetchone() == (1,)
    assert (servers.postgres.poll(), servers.queue.poll()) == (0, 0)
    assert not servers.postgres.sockets.exists()
    assert not servers.queue.socket.parent.exists()
    servers.stop()


def test_data_of_another_version_is_refused_with_a_sentence(tmp_path):
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerUnavailable, match="made by PostgreSQL 9"), EmbeddedServers(tmp_path):
        pass


def test_a_folder_that_is_no_folder_is_refused(tmp_path):
    (tmp_path / "queue").symlink_to(tmp_path)
    servers = EmbeddedServers(tmp_path)
    with pytest.raises(NotADirectoryError):
        servers.queue.start()


def test_root_without_namespaces_is_told_when_nobody_cannot_reach_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("app.embedded.postgres._identity", lambda: ([], 65534))
    tmp_path.chmod(0o700)
    servers = EmbeddedServers(tmp_path / "closed" / "var", throwaway=True)
    with pytest.raises(ServerUnavailable, match="user nobody can't reach"):
        servers.postgres.start()
