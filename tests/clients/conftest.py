"""What every suite here has: a bound on its time, no proxy, and on demand a running platform."""

import signal

import pytest

from countersign import claim_ports
from world import opened_world

LONGEST_TEST = 120


@pytest.fixture(autouse=True)
def within_its_time():
    """Ends a test that waits for something that never comes; some client libraries know no timeout."""

    def ring(_signal, _frame):
        pytest.fail(f"not done after {LONGEST_TEST} s")

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(LONGEST_TEST)
    yield
    signal.alarm(0)


@pytest.fixture(autouse=True, scope="session")
def straight_connections():
    """The tests talk to this machine only."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        yield


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A platform for the tests of one file."""
    (port,) = claim_ports(1)
    with opened_world(tmp_path_factory.mktemp("platform"), f"https://localhost:{port}", port) as world:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REQUESTS_CA_BUNDLE", str(world.authority))
            yield world
