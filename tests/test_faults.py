"""What goes wrong in a run, for real: nothing taken is damaged, and nothing is left behind."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from matrix_project.backends import catalogue
from matrix_project.servers.packages import provider
from tests.conftest import ROOT, command, run_matrix

SECONDS = 120


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


@contextmanager
def running(folder, temporary, *arguments):
    """Start a run, and see to it that it is over in the end."""
    process = subprocess.Popen(
        command("run", "--output", folder, *arguments),
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_for(process, *words):
    """Read the run's output up to a line that has all the words; return what was read."""
    read = []
    for line in process.stdout:
        read.append(line)
        if all(word in line for word in words):
            return "".join(read)
    pytest.fail(f"the run never said {words}:\n{''.join(read)}")


def nothing_is_left(temporary):
    return not processes(temporary) and not list(temporary.iterdir())


@pytest.fixture
def packages():
    """The provider `packages`, where this machine can use it."""
    reason = provider.lacks(catalogue()["mysql-9.7"])
    if reason and "CI" not in os.environ:
        pytest.skip(reason)
    return provider.name


@pytest.mark.parametrize(
    ("backend", "program"),
    [("postgresql-18", b"postgres"), ("mysql-9.7", b"mysqld"), ("mariadb-11.8", b"mariadbd")],
)
def test_a_killed_server_is_lost_and_harms_no_other(
    tmp_path, temporary, backend, program, packages
):
    folder = tmp_path / "reports"
    arguments = ("--backend", backend, "--backend", "sqlite", "--provider", packages)
    with running(folder, temporary, *arguments) as process:
        wait_for(process, backend, "migrating condition")
        for pid, words in processes(temporary).items():
            if program in words:
                os.kill(pid, signal.SIGKILL)
        rest = process.stdout.read()
        assert process.wait(SECONDS) == 1
    assert f"{backend}+django" in rest
    assert "lost: the server is gone" in rest
    document = json.loads((folder / "matrix.json").read_text())
    statuses = {each["backend"]: each["status"] for each in document["environments"].values()}
    assert statuses == {backend: "lost", "sqlite": "observed"}
    verdicts = {
        cell["case"]: cell["verdict"]
        for cell in document["cells"]
        if cell["environment"].startswith(backend)
    }
    assert len(verdicts) == 15
    assert verdicts["check.q"] == "enforced"
    assert verdicts["singleton.unconstrained"] == "unknown"
    assert "ignored" not in verdicts.values()
    assert nothing_is_left(temporary)


def test_ctrl_c_keeps_what_was_there(tmp_path, temporary, packages):
    folder = tmp_path / "reports"
    run_matrix(folder, "--backend", "sqlite")
    before = json.loads((folder / "matrix.json").read_text())["environments"].keys()
    with running(folder, temporary, "--provider", packages) as process:
        wait_for(process, "mysql-9.7", "migrating")
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
    assert {each["status"] for each in document["environments"].values()} == {"observed"}
    assert "unknown" not in {cell["verdict"] for cell in document["cells"]}


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_run_leaves_nothing_either(tmp_path, temporary, sent, packages):
    with running(tmp_path / "reports", temporary, "--provider", packages) as process:
        wait_for(process, "mysql-9.7", "migrating")
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


