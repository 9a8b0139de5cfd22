"""What goes wrong in a run, for real: nothing taken is damaged, and nothing is left behind."""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from matrix_project.backends import catalogue
from matrix_project.interpreters import own
from matrix_project.results.contract import Status, Verdict
from matrix_project.servers.packages import provider
from tests.conftest import FEW, KILLS, ROOT, SECONDS, command, run_matrix
from tests.waiting import ONE_CASE, waiting

PROGRAMS = {"postgresql-18": b"postgres", "mysql-9.7": b"mysqld", "mariadb-11.8": b"mariadbd"}
# A file of cases that declares none: it sends a signal to the server's processes, at a statement of
# the suite, or before its connection (0).
KILLER = """
import os
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

sent = 0
connect = BaseDatabaseWrapper.connect


def strike():
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if {program} in words and {folder} in words:
            os.kill(int(entry.name), {signal})


def count(execute, sql, params, many, context):
    global sent
    sent += 1
    if sent == {moment}:
        strike()
    return execute(sql, params, many, context)


def watch(connection, **_):
    if connection.vendor != "sqlite":
        connection.execute_wrappers.append(count)


def strike_first(connection):
    if connection.vendor != "sqlite":
        strike()
    return connect(connection)


connection_created.connect(watch)
if {moment} == 0:
    BaseDatabaseWrapper.connect = strike_first
"""


@pytest.fixture
def temporary():
    """A folder for what a run makes for itself, to see that nothing of it is left.

    As root, servers run as another user, who cannot enter pytest's own folders.
    """
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def processes(folder):
    """Return the ids of the processes that have a path in `folder` in their command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in words:
                found[int(entry.name)] = words
    return found


def nothing_is_left(temporary):
    return not processes(temporary) and not list(temporary.iterdir())


@pytest.fixture
def packages():
    """The provider `packages`, where this machine can use it."""
    reason = provider.lacks(catalogue()["mysql-9.7"])
    if reason and "CI" not in os.environ:
        pytest.skip(reason)
    return provider.name


def environment(backend):
    return own().environment(catalogue()[backend])


def few(result):
    """Return the records of the few cases."""
    return {id_: record for id_, record in result.records.items() if f"--case={id_}" in FEW}


def struck(folder, temporary, backend, moment, *words, sent=signal.SIGKILL):
    """Observe the few cases on a backend, whose server gets a signal, and on SQLite."""
    killer = folder / "killer.py"
    names = {"program": PROGRAMS[backend], "folder": str(temporary).encode()}
    killer.write_text(KILLER.format(moment=moment, signal=int(sent), **names) + ONE_CASE)
    return run_matrix(
        folder / "results",
        *("--backend", backend, "--backend", "sqlite", "--provider", provider.name),
        *(*FEW, "--cases", killer, *words),
        TMPDIR=str(temporary),
    )


@pytest.mark.parametrize("backend", PROGRAMS)
def test_a_server_that_is_killed_before_the_first_query_is_not_run(
    tmp_path, temporary, backend, packages
):
    done = struck(tmp_path, temporary, backend, 0)
    assert done.code == 1, done.output
    results = done.results
    killed = results.pop(environment(backend))
    assert killed.environment.status == Status.NOT_RUN
    reason = f"{packages}: the server is gone: it was killed by SIGKILL"
    assert killed.environment.reason == reason
    assert [each.environment.status for each in results.values()] == [Status.OBSERVED]
    assert "Traceback" not in done.output
    assert nothing_is_left(temporary)


def test_a_server_that_hangs_is_lost(whole_run, tmp_path, temporary, packages):
    backend = "postgresql-18"
    done = struck(tmp_path, temporary, backend, 99, "--patience", "1", sent=signal.SIGSTOP)
    assert done.code == 1, done.output
    results = done.results
    hung = results.pop(environment(backend))
    assert hung.environment.status == Status.LOST
    assert hung.environment.reason.startswith("the server is gone: it does not answer within")
    assert hung.environment.held.cases < hung.environment.declared.cases
    (sqlite,) = results.values()
    assert sqlite.records == few(whole_run.results[sqlite.id])
    assert "Traceback" not in done.output
    assert nothing_is_left(temporary)


@pytest.mark.parametrize("backend", PROGRAMS)
def test_a_killed_server_is_lost_and_harms_no_verdict_and_no_other(
    whole_run, tmp_path, temporary, backend, packages, request
):
    whole = few(whole_run.results[environment(backend)])
    # The suite sends more than twice as many.
    statements = sum(len(each.sql) for record in whole.values() for each in record.probes)
    for kill in range(request.config.getoption("--kills")):
        moment = random.randrange(1, statements)
        folder = tmp_path / str(kill)
        folder.mkdir()
        done = struck(folder, temporary, backend, moment)
        told = f"killed at statement {moment}: {done.output}"
        assert done.code == 1, told
        assert "Traceback" not in done.output, told
        results = done.results
        lost = results.pop(environment(backend))
        (sqlite,) = results.values()
        assert sqlite.records == few(whole_run.results[sqlite.id]), told
        assert sqlite.environment.status == Status.OBSERVED, told
        if lost.environment.status == Status.NOT_RUN:
            # It was killed before it had told what it is.
            assert not lost.records, told
        else:
            assert lost.environment.status == Status.LOST, told
            assert lost.environment.reason.startswith("the server is gone: it was killed"), told
            assert lost.records.keys() == whole.keys(), told
            unseen = [record for id_, record in lost.records.items() if record != whole[id_]]
            assert unseen, told
            assert all(each.verdict in {None, Verdict.UNKNOWN} for each in unseen), told
            assert not any(each.answer for each in unseen), told
        assert len([line for line in done.output.splitlines() if "lost: " in line]) <= 2, told
        assert nothing_is_left(temporary), told


def test_few_servers_are_killed_by_default():
    assert KILLS * len(PROGRAMS) <= 6


def running(folder, temporary, *arguments):
    """Return a block of a run that waits in MySQL's suite."""
    words = command("run", "--output", folder, *arguments)
    return waiting(folder.parent, words, TMPDIR=str(temporary))


