"""No secret, code, token, password, e-mail address or query string is in the log, at the finest level and in both
formats. Every other suite on a platform ends with the same search; this one adds what goes wrong."""

import json

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

from countersign import claim_ports
from person import Person, answer_of
from world import SCOPES, opened_world


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_run_with_all_that_goes_right_and_wrong_leaves_no_secret_in_the_log(tmp_path, monkeypatch, log_format):
    (port,) = claim_ports(1)
    with opened_world(tmp_path, f"https://localhost:{port}", port, log_format) as world:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(world.authority))
        run(world)
        world.server.stop()
        log = world.server.log()
        lines = log.splitlines()
        # The search means something only where much was written, and much was to be found.
        assert sum("/oauth/token" in line for line in lines) >= 10
        assert "TRACE" in log
        kinds = set(world.wiretap.secrets.values())
        assert kinds >= {"a password", "an API secret", "an e-mail address", "a query string", "a cookie", "code"}
        assert kinds >= {"access_token", "refresh_token", "code_verifier", "form_token", "state", "password"}
        assert world.wiretap.found_in(log) == []
        if log_format == "json":
            assert all(isinstance(json.loads(line), dict) for line in lines)


def run(world):
    app = world.app("Report Bot", "--client-credentials")
    endpoint = f"{world.url}/oauth/token"
    person = Person(world.ana.email, world.ana.password, world.mail.newest_code)
    client = OAuth2Session(
        app.key, app.secret, redirect_uri=app.callback, scope=" ".join(SCOPES), code_challenge_method="S256"
    )
    verifier = generate_token(64)
    url, _ = client.create_authorization_url(f"{world.url}/oauth/authorize", code_verifier=verifier)

    wrong_password = Person(world.ana.email, generate_token(20), world.mail.newest_code)
    wrong_password.answers(url, [])
    wrong_code = Person(world.ana.email, world.ana.password, lambda _: "000000")
    wrong_code.answers(url, [])
    person.denies(url)
    answer = answer_of(person.allows(url, ["Europe"]))
    person.answers(url.replace("reportbot.example", "other.example"), [])

    exchange = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": app.callback,
        "code_verifier": verifier,
    }
    by_key = {"auth": (app.key, app.secret), "timeout": 30}
    token = requests.post(endpoint, data=exchange, **by_key).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    in_query = {"client_id": app.key, "client_secret": app.secret}
    expected = [
        (200, requests.post(endpoint, data=refresh, **by_key)),
        (400, requests.post(endpoint, data={**refresh, "scope": "admin"}, **by_key)),
        (400, requests.post(endpoint, data={"grant_type": "client_credentials"}, **by_key)),
        (401, requests.post(endpoint, data=refresh, auth=(app.key, app.secret[:-1] + "_"), timeout=30)),
        (401, requests.post(endpoint, data=refresh, auth=("ak_unknown", app.secret), timeout=30)),
        (400, requests.post(endpoint, params={**refresh, **in_query}, timeout=30)),
        (400, requests.post(endpoint, json=refresh, **by_key)),
        (404, requests.post(f"{world.url}/nowhere/{token['refresh_token']}", data=refresh, **by_key)),
        (405, requests.get(endpoint, params=refresh, **by_key)),
        (200, requests.post(f"{world.url}/oauth/introspect", data={"token": token["access_token"]}, **by_key)),
        (200, requests.get(f"{world.url}/oauth/connections", **by_key)),
        (400, requests.post(endpoint, data=exchange, **by_key)),  # used: ends the connection
        (400, requests.post(endpoint, data=refresh, **by_key)),
        (200, requests.post(f"{world.url}/oauth/revoke", data={"token": token["refresh_token"]}, **by_key)),
    ]
    assert [answer.status_code for _, answer in expected] == [status for status, _ in expected]
    rotated = world.run("secret", "rotate", "--key", app.key)
    world.wiretap.note("an API secret", rotated["secret"])
    requests.post(endpoint, data=refresh, auth=(app.key, rotated["secret"]), timeout=30)