def test_a_full_disk_for_results_is_said_and_damages_nothing(tmp_path, temporary):
    folder = tmp_path / "reports"
    folder.mkdir()
    # All of the disk is taken but a little, so that the run can begin and its end cannot be kept.
    script = f'head -c 960k /dev/zero > {folder}/ballast; exec "$@"'
    done = subprocess.run(
        [*full_disk(folder), "sh", "-c", script, "sh",
         *command("run", "--output", folder, "--backend", "sqlite")],
        cwd=ROOT, env=os.environ | {"TMPDIR": str(temporary)},
        capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "No space left on device" in line
    assert "name another --output" in line
    assert nothing_is_left(temporary)


@pytest.mark.parametrize("backend", ["postgresql-18", "mysql-9.7", "mariadb-11.8"])
def test_a_full_disk_under_a_server_makes_it_not_run(tmp_path, temporary, backend, packages):
    disk = temporary / "disk"
    disk.mkdir()
    words = command("run", "--output", tmp_path / "reports", "--backend", backend)
    done = subprocess.run(
        [*full_disk(disk), *words, "--provider", packages],
        cwd=ROOT, env=os.environ | {"TMPDIR": str(disk)},
        capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "not-run" in done.stdout
    assert "No space left on device" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    document = json.loads((tmp_path / "reports" / "matrix.json").read_text())
    assert document["environments"][f"{backend}+django-{series()}"]["status"] == "not-run"


def series():
    import django

    return ".".join(map(str, django.VERSION[:2]))


def test_a_url_that_does_not_answer_is_not_run_and_keeps_its_password(tmp_path):
    done = run_matrix(
        tmp_path / "reports",
        *("--backend", "mysql-9.7", "--backend", "sqlite", "--provider", "url"),
        MATRIX_MYSQL_URL="mysql://someone:s3cret@127.0.0.1:1/",
    )
    assert done.code == 1
    statuses = {each["backend"]: each["status"] for each in done.document["environments"].values()}
    assert statuses == {"mysql-9.7": "not-run", "sqlite": "observed"}
    assert "MATRIX_MYSQL_URL" in done.output
    assert "s3cret" not in done.output + json.dumps(done.document)


def test_packages_that_are_not_there_are_not_run_and_others_run(tmp_path, packages):
    done = run_matrix(
        tmp_path / "reports",
        *("--backend", "mysql-9.7", "--backend", "sqlite", "--provider", packages),
        MATRIX_DEBIAN_MIRROR="http://127.0.0.1:1/debian",
        XDG_CACHE_HOME=str(tmp_path / "cache"),
        MATRIX_CACHE=str(tmp_path / "cache"),
    )
    assert done.code == 1
    statuses = {each["backend"]: each["status"] for each in done.document["environments"].values()}
    assert statuses == {"mysql-9.7": "not-run", "sqlite": "observed"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--backend", "oracle-23"], ["unknown backend oracle-23", "mysql-9.7", "sqlite"]),
        (["--provider", "cloud"], ["unknown provider cloud", "container", "packages", "url"]),
        (["--case", "check.z"], ["unknown case check.z", "check.q", "include.covering"]),
        (["-k", "nonesuch"], ["no probe matches", "check.q"]),
        (["-k", "(("], ["Wrong expression"]),
        (["--bakend", "x"], ["--bakend"]),
    ],
)
def test_bad_input_is_one_line_that_says_what_there_is(tmp_path, arguments, words):
    done = subprocess.run(
        command("run", "--output", tmp_path / "reports", *arguments),
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert all(word in line for word in words), line
    assert not (tmp_path / "reports" / "matrix.json").exists()


def test_results_of_another_schema_stop_a_run_before_it_starts(tmp_path):
    folder = tmp_path / "reports"
    run_matrix(folder, "--backend", "sqlite")
    (path,) = (folder / "environments").iterdir()
    newer = json.loads(path.read_text()) | {"schema": 2}
    path.write_text(json.dumps(newer))
    done = run_matrix(folder, "--backend", "sqlite")
    assert done.code == 2
    assert "schema 2" in done.output
    assert json.loads(path.read_text()) == newer


def test_a_part_of_the_suite_is_shown_and_not_written(tmp_path):
    done = subprocess.run(
        command("run", "--backend", "sqlite", "-k", "deferrable and swap"),
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing is written" in done.stdout
    assert "deferrable_unique.deferred" in done.stdout
    assert "include.covering" not in done.stdout


def test_a_part_takes_the_place_of_no_whole(tmp_path):
    folder = tmp_path / "reports"
    run_matrix(folder, "--backend", "sqlite")
    before = (folder / "matrix.json").read_bytes()
    done = run_matrix(folder, "--backend", "sqlite", "--case", "check.q")
    assert done.code == 2
    assert "name another --output" in done.output
    assert (folder / "matrix.json").read_bytes() == before


def test_an_address_of_no_vendor_is_said(tmp_path):
    done = subprocess.run(
        command("run", "--backend", "sqlite", "--output", tmp_path),
        cwd=ROOT, env=os.environ | {"MATRIX_POSTGRES_URL": "postgresql://nobody@127.0.0.1/"},
        capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 2
    assert "MATRIX_POSTGRESQL_URL" in done.stderr


def test_the_report_is_made_again_without_a_server(tmp_path):
    folder = tmp_path / "reports"
    run_matrix(folder, "--backend", "sqlite")
    before = (folder / "README.md").read_text().splitlines()
    (folder / "README.md").unlink()
    done = subprocess.run(
        command("report", "--output", folder),
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 0
    assert (folder / "README.md").read_text().splitlines() == before
    missing = subprocess.run(
        command("report", "--output", tmp_path / "none"),
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert missing.returncode == 2
    assert "python -m matrix_project run" in missing.stderr
