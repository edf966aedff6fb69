"""An engine goes away and comes back, is not there at the start, or is not as the profile says."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.engines.brokers import administrator, remove
from tests.engines.system import (
    ENGINES,
    PATIENCE,
    PROFILES,
    System,
    all_ready,
    away,
    ready,
    said,
)
from tests.processes import COMMAND, Process, environment, eventually
from tests.raters import go_on, rating

PUBLIC = ("/movies/bestpictures?title=Casablanca", "/movies/top10", "/movies/tt0034583")
LONGEST = 7.0
"""Seconds within which a request is answered, whatever is away."""


@pytest.fixture
def system(data: Path) -> Iterator[System]:
    system = System(data)
    try:
        system.migrate()
        yield system
    finally:
        system.end()


@pytest.mark.parametrize("how", ["kill", "pause"])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.timeout(240)
def test_an_engine_is_away_under_load_and_comes_back(system: System, engine: str, how: str) -> None:
    processes = system.start_all()
    with rating(processes["rating"]) as raters:
        with away(engine, how):
            for profile, stores in PROFILES.items():
                if ENGINES[engine] in stores:
                    eventually(partial(unready, processes[profile], ENGINES[engine]), PATIENCE)
            for path in PUBLIC:
                assert processes["public"].get(path).status_code == 200
            if engine == "cassandra":
                refused(processes["rating"])
            else:
                go_on(raters)
                assert not sum(rater.refused for rater in raters)
        go_on(raters)
    all_ready(processes)
    assert sum(rater.check(processes["rating"]) for rater in raters) > 20
    system.audit()
    for process in processes.values():
        assert process.terminate() == 0
        assert "Traceback" not in said(process)


@pytest.mark.timeout(240)
def test_the_topic_is_deleted_under_load(system: System) -> None:
    processes = system.start_all()
    with rating(processes["rating"]) as raters:
        go_on(raters)
        remove([system.topic])
        eventually(partial(has_said, processes["consumer"], "replaced by another one"), PATIENCE)
        go_on(raters)
        assert not sum(rater.refused for rater in raters)
    all_ready(processes)
    assert sum(rater.check(processes["rating"]) for rater in raters) > 20
    # Those who were told of the loss by one line do what it says.
    assert system.run("rebuild").returncode == 0
    system.audit()
    written = "".join(map(said, processes.values()))
    assert 1 <= written.count("was gone and has been created again") <= 2
    assert "Traceback" not in written


@pytest.mark.parametrize("command", ["rebuild", "replay"])
@pytest.mark.timeout(240)
def test_a_command_waits_for_a_database_that_goes_away(system: System, command: str) -> None:
    rating = system.start("rating")
    assert rating.rate("alice", "tt0034583", 9).status_code == 200
    environ = {**environment(), **system.variables}
    arguments = [*COMMAND, command, "--data", str(system.data)]
    with closing(system.connect(system.name)) as connection:
        connection.cursor().execute("LOCK TABLE user_rates")
        with subprocess.Popen(arguments, env=environ, stderr=subprocess.PIPE, text=True) as running:
            eventually(partial(is_awaited, system), PATIENCE)
            with away("postgres", "kill"):
                assert running.stderr is not None
                assert "trying again for 120 s" in running.stderr.readline()
            assert running.wait(PATIENCE) == 0
    system.start("consumer")
    assert system.audit().startswith("1 rate of 1 movie, 0 differences")


def is_awaited(system: System) -> bool:
    """Whether somebody waits for a lock."""
    with closing(system.connect("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_locks JOIN pg_database d ON d.oid = database "
            "WHERE NOT granted AND datname = %s",
            [system.name],
        )
        return cursor.fetchone() is not None


def unready(process: Process, role: str) -> bool:
    """Whether a process is live and says that this store is away."""
    assert process.get("/health/live").status_code == 200
    answer = process.get("/health/ready")
    stores = answer.json()["stores"]
    return answer.status_code == 503 and not stores[role]["up"] and bool(stores[role]["reason"])


def refused(server: Process) -> None:
    """Check that a rate is refused in time, and politely."""
    began = time.monotonic()
    answer = server.rate("alice", "tt0034583", 9)
    assert time.monotonic() - began < LONGEST
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"] == "application/problem+json"


def has_said(process: Process, expected: str) -> bool:
    """Whether a process has written something."""
    return re.search(expected, said(process)) is not None


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.timeout(240)
def test_an_engine_is_not_there_at_the_start(system: System, engine: str) -> None:
    role = ENGINES[engine]
    with away(engine, "kill"):
        processes = {profile: system.start(profile) for profile in PROFILES}
        for profile, process in processes.items():
            if role not in PROFILES[profile]:
                eventually(partial(ready, process), PATIENCE)
                continue
            assert unready(process, role)
            expected = (
                rf"the store for {role} is not available yet, next try in \d+ s: .*127\.0\.0\.1:"
            )
            eventually(partial(has_said, process, expected), PATIENCE)
        if engine == "postgres":
            assert processes["public"].get("/movies/top10").status_code == 503
    all_ready(processes)
    answers = {path: processes["public"].get(path).status_code for path in PUBLIC}
    assert answers == dict.fromkeys(PUBLIC, 200)
    assert processes["rating"].rate("alice", "tt0034583", 10).status_code == 200
    eventually(lambda: processes["public"].top10()[0]["id"] == "tt0034583", PATIENCE)
    for process in processes.values():
        assert process.terminate() == 0
        assert "Traceback" not in said(process)


@pytest.mark.parametrize(
    ("profile", "variable", "wrong", "message"),
    [
        ("rating", "RATES", (r"//.*@", "//cassandra:hush@"), "the user or the password is wrong"),
        ("rating", "RATES", (r"/\w+$", "/absent"), "no such keyspace; run 'movieserver migrate'"),
        ("public", "MOVIES", (r"//.*@", "//movieserver:hush@"), "password"),
        ("public", "MOVIES", (r"/\w+$", "/absent"), "run 'movieserver migrate'"),
        ("consumer", "PARTITIONS", (r".*", "5"), "has 24 partitions, but the profile says 5"),
        ("consumer", "REPLICATION", (r".*", "9"), "replicas, but the profile says 9"),
    ],
)
def test_what_is_wrong_ends_the_start_with_a_message(
    system: System, profile: str, variable: str, wrong: tuple[str, str], message: str
) -> None:
    if profile == "consumer":
        assert system.start("consumer").terminate() == 0  # makes the topic
    name = f"MOVIESERVER_{variable}"
    value = re.sub(*wrong, system.variables.get(name, ""), count=1)
    ended(system, profile, message, **{name: value})


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "UPDATE schema_migrations SET version = version - 1",
            "no schema yet; run",
        ),
        ("INSERT INTO schema_migrations VALUES (9999, 'later')", "newer than this program's"),
    ],
)
def test_a_schema_of_another_version_ends_the_start_with_a_message(
    system: System, statement: str, message: str
) -> None:
    system.sql(system.name, statement)
    ended(system, "public", message)


def test_a_topic_with_another_policy_ends_the_start_with_a_message(system: System) -> None:
    with closing(administrator()) as admin:
        layout = {"num_partitions": 24, "replication_factor": 1}
        admin.create_topics({system.topic: layout})
    ended(system, "rating", "cleanup.policy=delete but needs compact")


def ended(system: System, profile: str, message: str, **variables: str) -> None:
    """Check that a start ends with a line that says ``message``, and tells no secret."""
    done = system.run("--profile", profile, "--listen", "127.0.0.1:0", **variables)
    assert done.returncode == 1
    *_, last = done.stderr.splitlines()
    assert last.startswith("movieserver: ")
    assert message in last
    assert "Traceback" not in done.stderr
    assert "hush" not in done.stderr
