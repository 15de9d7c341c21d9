"""Authlib's client for requests, with what it reads in the metadata."""

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from joserfc import jwt
from joserfc.jwk import KeySet

from person import answer_of
from waiting import within_a_second


@pytest.fixture(scope="module", params=["", "/prod2"], ids=["default", "prod2"])
def place(request, world):
    """An environment: its metadata, and somebody who may connect apps there."""
    issuer = world.url + request.param
    document = requests.get(f"{world.url}/.well-known/oauth-authorization-server{request.param}", timeout=30)
    document.raise_for_status()
    metadata = AuthorizationServerMetadata(document.json())
    metadata.validate()
    assert metadata["issuer"] == issuer
    person, workspaces = (world.ivan, ["Research"]) if request.param else (world.ana, ["Americas", "Europe"])
    return metadata, person, workspaces


@pytest.fixture(scope="module")
def app(world):
    return world.app("Report Bot", "--client-credentials")


def session(app, method="client_secret_basic", **options):
    return OAuth2Session(
        app.key,
        app.secret,
        redirect_uri=app.callback,
        scope="cases.read cases.write",
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        code_challenge_method="S256",
        default_timeout=30,
        **options,
    )


def connect(client, place, verifier=None):
    """An authorization code flow with PKCE, from the link to the tokens."""
    metadata, person, workspaces = place
    verifier = verifier or generate_token(64)
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    callback = person.allows(url, workspaces)
    assert answer_of(callback)["iss"] == metadata["issuer"]  # RFC 9207 §2
    return client.fetch_token(
        metadata["token_endpoint"], authorization_response=callback, state=state, code_verifier=verifier
    )


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_code_with_pkce_is_exchanged_and_refreshed(app, place, method):
    metadata, _, workspaces = place
    client = session(app, method)
    token = connect(client, place)
    assert token["token_type"] == "Bearer"
    assert token["scope"] == "cases.read cases.write"
    assert sorted(each["name"] for each in token["workspaces"]) == workspaces
    first = token["access_token"]
    refreshed = client.refresh_token(metadata["token_endpoint"])
    assert refreshed["access_token"] != first
    assert refreshed["connection_id"] == token["connection_id"]


def test_an_access_token_is_signed_by_a_published_key(app, place):
    metadata, _, _ = place
    token = connect(session(app), place)
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
    decoded = jwt.decode(token["access_token"], keys, algorithms=["ES256"])
    assert decoded.header["typ"] == "at+jwt"  # RFC 9068 §2.1
    expected = {"iss": metadata["issuer"], "aud": token["api_base_url"], "client_id": app.key}
    assert expected.items() <= decoded.claims.items()
    assert decoded.claims["exp"] - decoded.claims["iat"] == token["expires_in"]


def test_a_wrong_verifier_gets_nothing(app, place):
    metadata, person, workspaces = place
    client = session(app)
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=generate_token(64))
    callback = person.allows(url, workspaces)
    with pytest.raises(OAuthError) as refused:
        client.fetch_token(
            metadata["token_endpoint"], authorization_response=callback, state=state, code_verifier=generate_token(64)
        )
    assert refused.value.error == "invalid_grant"  # RFC 7636 §4.6


def test_whoever_says_no_sends_the_app_away_with_access_denied(app, place):
    metadata, person, _ = place
    client = session(app)
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=generate_token(64))
    answer = answer_of(person.denies(url))
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", state, metadata["issuer"])
    assert "code" not in answer


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_introspection_and_revocation_see_the_same_token(app, place, method):
    metadata, _, _ = place
    client = session(app, method)
    token = connect(client, place)
    both = token["access_token"], token["refresh_token"]
    for each in both:
        answer = client.introspect_token(metadata["introspection_endpoint"], token=each).json()
        assert (answer["active"], answer["client_id"]) == (True, app.key)
    revoked = client.revoke_token(
        metadata["revocation_endpoint"], token=token["refresh_token"], token_type_hint="refresh_token"
    )
    assert revoked.status_code == 200
    for each in both:  # RFC 7009 §2.1: the tokens of the same grant end too; RFC 7662 §2.2: and nothing else is told
        assert within_a_second(
            lambda: client.introspect_token(metadata["introspection_endpoint"], token=each).json() == {"active": False}
        )
    with pytest.raises(OAuthError) as refused:
        client.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
    assert refused.value.error == "invalid_grant"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_client_credentials_act_as_the_connection_that_the_customer_granted(world, place, method):
    metadata, person, workspaces = place
    app = world.app(f"Nightly Bot {method}", "--client-credentials")
    client = session(app, method)
    with pytest.raises(OAuthError) as refused:
        client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    assert (refused.value.error, refused.value.description.partition(":")[0]) == (
        "unauthorized_client",
        "default_user_missing",
    )

    customer = world.initech if "prod2" in metadata["issuer"] else world.acme
    request = world.run("connection", "request", "--key", app.key, "--customer", customer)
    person.answers(f"{metadata['issuer']}/ui/oauth/unattended/{request['id']}", workspaces)
    assert within_a_second(lambda: asks(client, metadata))
    token = client.token
    assert "refresh_token" not in token  # RFC 6749 §4.4.3
    assert token["customer"] == customer
    assert sorted(each["name"] for each in token["workspaces"]) == workspaces


def test_a_native_app_connects_without_a_secret_and_its_refresh_tokens_rotate(world):
    app = world.native_app("Case Desk", "http://127.0.0.1/callback")
    app.callback = "http://127.0.0.1:53172/callback"  # RFC 8252 §7.3: any port, as the machine gives it
    client = session(app, "none")
    verifier = generate_token(64)
    url, state = client.create_authorization_url(f"{world.url}/oauth/authorize", code_verifier=verifier)
    callback = world.ana.allows(url, ["Europe"])
    assert callback.startswith(f"{app.callback}?")
    endpoint = f"{world.url}/oauth/token"
    token = client.fetch_token(endpoint, authorization_response=callback, state=state, code_verifier=verifier)
    refreshed = client.refresh_token(endpoint)
    assert refreshed["refresh_token"] != token["refresh_token"]  # DESIGN §4.2: rotating where nobody authenticates
    assert client.refresh_token(endpoint)["customer"] == world.acme


def asks(client, metadata):
    """Whether client credentials get a token by now."""
    try:
        return client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    except OAuthError as refused:
        assert refused.error == "unauthorized_client"
        return None
