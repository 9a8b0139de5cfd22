"""The provider `container`, with real containers."""

from __future__ import annotations

import importlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from matrix_project.backends import Backend, catalogue
from matrix_project.results.contract import Status
from matrix_project.servers import Provider, Room, Server, ServerUnavailableError, container
from matrix_project.servers.docker_leftovers import remove_leftovers
from matrix_project.servers.leftovers import clear_leftovers
from matrix_project.servers.room import open_room
from matrix_project.vendors import vendor
from tests.conftest import run_matrix
from tests.waiting import ONE_CASE

BACKENDS = [backend for backend in catalogue().values() if backend.image and backend.default]
PROVIDER: Provider = container.provider
SERVE_UNTIL_KILLED = """
import sys
from matrix_project.backends import catalogue
from matrix_project.servers.container import provider
from matrix_project.servers.room import open_room
from matrix_project.vendors import vendor

with open_room() as room, provider.serve(catalogue()[sys.argv[1]], room) as server:
    print(server.database["NAME"], flush=True)
    sys.stdin.read()
"""

DOCKER = "unix:///var/run/docker.sock"
# A file of cases that declares none: at a statement of the suite, Docker does something to its
# container, whose name is the database's.
STRIKE = """
import subprocess
from pathlib import Path

from django.db.backends.signals import connection_created

sent = 0


def watch(connection, **_):
    def count(execute, sql, params, many, context):
        global sent
        sent += 1
        if sent == 200:
            name = connection.settings_dict["NAME"].replace("_", "-")
            Path(__file__).with_name("struck").write_text(name)
            subprocess.run([*{words}, name], check=True, capture_output=True)
        return execute(sql, params, many, context)

    if connection.vendor != "sqlite":
        connection.execute_wrappers.append(count)


connection_created.connect(watch)
"""


@pytest.fixture(params=BACKENDS, ids=lambda backend: backend.id)
def backend(request: pytest.FixtureRequest) -> Backend:
    return had(request.param)


@pytest.fixture(scope="module", params=BACKENDS, ids=lambda backend: backend.id)
def running(request: pytest.FixtureRequest) -> Iterator[tuple[Backend, Server]]:
    """A backend and a server of it, for the tests that only look."""
    backend = had(request.param)
    with open_room() as room, PROVIDER.serve(backend, room) as server:
        yield backend, server


@pytest.fixture
def postgresql() -> Backend:
    return had(next(backend for backend in BACKENDS if backend.vendor == "postgresql"))


def had(backend: Backend) -> Backend:
    """Return the backend; where Docker or its image is missing: a failure in CI and else a skip."""
    if reason := PROVIDER.lacks(backend) or lacks_image(backend):
        (pytest.fail if "CI" in os.environ else pytest.skip)(reason)
    return backend


def lacks_image(backend: Backend) -> str | None:
    name = f"{os.environ.get('TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX', '')}{backend.image}"
    with closing(docker().from_env()) as client:
        try:
            client.images.get(name)
        except docker().errors.ImageNotFound:
            try:
                client.images.pull(name)
            except docker().errors.DockerException as error:
                return f"there is no image {name}: {error}"
    return None


def docker() -> Any:
    return importlib.import_module("docker")


def containers() -> dict[str, dict[str, Any]]:
    """Our containers of this machine by name, running or not, as `docker inspect` has them."""
    with closing(docker().from_env()) as client:
        found = client.containers.list(
            all=True, ignore_removed=True, filters={"name": "constraint-matrix-"}
        )
        return {each.name: each.attrs for each in found}


def own() -> set[str]:
    """The containers that this very process started: other tests run beside this one."""
    labels: Any = importlib.import_module("testcontainers.core.labels")
    with closing(docker().from_env()) as client:
        session = f"{labels.LABEL_SESSION_ID}={labels.SESSION_ID}"
        found = client.containers.list(all=True, ignore_removed=True, filters={"label": session})
        return {each.name for each in found}


