"""The images of `.ci/images`: what the table says, and what they share with the official ones.

Without `.ci/run`, the contract is put to the official images themselves.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
import tomllib
from contextlib import contextmanager

import pytest

from matrix_project.backends import catalogue, djangos
from matrix_project.servers import container
from matrix_project.servers.databases import connected
from matrix_project.vendors import vendor
from tests.conftest import ROOT

ROWS = tomllib.loads((ROOT / ".ci" / "images" / "images.toml").read_text())["image"]
PREFIX = os.environ.get("TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX", "")
SERVERS = [backend for backend in catalogue().values() if backend.image and backend.default]
SECONDS = 120
# By vendor: the environment of a first start, the data folder, an option, and what it leads to.
CONTRACT = {
    "postgresql": (
        {"POSTGRES_PASSWORD": "a'b\\c", "POSTGRES_USER": "ann", "POSTGRES_DB": "some-db"},
        "/var/lib/matrix",
        ("-c", "max_connections=17"),
        "SHOW max_connections",
    ),
    "mysql": (
        {
            "MYSQL_ROOT_PASSWORD": "d",
            "MYSQL_PASSWORD": "a'b\\c",
            "MYSQL_USER": "ann",
            "MYSQL_DATABASE": "some-db",
        },
        "/var/lib/mysql",
        ("--max-connections=17",),
        "SELECT @@max_connections",
    ),
}
CONTRACT["mariadb"] = CONTRACT["mysql"]


def docker(*words):
    done = subprocess.run(
        ["docker", *words], capture_output=True, text=True, check=True, timeout=SECONDS
    )
    return done.stdout.strip()


@pytest.fixture(params=SERVERS, ids=lambda backend: backend.id)
def backend(request):
    if reason := container.provider.lacks(request.param):
        (pytest.fail if "CI" in os.environ else pytest.skip)(reason)
    return request.param


@pytest.fixture
def volume():
    name = f"constraint-matrix-{secrets.token_hex(4)}"
    docker("volume", "create", name)
    yield name
    docker("volume", "rm", name)


@contextmanager
def started(backend, volume, **environ):
    """Start the image on the volume; yield the container's name."""
    _, folder, option, _ = CONTRACT[backend.vendor]
    if backend.vendor == "postgresql":
        environ["PGDATA"] = f"{folder}/data"
    name = f"constraint-matrix-{secrets.token_hex(4)}"
    words = ["run", "--detach", "--name", name, "--volume", f"{volume}:{folder}"]
    words += ["--publish", f"127.0.0.1::{vendor(backend.vendor).image.port}"]
    words += [word for pair in environ.items() for word in ("--env", "=".join(pair))]
    try:
        docker(*words, f"{PREFIX}{backend.image}", *option)
        yield name
    finally:
        docker("rm", "--force", "--volumes", name)


def answering(backend, name, *, user="ann", password="a'b\\c"):
    """Wait until the server in the container answers; return a cursor's context."""
    known = vendor(backend.vendor)
    image = known.image
    host, _, port = docker("port", name, str(image.port)).splitlines()[0].rpartition(":")
    entry = {"ENGINE": known.engine, "HOST": host, "PORT": port, "NAME": "some-db"}
    entry |= {"USER": user, "PASSWORD": password}
    until = time.monotonic() + SECONDS
    while (refusal := container._refusal(known, known.access, entry)) is not None:
        assert time.monotonic() < until, refusal
        time.sleep(0.2)
    return connected(known.access, entry)


def asked(cursor, question):
    cursor.execute(question)
    return str(cursor.fetchone()[0])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_a_row_makes_a_backend_of_the_catalogue(row):
    (backend,) = (each for each in catalogue().values() if each.image == row["name"])
    assert backend.debian.suite == row["suite"]
    assert backend.debian.package in row["packages"]
    assert (ROOT / ".ci" / "images" / row["entrypoint"]).is_file()


def test_every_backend_that_debian_has_is_made():
    in_debian = {each.image for each in catalogue().values() if each.debian}
    assert in_debian == {row["name"] for row in ROWS}


