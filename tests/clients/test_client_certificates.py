"""Clients with certificates: plain requests, and Authlib by a key that has no secret (RFC 8705 §2.2, §3)."""

import base64
import hashlib
import ssl

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from authority import write_client_certificate
from waiting import within_a_second
from world import App


@pytest.fixture(scope="module")
def metadata(world):
    return requests.get(f"{world.url}/.well-known/oauth-authorization-server", timeout=30).json()


@pytest.fixture(scope="module")
def certificates(world):
    """The registered one, and one that nobody registered."""
    return [write_client_certificate(world.server.folder, name) for name in ("report-bot", "stranger")]


@pytest.fixture(scope="module")
def app(world, certificates):
    """An app that requires mutual TLS."""
    made = world.app("Report Bot", "--client-credentials")
    world.run("cert", "add", "--app", made.id, certificates[0][0])
    world.run("app", "set", made.id, "--mutual-tls", "required")
    request = world.run("connection", "request", "--key", made.key, "--customer", world.acme)
    world.ana.answers(f"{world.url}/ui/oauth/unattended/{request['id']}", ["Europe"])
    return made


@pytest.fixture(scope="module")
def keyless(world, app):
    """The same app by a key that authenticates by a certificate alone."""
    key = world.run("key", "create", "--app", app.id, "--label", "Certificate", "--kind", "certificate")
    return App(app.id, key["id"], None, app.callback)


def thumbprint(certificate):
    der = ssl.PEM_cert_to_DER_cert(certificate[0].read_text())
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def claims(metadata, token):
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
    return jwt.decode(token, keys, algorithms=["ES256"]).claims


def test_the_metadata_says_where_certificates_are_asked_for(world, metadata):
    assert metadata["tls_client_certificate_bound_access_tokens"] is True
    assert metadata["mtls_endpoint_aliases"]["token_endpoint"] == f"{world.mutual_tls_url}/oauth/token"
    assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(metadata["token_endpoint_auth_methods_supported"])


def test_requests_gets_a_token_that_is_bound_to_its_certificate(app, certificates, metadata):
    own, _ = certificates
    endpoint = metadata["mtls_endpoint_aliases"]["token_endpoint"]
    ask = {"auth": (app.key, app.secret), "data": {"grant_type": "client_credentials"}, "cert": own, "timeout": 30}
    assert within_a_second(lambda: requests.post(endpoint, **ask).status_code == 200)
    token = requests.post(endpoint, **ask).json()["access_token"]
    assert claims(metadata, token)["cnf"] == {"x5t#S256": thumbprint(own)}


@pytest.mark.parametrize(
    ("shown", "reason"), [(None, "certificate_missing"), (1, "certificate_unregistered")], ids=["none", "a stranger's"]
)
def test_requests_gets_nothing_by_the_secret_alone(app, certificates, metadata, shown, reason):
    certificate = None if shown is None else certificates[shown]
    refused = requests.post(
        metadata["mtls_endpoint_aliases"]["token_endpoint"],
        auth=(app.key, app.secret),
        data={"grant_type": "client_credentials"},
        cert=certificate,
        timeout=30,
    )
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert refused.json()["error_description"].partition(":")[0] == reason


def session(keyless, certificate):
    """RFC 8705 §2: the client says who it is by `client_id` alone; its certificate proves it."""
    client = OAuth2Session(
        keyless.key,
        redirect_uri=keyless.callback,
        scope="cases.read",
        token_endpoint_auth_method="none",
        code_challenge_method="S256",
        default_timeout=30,
    )
    client.cert = certificate
    return client


def test_authlib_connects_by_its_certificate_and_refreshes_by_it_alone(world, keyless, certificates, metadata):
    own, stranger = certificates
    endpoint = metadata["mtls_endpoint_aliases"]["token_endpoint"]
    client, verifier = session(keyless, own), generate_token(64)
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    callback = world.ana.allows(url, ["Europe"])
    token = client.fetch_token(endpoint, authorization_response=callback, state=state, code_verifier=verifier)
    bound = {"x5t#S256": thumbprint(own)}
    assert claims(metadata, token["access_token"])["cnf"] == bound
    refreshed = client.refresh_token(endpoint)
    assert claims(metadata, refreshed["access_token"])["cnf"] == bound
    with pytest.raises(OAuthError) as refused:
        session(keyless, stranger).refresh_token(endpoint, refresh_token=refreshed["refresh_token"])
    assert refused.value.error == "invalid_client"