def volumes() -> set[str]:
    with closing(docker().from_env()) as client:
        return {volume.name for volume in client.volumes.list()}


def name_of(server: Server) -> str:
    return str(server.database["NAME"]).replace("_", "-")


@contextmanager
def connected(server: Server, **other: str) -> Iterator[Any]:
    entry = {**server.database, **other}
    where = {"host": entry["HOST"], "port": int(entry["PORT"]), "user": entry["USER"]}
    if entry["ENGINE"].endswith("postgresql"):
        import psycopg

        connection: Any = psycopg.connect(
            **where, password=entry["PASSWORD"], dbname=entry["NAME"], autocommit=True
        )
    else:
        connection = importlib.import_module("MySQLdb").connect(
            **where, password=entry["PASSWORD"], database=entry["NAME"]
        )
    with closing(connection), closing(connection.cursor()) as cursor:
        yield cursor


def command_lines() -> bytes:
    """The command lines of all processes of this machine, those in containers included."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes())
        except OSError:
            continue
    return b"\n".join(lines)


def test_serves_an_empty_database_and_leaves_nothing(backend: Backend, room: Room) -> None:
    volumes_before = volumes()
    with PROVIDER.serve(backend, room) as server:
        entry = server.database
        assert set(entry) == {"ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS"}
        assert re.fullmatch(r"constraint_matrix_\d{8}_[0-9a-f]{8}", entry["NAME"])
        assert entry["HOST"] == "127.0.0.1"
        assert isinstance(entry["PORT"], str)
        assert server.origin.startswith("image ")
        assert f"{backend.image}, sha256:" in server.origin
        with connected(server) as cursor:
            cursor.execute("SELECT version()")
            version = re.search(r"\d+[.\d]*", cursor.fetchone()[0])
            assert version is not None
            assert backend.serves(version[0])
            cursor.execute("CREATE TABLE one (number integer)")
            cursor.execute("INSERT INTO one VALUES (1)")
            cursor.execute("SELECT number FROM one")
            assert cursor.fetchone()[0] == 1
            # What Django's own test runner needs.
            cursor.execute(f"CREATE DATABASE test_{entry['NAME']}")
            cursor.execute(f"DROP DATABASE test_{entry['NAME']}")
        assert name_of(server) in containers()
    assert name_of(server) not in containers()
    assert volumes() <= volumes_before


def test_is_published_on_loopback_alone(running: tuple[Backend, Server]) -> None:
    _, server = running
    ports = containers()[name_of(server)]["NetworkSettings"]["Ports"]
    published = [binding for bindings in ports.values() for binding in bindings or ()]
    assert published == [{"HostIp": "127.0.0.1", "HostPort": server.database["PORT"]}]


@pytest.mark.parametrize("wrong", ["", "wrong"])
def test_lets_nobody_in_without_the_password(running: tuple[Backend, Server], wrong: str) -> None:
    _, server = running
    with pytest.raises(Exception, match=r"password|denied"), connected(server, PASSWORD=wrong):
        pass


def test_the_password_is_in_no_log_and_no_command_line(running: tuple[Backend, Server]) -> None:
    _, server = running
    password = server.database["PASSWORD"].encode()
    with closing(docker().from_env()) as client:
        logs = client.containers.get(name_of(server)).logs()
    assert logs
    assert password not in logs
    assert password not in command_lines()


def test_data_are_in_memory(running: tuple[Backend, Server]) -> None:
    backend, server = running
    image = vendor(backend.vendor).image
    assert image is not None
    tmpfs = image.tmpfs
    assert list(containers()[name_of(server)]["HostConfig"]["Tmpfs"]) == [tmpfs]
    postgresql = backend.vendor == "postgresql"
    with connected(server) as cursor:
        cursor.execute("SHOW data_directory" if postgresql else "SELECT @@datadir")
        assert cursor.fetchone()[0].startswith(tmpfs)


def test_the_database_has_the_defaults_of_the_server(running: tuple[Backend, Server]) -> None:
    questions = {
        "postgresql": (
            "SELECT current_setting('server_encoding'), datcollate FROM pg_database LIMIT 1",
            ("UTF8", "C"),
        ),
        "mysql": ("SELECT @@collation_database", ("utf8mb4_0900_ai_ci",)),
        "mariadb": ("SELECT @@collation_database", ("utf8mb4_uca1400_ai_ci",)),
    }
    backend, server = running
    question, answer = questions[backend.vendor]
    with connected(server) as cursor:
        cursor.execute(question)
        assert cursor.fetchone() == answer


def test_backends_start_side_by_side(room: Room) -> None:
    together = threading.Barrier(len(BACKENDS), timeout=120)

    def serve(backend: Backend) -> str:
        with PROVIDER.serve(had(backend), room) as server:
            together.wait()
            port: str = server.database["PORT"]
            return port

    with ThreadPoolExecutor(len(BACKENDS)) as pool:
        ports = list(pool.map(serve, BACKENDS))
    assert len(set(ports)) == len(BACKENDS)


def test_the_same_image_has_the_same_origin(postgresql: Backend) -> None:
    origins = set()
    for _ in range(2):
        with open_room() as room, PROVIDER.serve(postgresql, room) as server:
            origins.add(server.origin)
    assert len(origins) == 1


def test_a_killed_server_is_not_restarted(postgresql: Backend, room: Room) -> None:
    with PROVIDER.serve(postgresql, room) as server, closing(docker().from_env()) as client:
        running = client.containers.get(name_of(server))
        running.kill()
        running.wait()
        running.reload()
        assert running.status == "exited"
        assert running.attrs["RestartCount"] == 0
    assert name_of(server) not in containers()


def test_removes_the_container_when_the_caller_fails(postgresql: Backend, room: Room) -> None:
    with pytest.raises(ZeroDivisionError), PROVIDER.serve(postgresql, room) as server:
        raise ZeroDivisionError
    assert name_of(server) not in containers()


def test_an_image_that_cannot_be_had_is_told_in_one_line(postgresql: Backend, room: Room) -> None:
    before = own()
    # Nothing listens on the discard port.
    image = f"127.0.0.1:9/{secrets.token_hex(4)}:1"
    missing = Backend(vendor="postgresql", series=postgresql.series, image=image)
    with pytest.raises(ServerUnavailableError) as caught, PROVIDER.serve(missing, room):
        pass
    assert image in str(caught.value)
    assert "--provider packages" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert own() <= before


def test_a_server_that_ends_is_told_in_its_own_words(postgresql: Backend, room: Room) -> None:
    before = own()
    # This image has no use for the other vendor's variables.
    wrong = Backend(vendor="mysql", series="9.7", image=postgresql.image)
    with pytest.raises(ServerUnavailableError, match="password") as caught:  # noqa: SIM117
        with PROVIDER.serve(wrong, room):
            pass
    assert "\n" not in str(caught.value)
    assert own() <= before


def test_a_cancelled_start_ends_at_once(
    backend: Backend, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = own()
    began = threading.Event()
    adopt = room.adopt_container

    def adopted(name: str) -> None:
        adopt(name)
        began.set()

    def serve() -> None:
        with PROVIDER.serve(backend, room):
            pytest.fail("it was served")

    monkeypatch.setattr(room, "adopt_container", adopted)
    with ThreadPoolExecutor() as pool:
        serving = pool.submit(serve)
        assert began.wait(60)
        room.cancel()
        with pytest.raises(KeyboardInterrupt):
            serving.result(timeout=30)
    assert own() <= before


def test_sigkill_leaves_no_container(postgresql: Backend) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE_UNTIL_KILLED, postgresql.id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip().replace("_", "-")
        assert name in containers()
        process.send_signal(signal.SIGKILL)
        # The guard has the other end of it too, so that this returns once it has done its work.
        process.stdout.read()
        process.wait()
    assert name not in containers()


def guard_of(folder: str) -> int:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = path.read_bytes()
            if b"guard.py" in words and os.fsencode(folder) in words:
                return int(path.parent.name)
    pytest.fail(f"{folder} has no guard")


def test_the_next_run_removes_what_no_guard_did(postgresql: Backend, room: Room) -> None:
    with (
        PROVIDER.serve(postgresql, room) as server,
        subprocess.Popen(
            [sys.executable, "-c", SERVE_UNTIL_KILLED, postgresql.id],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        name = process.stdout.readline().strip().replace("_", "-")
        folder = containers()[name]["Config"]["Labels"]["constraint-matrix.room"]
        remove_leftovers.__wrapped__()
        assert name in containers()
        os.kill(guard_of(folder), signal.SIGKILL)
        process.kill()
        process.stdout.read()
        process.wait()
        assert name in containers()
        remove_leftovers.__wrapped__()
        assert name not in containers()
        assert name_of(server) in containers()
    clear_leftovers()
    assert not Path(folder).exists()


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("kill", "the server is gone: it was killed by SIGKILL"),
        ("pause", "the server is gone: it does not answer within"),
    ],
)
def test_a_container_that_dies_or_hangs_is_lost(
    postgresql: Backend, tmp_path: Path, verb: str, words: str
) -> None:
    strike = tmp_path / "strike.py"
    client = [shutil.which("docker"), "--host", os.environ.get("DOCKER_HOST", DOCKER)]
    strike.write_text(STRIKE.format(words=[*client, verb]) + ONE_CASE)
    done = run_matrix(
        tmp_path / "results",
        *("--backend", postgresql.id, "--backend", "sqlite", "--provider", "container"),
        *("--cases", strike, "--patience", "1"),
    )
    assert done.code == 1, done.output
    assert "Traceback" not in done.output
    statuses = {}
    for result in done.results.values():
        statuses[result.environment.vendor] = result.environment.status
        if result.environment.vendor == "postgresql":
            assert str(result.environment.reason).startswith(words)
    assert statuses == {"postgresql": Status.LOST, "sqlite": Status.OBSERVED}
    name = (tmp_path / "struck").read_text()
    assert name not in containers()


@contextmanager
def forwarded() -> Iterator[str]:
    """Yield an address of the daemon's that is not a file."""

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while some := source.recv(65536):
                target.sendall(some)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def take() -> None:
        with suppress(OSError):
            while True:
                near = listener.accept()[0]
                far = socket.socket(socket.AF_UNIX)
                far.connect("/var/run/docker.sock")
                kept.extend((near, far))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=copy, args=pair, daemon=True).start()

    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for each in kept:
                each.close()