def test_ctrl_c_keeps_what_was_there(sqlite_results, temporary, packages):
    folder = sqlite_results
    before = json.loads((folder / "matrix.json").read_text())["environments"].keys()
    with running(folder, temporary, "--provider", packages) as process:
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(SECONDS) == 130
    assert "interrupted" in rest.splitlines()[-1]
    assert "Traceback" not in rest
    assert nothing_is_left(temporary)
    assert not list(folder.glob("environments/.*"))
    # What was done by then is whole, and the document is made of just that.
    document = json.loads((folder / "matrix.json").read_text())
    assert document["environments"].keys() >= before
    assert environment("mysql-9.7") not in document["environments"]
    assert {each["status"] for each in document["environments"].values()} == {"observed"}
    assert "unknown" not in {each.get("verdict") for each in document["observations"].values()}


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_killed_run_leaves_nothing_either(tmp_path, temporary, sent, packages):
    words = ("--provider", packages, "--backend", "mysql-9.7")
    with running(tmp_path / "results", temporary, *words) as process:
        guards = [pid for pid, words in processes(temporary).items() if b"guard.py" in words]
        assert len(guards) == 1
        watched = os.pidfd_open(guards[0])
        process.send_signal(sent)
        process.wait(SECONDS)
        # The guard is the last to go.
        assert select.select([watched], [], [], SECONDS)[0]
        os.close(watched)
    for pid in processes(temporary):
        # A killed process stays in the table until its heir has reaped it.
        with os.fdopen(os.pidfd_open(pid)) as dying:
            assert select.select([dying], [], [], SECONDS)[0]
    assert nothing_is_left(temporary)


