"""`python -m matrix_project.servers.mysqlclient`, in an environment of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from pathlib import Path

import pytest

from matrix_project.backends import catalogue
from matrix_project.servers import debian, mysqlclient, packages, tools
from matrix_project.servers.room import open_room

PROJECT = Path(__file__).parents[1]
# As if the environment below had no driver, though it sees the packages of the running one.
PROGRAM = """
import sys
sys.modules["MySQLdb"] = None
from matrix_project.servers.mysqlclient import main
sys.exit(main())
"""
CONNECT = """
import sys, MySQLdb
port, password = sys.stdin.read().split()
connection = MySQLdb.connect(host="127.0.0.1", port=int(port), user="matrix", password=password)
cursor = connection.cursor()
cursor.execute("SELECT 1")
print(MySQLdb.__file__, cursor.fetchone()[0])
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True, with_pip=importlib.util.find_spec("pip") is None)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    here = sysconfig.get_path("platlib")
    (folder / "lib" / version / "site-packages" / "all.pth").write_text(f"{here}\n{PROJECT}\n")
    return folder


def python(
    environment: Path, program: str, text: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    # Without the folder of the connector's plugins, which the running one may have set.
    kept = {key: value for key, value in os.environ.items() if key != "MARIADB_PLUGIN_DIR"}
    argv = [environment / "bin" / "python", "-c", program]
    return subprocess.run(
        argv,
        check=False,
        capture_output=True,
        text=True,
        input=text,
        env=kept | variables,
        timeout=120,
    )


def test_does_nothing_where_there_is_a_driver() -> None:
    pytest.importorskip("MySQLdb")
    argv = [sys.executable, "-m", "matrix_project.servers.mysqlclient"]
    environment = {**os.environ, "PATH": "/nowhere", "MATRIX_CACHE": "/nowhere"}
    done = subprocess.run(argv, check=False, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_says_that_there_is_no_compiler(environment: Path, tmp_path: Path) -> None:
    variables = {"PATH": "/nowhere", "CC": "no-such-compiler", "MATRIX_CACHE": str(tmp_path)}
    done = python(environment, PROGRAM, **variables)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "mysqlclient could not be built: there is no no-such-compiler: apt-get install gcc\n"
    )
    assert not list(tmp_path.iterdir())


def test_makes_a_driver_that_reaches_mysql(environment: Path) -> None:
    built = list((tools.cache() / "wheels").glob("*/mysqlclient-*.whl"))
    if mysqlclient._own_connector() is None and not built:
        if reason := debian.lacks() or mysqlclient._lacks_compiler():
            pytest.skip(reason)
        try:
            urllib.request.urlopen(f"{debian._mirror()}/", timeout=5).close()
        except OSError as error:
            pytest.skip(f"the mirror does not answer: {error}")
    done = python(environment, PROGRAM)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    backend = catalogue()["mysql-9.7"]
    if reason := packages.provider.lacks(backend):
        pytest.skip(reason)
    with open_room() as room, packages.provider.serve(backend, room) as server:
        entry = server.database
        done = python(environment, CONNECT, f"{entry['PORT']} {entry['PASSWORD']}")
    assert done.stderr == ""
    path, answer = done.stdout.split()
    assert Path(path).is_relative_to(environment)
    assert answer == "1"
