"""The management API against its own document: schemathesis makes requests of it, good and bad, and judges every answer."""

import json
import pathlib
import re
import subprocess
import sys

import pytest
import requests

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
]
SECONDS = 110
FEWEST_CASES = 150


def management_key(world):
    key = world.run(
        *("management-key", "create", "--label", "Schemathesis", "--every-team"),
        *("--scope", "countersign.read", "--scope", "countersign.apps.write", "--scope", "countersign.teams.write"),
    )
    world.wiretap.note("an API secret", key["secret"])
    return key


@pytest.fixture(scope="module")
def token(world):
    key = management_key(world)
    answer = requests.post(
        f"{world.url}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(key["id"], key["secret"]),
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


def judged(world, token, folder, *options, ids=None):
    """Has schemathesis make requests of every operation; how many, and its report if it found a fault."""
    parameters = [f"{name} = {json.dumps(value)}" for name, value in (ids or {}).items()]
    (folder / "schemathesis.toml").write_text("\n".join(["[parameters]", *parameters, ""]))
    program = pathlib.Path(sys.executable).with_name("schemathesis")
    line = [
        *(program, "--config-file", "schemathesis.toml", "run", f"{world.url}/api/v1/openapi.json"),
        *("--header", f"Authorization: Bearer {token}", "--tls-verify", world.authority, "--request-timeout", "10"),
        *("--checks", ",".join(CHECKS), "--seed", "1", "--workers", "1", "--suppress-health-check", "all"),
        *("--continue-on-failure", "--no-shrink", "--warnings", "off", *options),
    ]
    ended = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    told = ended.stdout + ended.stderr
    counted = re.search(r"(\d+) generated", told)
    return int(counted[1]) if counted else 0, ended.returncode, told


def test_every_operation_answers_as_its_document_says(world, token, tmp_path):
    cases, fault, told = judged(world, token, tmp_path, "--phases", "fuzzing", "--max-examples", "6")
    assert fault == 0 and cases >= FEWEST_CASES, told


def test_what_is_asked_of_things_that_exist_is_answered_as_the_document_says(world, token, tmp_path):
    app = world.app("Report Bot", "--client-credentials")
    team = world.run("team", "create", "Builders")["id"]
    ids = {"path.app": app.id, "path.key": app.key, "path.team": team}
    # What is deleted or given away is not there for the operations that follow.
    kept = ("--exclude-method", "DELETE", "--exclude-path-regex", "transfer|restore")
    options = ("--phases", "coverage,fuzzing", "--max-examples", "5")
    cases, fault, told = judged(world, token, tmp_path, *options, *kept, ids=ids)
    assert fault == 0 and cases >= FEWEST_CASES, told


def test_what_is_made_can_be_read_and_is_gone_when_it_was_deleted(world, token):
    """One life by hand, as a program that looks after apps does it."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    base = f"{world.url}/api/v1"
    team = world.run("team", "create", "Builders")["id"]
    draft = {
        "team": team,
        "name": "Morning Post",
        "description": "Reports every morning",
        "publisher_name": "Bots Ltd",
        "kind": "web",
        "callback_urls": ["https://reportbot.example/callback"],
        "environments": ["default"],
    }
    made = session.post(f"{base}/apps", json=draft, timeout=10)
    assert made.status_code == 201, made.text
    place = f"{world.url}{made.headers['Location']}"
    key = session.post(f"{place}/keys", json={"label": "Main", "kind": "secret"}, timeout=10).json()
    world.wiretap.note("an API secret", key["secret"])
    shown = session.get(place, timeout=10)
    renamed = session.patch(place, json={"name": "Evening Post"}, headers={"If-Match": shown.headers["ETag"]}, timeout=10)
    assert renamed.json()["name"] == "Evening Post", renamed.text
    stale = session.patch(place, json={"name": "Noon Post"}, headers={"If-Match": shown.headers["ETag"]}, timeout=10)
    assert stale.status_code == 412, stale.text
    gone = session.delete(place, headers={"If-Match": renamed.headers["ETag"]}, timeout=10)
    assert gone.status_code == 200, gone.text
    assert session.get(place, timeout=10).status_code == 404


def problem(answer):
    """Which problem an answer is, by its status and the end of its type."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["type"].rpartition("#")[2]


def test_a_session_changes_something_only_from_a_page_of_this_server(world):
    ana = world.ana
    team = world.run("team", "create", "Publishers")["id"]
    world.run("team", "member", "set", team, "--user", ana.email, "--role", "developer")
    ana.walk(f"{world.url}/ui/login", "allow", [])
    # Where the sign-in leads to is the path of a page, which is logged as the route of every visit.
    world.wiretap.secrets.pop("/ui/connected-apps", None)
    me = ana.browser.get(f"{world.url}/api/v1/me", timeout=10).json()
    assert (me["kind"], [part["team"] for part in me["teams"]]) == ("person", [team])
    draft = {
        "team": team,
        "name": "Session Post",
        "description": "Reports every morning",
        "publisher_name": "Bots Ltd",
        "kind": "web",
        "environments": ["default"],
    }

    def make(**headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return ana.browser.post(f"{world.url}/api/v1/apps", json=draft, headers=headers, timeout=10)

    token = me["form_token"]
    for headers in (
        {},
        {"X_Form_Token": "x"},
        {"X_Form_Token": token[:-1]},
        {"X_Form_Token": token, "Origin": "https://evil.example"},
        {"X_Form_Token": token, "Sec_Fetch_Site": "cross-site"},
        {"X_Form_Token": token, "Origin": "null", "Sec_Fetch_Site": "same-site"},
    ):
        assert problem(make(**headers)) == (403, "form_token_wrong"), headers
    made = make(X_Form_Token=token, Origin=world.url)
    assert made.status_code == 201, made.text
    place = f"{world.url}{made.headers['Location']}"
    # A developer may change apps and may not delete them; nobody in this team can grant that.
    gone = ana.browser.delete(place, headers={"X-Form-Token": token, "If-Match": "*"}, timeout=10)
    assert problem(gone) == (403, "permission_missing")
    assert "ask the operator" in gone.json()["detail"]
    stranger = requests.get(place, timeout=10)
    assert problem(stranger) == (401, "token_missing")
    world.run("team", "member", "set", team, "--user", ana.email, "--role", "viewer")
    refused = ana.browser.patch(place, json={"name": "x"}, headers={"X-Form-Token": token, "If-Match": "*"}, timeout=10)
    assert problem(refused) == (403, "permission_missing")