def test_a_daemon_is_found_by_its_address_too(postgresql: Backend, tmp_path: Path) -> None:
    words = ("--backend", postgresql.id, "--provider", "container", "--case", "check.q")
    with forwarded() as address:
        done = run_matrix(tmp_path, *words, DOCKER_HOST=address)
    assert done.code == 0, done.output
    (environment,) = done.document["environments"].values()
    assert (environment["status"], environment["provider"]) == ("observed", "container")


def test_says_what_is_missing_without_a_daemon(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    monkeypatch.setattr(container, "lacks_daemon", container.lacks_daemon.__wrapped__)
    reason = PROVIDER.lacks(next(each for each in BACKENDS if each.vendor == "postgresql"))
    assert reason is not None
    assert reason.startswith("no Docker daemon answers (")
    assert reason.endswith("): start Docker")
    assert "\n" not in reason


def test_says_which_extra_brings_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "testcontainers", None)
    assert container.lacks_daemon.__wrapped__() == (
        'there is no testcontainers: run `pip install "constraint-matrix[containers]"`'
    )


def test_says_where_there_is_no_image() -> None:
    reason = PROVIDER.lacks(catalogue()["sqlite"])
    assert reason == "the catalogue names no image of sqlite"


def test_nothing_of_docker_is_imported_until_it_is_used() -> None:
    words = "import sys, matrix_project.servers.container; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True)
    assert not {"docker", "testcontainers", "requests"} & set(done.stdout.split())