def full_disk(inside):
    """Return the words that run a command with a full 1 MB disk mounted at `inside`."""
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here to mount a small disk with")
    mount = f'mount -t tmpfs -o size=1m,mode=711 none {inside} && exec "$@"'
    words = ["unshare", "--mount", "sh", "-c", mount, "sh"]
    if os.geteuid():
        # Root of a namespace of our own, to mount; then ourselves again.
        words[1:1] = ["--map-root-user"]
        words += ["unshare", f"--map-user={os.geteuid()}", f"--map-group={os.getegid()}"]
    if subprocess.run([*words, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    return words


def execute(*words, **environ):
    return subprocess.run(
        list(map(str, words)),
        cwd=ROOT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def test_a_full_disk_for_results_is_said_and_damages_nothing(tmp_path, temporary):
    folder = tmp_path / "results"
    folder.mkdir()
    # All of the disk is taken but a little, so that the run can begin and its end cannot be kept.
    script = f'head -c 1012k /dev/zero > {folder}/ballast; exec "$@"'
    words = command("run", "--output", folder, "--backend", "sqlite", *FEW)
    done = execute(*full_disk(folder), "sh", "-c", script, "sh", *words, TMPDIR=str(temporary))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "No space left on device" in line
    assert "name another --output" in line
    assert nothing_is_left(temporary)


@pytest.mark.parametrize("backend", PROGRAMS)
def test_a_full_disk_under_a_server_makes_it_not_run(tmp_path, temporary, backend, packages):
    disk = temporary / "disk"
    disk.mkdir()
    words = command("run", "--output", tmp_path / "results", "--backend", backend)
    done = execute(*full_disk(disk), *words, "--provider", packages, TMPDIR=str(disk))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "not-run" in done.stdout
    assert "No space left on device" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    document = json.loads((tmp_path / "results" / "matrix.json").read_text())
    assert document["environments"][environment(backend)]["status"] == "not-run"


def test_a_url_that_does_not_answer_is_not_run_and_keeps_its_password(tmp_path):
    done = run_matrix(
        tmp_path / "results",
        *("--backend", "mysql-9.7", "--backend", "sqlite", "--provider", "url", *FEW),
        MATRIX_MYSQL_URL="mysql://someone:s3cret@127.0.0.1:1/",
    )
    assert done.code == 1
    statuses = {each["backend"]: each["status"] for each in done.document["environments"].values()}
    assert statuses == {"mysql-9.7": "not-run", "sqlite": "observed"}
    assert "MATRIX_MYSQL_URL" in done.output
    assert "s3cret" not in done.output + json.dumps(done.document)


def test_packages_that_are_not_there_are_not_run_and_others_run(tmp_path, packages):
    done = run_matrix(
        tmp_path / "results",
        *("--provider", packages, *FEW),
        MATRIX_DEBIAN_MIRROR="http://127.0.0.1:1/debian",
        npm_config_registry="http://127.0.0.1:1/",
        MATRIX_CACHE=str(tmp_path / "cache"),
    )
    # A default run asks for one of each vendor: three of four is not what was asked for.
    assert done.code == 1
    statuses = {each["backend"]: each["status"] for each in done.document["environments"].values()}
    assert statuses.pop("sqlite") == "observed"
    assert len(statuses) == len(PROGRAMS)
    assert set(statuses.values()) == {"not-run"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--backend", "oracle-23"], ["unknown backend oracle-23", "mysql-9.7", "sqlite"]),
        (["--provider", "cloud"], ["unknown provider cloud", "container", "packages", "url"]),
        (["--case", "check.z"], ["unknown case check.z", "the nearest are", "check.q"]),
        (["-k", "nonesuch"], ["no case matches", "nonesuch"]),
        (["-k", "(("], ["Wrong expression"]),
        (["--bakend", "x"], ["--bakend"]),
        (["--all", "--backend", "sqlite"], ["leave out --backend"]),
        (["--cases", "/nowhere.py"], ["/nowhere.py"]),
    ],
)
def test_bad_input_is_one_line_that_says_what_there_is(tmp_path, arguments, words):
    done = run_matrix(tmp_path / "results", *arguments)
    assert done.code == 2
    (line,) = done.output.splitlines()
    assert all(word in line for word in words), line
    assert not (tmp_path / "results" / "matrix.json").exists()


def test_results_of_another_schema_stop_a_run_before_it_starts(sqlite_results):
    (path,) = (sqlite_results / "environments").glob("*.json")
    newer = json.loads(path.read_text()) | {"schema": 3}
    path.write_text(json.dumps(newer))
    done = run_matrix(sqlite_results, "--backend", "sqlite")
    assert done.code == 2
    assert "3" in done.output
    assert json.loads(path.read_text()) == newer


def test_a_part_of_the_suite_is_shown_and_not_written(tmp_path):
    done = subprocess.run(
        command("run", "--backend", "sqlite", "-k", "deferrable and immediate"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing is written" in done.stdout
    assert "deferrable_unique.immediate" in done.stdout
    assert "check.q" not in done.stdout
    assert not list(tmp_path.iterdir())


def test_a_part_takes_the_place_of_no_whole(sqlite_results):
    before = (sqlite_results / "matrix.json").read_bytes()
    done = run_matrix(sqlite_results, "--backend", "sqlite", "--case", "check.q")
    assert done.code == 2
    assert "name another --output" in done.output
    assert (sqlite_results / "matrix.json").read_bytes() == before


def test_an_address_of_no_vendor_is_said(tmp_path):
    address = "postgresql://nobody@127.0.0.1/"
    done = run_matrix(tmp_path / "out", "--backend", "sqlite", MATRIX_POSTGRES_URL=address)
    assert done.code == 2
    assert "MATRIX_POSTGRESQL_URL" in done.output


def test_the_report_is_made_again_without_a_server(sqlite_results, tmp_path):
    before = (sqlite_results / "README.md").read_text().splitlines()
    (sqlite_results / "README.md").unlink()
    done = execute(*command("report", "--output", sqlite_results))
    assert done.returncode == 0
    assert (sqlite_results / "README.md").read_text().splitlines() == before
    missing = execute(*command("report", "--output", tmp_path / "none"))
    assert missing.returncode == 2
    assert "python -m matrix_project run" in missing.stderr
