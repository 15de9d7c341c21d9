"""SprinklrClient as PyPI has it: it knows one host, sends neither `state` nor PKCE, and posts everything raw in the
query string with an empty body (PROTOCOL, "Legacy parameters")."""

import base64
import csv
import hashlib
import importlib.metadata
from urllib.parse import urlsplit

import pytest
import requests
from SprinklrClient.SprinklrClient import SprinklrClient

from countersign import claim_ports
from person import answer_of
from resolver import host_is_at
from waiting import within_a_second
from world import opened_world

HOST = urlsplit(SprinklrClient("key").authorize("callback")).hostname


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A platform at the host that the library knows."""
    (port,) = claim_ports(1)
    with opened_world(tmp_path_factory.mktemp("platform"), f"https://{HOST}", port) as world:
        with pytest.MonkeyPatch.context() as patch, host_is_at(HOST, port):
            patch.setenv("REQUESTS_CA_BUNDLE", str(world.authority))
            yield world


@pytest.fixture(scope="module")
def app(world):
    return world.app("Report Bot", legacy=True)


def test_the_library_is_what_its_publisher_released():
    distribution = importlib.metadata.distribution("SprinklrClient")
    recorded = {row[0]: row[1] for row in csv.reader(distribution.read_text("RECORD").splitlines())}
    source = "SprinklrClient/SprinklrClient.py"
    digest = hashlib.sha256(distribution.locate_file(source).read_bytes()).digest()
    assert recorded[source] == "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("path", "person", "workspace"), [(None, "ana", "Europe"), ("prod2", "ivan", "Sales"), ("prod2/", "ivan", "Sales")]
)
def test_it_is_authorized_fetches_and_refreshes(world, app, path, person, workspace):
    client = SprinklrClient(app.key, path)
    callback = getattr(world, person).allows(client.authorize(app.callback), [workspace])
    assert callback.startswith(f"{app.callback}?")
    answer = answer_of(callback)
    prefix = path.rstrip("/") if path else ""
    assert answer.keys() == {"code", "iss"}  # none sent, none returned (PROTOCOL, Authorize)
    assert answer["iss"] == f"{world.url}/{prefix}".rstrip("/")

    assert client.fetch_access_token(app.secret, app.callback, answer["code"]), client.status_message
    assert client.token_type == "Bearer"
    assert [each["name"] for each in client.result["workspaces"]] == [workspace]
    assert client.result["environment"] == (prefix or "default")
    first = client.access_token, client.refresh_token
    assert all(first)

    assert client.refresh_access_token(app.secret, app.callback, client.refresh_token), client.result
    assert client.access_token != first[0]
    assert client.refresh_token == first[1]  # stable for keys that authenticate (DESIGN §4.2)
    for token in first[0], client.access_token:
        assert is_active(world, app, token, path)


def test_a_used_code_gives_nothing_more(world, app):
    client = SprinklrClient(app.key)
    code = answer_of(world.ana.allows(client.authorize(app.callback), ["Europe"]))["code"]
    assert client.fetch_access_token(app.secret, app.callback, code)
    again = SprinklrClient(app.key)
    assert not again.fetch_access_token(app.secret, app.callback, code)
    assert (again.status_code, again.result["error"]) == (400, "invalid_grant")


def test_the_answer_says_that_this_way_is_deprecated(world, app):
    client = SprinklrClient(app.key)
    assert not client.refresh_access_token(app.secret, app.callback, "unknown")
    assert world.wiretap.last_answer.headers["Deprecation"].startswith("@")
    assert world.wiretap.last_answer.headers["Cache-Control"] == "no-store"


def test_without_the_switch_the_app_comes_back_with_an_error(world):
    app = world.app("Modern Bot")
    callback = world.ana.walk(SprinklrClient(app.key).authorize(app.callback), "allow", ["Europe"])
    answer = answer_of(callback)
    assert answer["error"] == "invalid_request"
    assert "code" not in answer


def test_without_the_switch_a_secret_in_the_query_is_refused_and_flagged_exposed(world):
    app = world.app("Modern Bot with a secret")
    client = SprinklrClient(app.key)
    assert not client.fetch_access_token(app.secret, app.callback, "unknown")
    assert (client.status_code, client.result["error"]) == (400, "invalid_request")
    assert client.result["error_description"].startswith("credentials_in_query: ")
    mine = [row for row in world.refusals("credentials_in_query") if row[0] == app.key]
    assert [(row[1], row[2].partition(":")[0]) for row in mine] == [(app.id, "exposed")]


def test_the_end_of_the_switch_is_in_force_within_a_second(world):
    app = world.app("Old Bot", legacy=True)
    client = SprinklrClient(app.key)
    code = answer_of(world.ana.allows(client.authorize(app.callback), ["Europe"]))["code"]
    assert client.fetch_access_token(app.secret, app.callback, code)
    world.run("app", "set", app.id, "--no-legacy-parameters")
    assert within_a_second(lambda: not client.refresh_access_token(app.secret, app.callback, client.refresh_token))
    assert b"credentials_in_query: " in client.result


def is_active(world, app, token, path):
    endpoint = f"{world.url}/{(path or '').rstrip('/')}".rstrip("/") + "/oauth/introspect"
    answer = requests.post(endpoint, auth=(app.key, app.secret), data={"token": token}, timeout=30)
    answer.raise_for_status()
    return answer.json()["active"]
