"""requests-oauthlib, the client that most Python integrations have."""

import pytest
from oauthlib.oauth2 import BackendApplicationClient, InvalidGrantError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session


@pytest.fixture(scope="module")
def app(world):
    return world.app("Report Bot", "--client-credentials")


def test_a_code_with_pkce_is_exchanged_and_refreshed(world, app):
    client = OAuth2Session(app.key, redirect_uri=app.callback, scope=["cases.read"], pkce="S256")
    url, _ = client.authorization_url(f"{world.url}/oauth/authorize")
    callback = world.gina.allows(url, ["Care"])
    token = client.fetch_token(
        f"{world.url}/oauth/token", authorization_response=callback, client_secret=app.secret, timeout=30
    )
    assert token["customer"] == world.globex
    first = token["access_token"]
    refreshed = client.refresh_token(
        f"{world.url}/oauth/token", auth=HTTPBasicAuth(app.key, app.secret), client_id=app.key, timeout=30
    )
    assert refreshed["access_token"] != first
    assert refreshed["refresh_token"] == token["refresh_token"]


def test_a_code_works_once(world, app):
    client = OAuth2Session(app.key, redirect_uri=app.callback, scope=["cases.read"], pkce="S256")
    url, _ = client.authorization_url(f"{world.url}/oauth/authorize")
    answer = {"authorization_response": world.gina.allows(url, ["Care"]), "client_secret": app.secret, "timeout": 30}
    client.fetch_token(f"{world.url}/oauth/token", **answer)
    with pytest.raises(InvalidGrantError):
        client.fetch_token(f"{world.url}/oauth/token", **answer)


def test_client_credentials_act_as_the_connection_that_the_customer_granted(world, app):
    request = world.run("connection", "request", "--key", app.key, "--customer", world.globex)
    world.gina.answers(f"{world.url}/ui/oauth/unattended/{request['id']}", ["Brands"])
    client = OAuth2Session(client=BackendApplicationClient(app.key, scope=["cases.read"]))
    token = client.fetch_token(f"{world.url}/oauth/token", auth=HTTPBasicAuth(app.key, app.secret), timeout=30)
    assert [each["name"] for each in token["workspaces"]] == ["Brands"]