def test_data_that_are_there_are_served_as_they_are(backend, volume):
    environ, _, _, question = CONTRACT[backend.vendor]
    with started(backend, volume, **environ) as name:
        with answering(backend, name) as cursor:
            assert asked(cursor, question) == "17"
            cursor.execute("CREATE TABLE kept (id int)")
        # The server is told, and ends by itself.
        docker("stop", "--time", str(SECONDS), name)
        assert docker("inspect", "--format", "{{.State.ExitCode}}", name) == "0"
    others = {key: "other" for key in environ if key.endswith("PASSWORD")}
    with started(backend, volume, **others) as name, answering(backend, name) as cursor:
        assert asked(cursor, "SELECT count(*) FROM kept") == "0"


def test_without_a_password_there_is_no_server(backend, volume):
    with started(backend, volume) as name:
        assert docker("wait", name) != "0"
        said = subprocess.run(["docker", "logs", name], capture_output=True, text=True, check=True)
        assert "password" in said.stderr


FINE = {"status": "observed", "provider": "container", "origin": "image", "reason": None}


@pytest.mark.parametrize(
    ("differing", "verdict", "said"),
    [
        ({}, "enforced", ""),
        ({"6.0": None}, "enforced", "WRONG: mariadb-10.11+django-6.0: missing"),
        ({"6.0": {"provider": "packages"}}, "enforced", "django-6.0: observed by packages"),
        ({"5.2": {"status": "not-run"}}, "enforced", "django-5.2: not-run by container"),
        ({"5.2": {"reason": "the harness failed"}}, "enforced", "the harness failed"),
        ({}, "unknown", "['check.q']"),
        (dict.fromkeys(("5.2", "6.0", "6.1")), "enforced", "no Django observed it"),
    ],
)
def test_an_environment_that_is_not_observed_is_noticed(tmp_path, differing, verdict, said):
    code, told = checked(tmp_path, "mariadb:10.11", differing, verdict)
    assert code == bool(said), told
    assert said in told
    assert ("WRONG" in told) == bool(said)


def test_only_what_django_does_not_support_may_be_missing(tmp_path):
    code, told = checked(tmp_path, "mariadb:10.5", dict.fromkeys(("6.0", "6.1")), "enforced")
    assert code == 0, told
    assert told.count("left out, as Django does not support it") == 2


def checked(folder, image, differing, verdict):
    """Run the check on a document with an environment a Django; return its code and words."""
    backend = image.replace(":", "-")
    environments = {
        f"{backend}+django-{each.series}": FINE | differing.get(each.series, {})
        for each in djangos()
        if differing.get(each.series, {}) is not None
    }
    document = {
        "environments": environments,
        "cases": {"check.q": {}},
        "observations": {"a1": {"case": "check.q", "verdict": verdict}},
        "cells": {"check.q": {"a1": list(environments)}},
    }
    path = folder / "matrix.json"
    path.write_text(json.dumps(document))
    done = subprocess.run(
        [sys.executable, ".ci/check.py", "matrix_project/backends.toml", path, image],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.stderr
    return done.returncode, done.stdout


@pytest.mark.skipif(not PREFIX, reason="as root and with the images of .ci/run")
@pytest.mark.parametrize(("address", "code"), [("127.0.0.1", 0), ("127.0.0.2", 0), ("0.0.0.0", 1)])
def test_a_port_beyond_loopback_is_noticed(address, code):
    name = f"constraint-matrix-{secrets.token_hex(4)}"
    watcher = subprocess.Popen(
        [sys.executable, ROOT / ".ci" / "listening.py", "1"], stdout=subprocess.PIPE, text=True
    )
    try:
        image = f"{PREFIX}{SERVERS[0].image}"
        docker(
            "run", "--detach", "--name", name, "--publish", f"{address}::5432", image, "sleep", "9"
        )
        time.sleep(1)
    finally:
        docker("rm", "--force", name)
        watcher.terminate()
        said, _ = watcher.communicate(timeout=SECONDS)
    assert watcher.returncode == code, said
    assert ("docker-proxy listens on 0.0.0.0" in said) == bool(code)
