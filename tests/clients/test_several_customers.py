"""One API key, connected by several customers side by side."""

import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from waiting import within_a_second


@pytest.fixture(scope="module")
def app(world):
    return world.app("Report Bot")


def connect(world, app, person, workspaces):
    client = OAuth2Session(
        app.key,
        app.secret,
        redirect_uri=app.callback,
        scope="cases.read",
        code_challenge_method="S256",
        default_timeout=30,
    )
    verifier = generate_token(64)
    url, state = client.create_authorization_url(f"{world.url}/oauth/authorize", code_verifier=verifier)
    client.fetch_token(
        f"{world.url}/oauth/token",
        authorization_response=person.allows(url, workspaces),
        state=state,
        code_verifier=verifier,
    )
    return client


def refresh(world, client):
    return client.refresh_token(f"{world.url}/oauth/token", refresh_token=client.token["refresh_token"])


def is_active(world, client):
    answer = client.introspect_token(f"{world.url}/oauth/introspect", token=client.token["access_token"])
    return answer.json()["active"]


def test_two_customers_of_one_key_live_and_end_apart(world, app):
    acme = connect(world, app, world.ana, ["Europe"])
    globex = connect(world, app, world.gina, ["Brands", "Care"])
    assert (acme.token["customer"], globex.token["customer"]) == (world.acme, world.globex)
    assert acme.token["connection_id"] != globex.token["connection_id"]
    for client, names in (acme, ["Europe"]), (globex, ["Brands", "Care"]):
        before = client.token["customer"]
        refreshed = refresh(world, client)
        assert refreshed["customer"] == before
        assert sorted(each["name"] for each in refreshed["workspaces"]) == names
        assert is_active(world, client)

    ended = acme.revoke_token(
        f"{world.url}/oauth/revoke", token=acme.token["refresh_token"], token_type_hint="refresh_token"
    )
    assert ended.status_code == 200
    with pytest.raises(OAuthError) as refused:
        refresh(world, acme)
    assert refused.value.error == "invalid_grant"
    assert within_a_second(lambda: not is_active(world, acme))
    assert is_active(world, globex)
    assert refresh(world, globex)["customer"] == world.globex

    again = connect(world, app, world.ana, ["Americas"])
    assert again.token["connection_id"] != acme.token["connection_id"]
    assert is_active(world, again)


def test_the_operator_ends_one_connection_and_the_other_lives(world, app):
    acme = connect(world, app, world.ana, ["Europe"])
    globex = connect(world, app, world.gina, ["Care"])
    listed = world.run("connection", "list", "--key", app.key)["connections"]
    live = {each["id"]: each["customer"] for each in listed if each["state"] == "active"}
    assert live[acme.token["connection_id"]] == world.acme
    assert live[globex.token["connection_id"]] == world.globex

    world.run("connection", "end", acme.token["connection_id"])
    assert within_a_second(lambda: not is_active(world, acme))
    assert is_active(world, globex)
    assert refresh(world, globex)["customer"] == world.globex
