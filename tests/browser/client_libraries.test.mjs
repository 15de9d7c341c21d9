// Client libraries as Node integrators use them, from discovery to revocation. People sign in in the browser.

import assert from "node:assert/strict";
import test from "node:test";

import * as oauth from "oauth4webapi";
import * as openid from "openid-client";

import { ANA, CHOOSE, GINA, at, press, signIn, tick } from "./parts/flow.mjs";
import { isEnded } from "./parts/server.mjs";
import { stage } from "./parts/stage.mjs";

const parts = stage({
  apps: {
    robot: { name: "Night Shift", clientCredentials: true },
    native: { name: "Desk Tool", kind: "native", environments: ["default", "prod2"] },
  },
});
// The servers of this suite speak plain HTTP on loopback.
const insecure = { [oauth.allowInsecureRequests]: true };
const names = ({ workspaces }) => workspaces.map(({ name }) => name);

async function letIn(t, url, email, workspace) {
  const { server, site, browser } = parts;
  const page = await browser.visit(t);
  await page.goto(url.href);
  await press(page, "Submit");
  await signIn(page, server, email);
  await at(page, CHOOSE);
  await tick(page, workspace);
  await press(page, "Allow");
  return (await site.called()).url;
}

const discovered = ({ key, secret }, authentication = openid.ClientSecretBasic(secret)) =>
  openid.discovery(new URL(parts.server.origin), key, {}, authentication, {
    algorithm: "oauth2", execute: [openid.allowInsecureRequests],
  });

for (const [method, authentication] of Object.entries({ Basic: openid.ClientSecretBasic, body: openid.ClientSecretPost })) {
  test(`openid-client connects a person, refreshes, introspects and revokes; secret by ${method}`, async (t) => {
    const { site, app } = parts;
    const config = await discovered(app, authentication(app.secret));
    const pkceCodeVerifier = openid.randomPKCECodeVerifier();
    const expectedState = openid.randomState();
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: site.callback,
      scope: "cases.read",
      state: expectedState,
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
    });
    const came = await letIn(t, url, ANA, "Europe");
    // It checks `state` and `iss` (RFC 9207) itself.
    const tokens = await openid.authorizationCodeGrant(config, came, { pkceCodeVerifier, expectedState });
    assert.deepEqual(names(tokens), ["Europe"]);
    assert.equal(tokens.token_type, "bearer");
    const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token);
    assert.notEqual(fresh.access_token, tokens.access_token);
    const seen = await openid.tokenIntrospection(config, fresh.access_token);
    assert.equal(seen.active, true);
    assert.equal(seen.client_id, app.key);
    await openid.tokenRevocation(config, fresh.refresh_token);
    await isEnded(() => openid.tokenIntrospection(config, fresh.access_token));
    await assert.rejects(openid.refreshTokenGrant(config, fresh.refresh_token), { error: "invalid_grant" });
  });
}

test("openid-client is refused a code twice, and says why", async (t) => {
  const { site, app } = parts;
  const config = await discovered(app);
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: site.callback,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  });
  const came = await letIn(t, url, ANA, "Europe");
  await openid.authorizationCodeGrant(config, came, { pkceCodeVerifier });
  // RFC 6749 §4.1.2
  await assert.rejects(openid.authorizationCodeGrant(config, came, { pkceCodeVerifier }), (refusal) => {
    assert.equal(refusal.error, "invalid_grant");
    assert.match(refusal.error_description, /^code_used: /);
    return true;
  });
});

test("openid-client gets a token for a key that acts on its own", async () => {
  const { server } = parts;
  const config = await discovered({ key: server.demo.API_KEY, secret: server.demo.API_SECRET });
  const tokens = await openid.clientCredentialsGrant(config, { scope: "cases.read" });
  assert.equal(tokens.scope, "cases.read");
  assert.equal(tokens.refresh_token, undefined);
  assert.deepEqual(names(tokens), ["Americas", "Asia Pacific", "Europe"]);
  assert.equal((await openid.tokenIntrospection(config, tokens.access_token)).active, true);
});

test("openid-client is told in a reason that nobody let the key act on its own", async () => {
  const { robot } = parts;
  const config = await discovered(robot);
  await assert.rejects(openid.clientCredentialsGrant(config), (refusal) => {
    assert.match(refusal.error_description, /^default_user_missing: /);
    return true;
  });
});

test("oauth4webapi connects a person of another environment with a public native client", async (t) => {
  const { server, site, native } = parts;
  const issuer = new URL(`${server.origin}/prod2`);
  const client = { client_id: native.key };
  const found = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure });
  const metadata = await oauth.processDiscoveryResponse(issuer, found);
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(metadata.authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: "code", client_id: native.key, redirect_uri: site.callback, state, scope: "cases.read",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  });
  const parameters = oauth.validateAuthResponse(metadata, client, await letIn(t, url, GINA, "Care"), state);
  const redeemed = await oauth.authorizationCodeGrantRequest(
    metadata, client, oauth.None(), parameters, site.callback, verifier, insecure,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(metadata, client, redeemed);
  assert.equal(tokens.environment, "prod2");
  assert.deepEqual(names(tokens), ["Care"]);

  // RFC 9068: a resource server reads the token by the published keys alone.
  const call = new Request("https://api2.platform.example/", { headers: { authorization: `Bearer ${tokens.access_token}` } });
  const claims = await oauth.validateJwtAccessToken(metadata, call, tokens.api_base_url, insecure);
  assert.equal(claims.client_id, native.key);

  // RFC 9700 §4.14.2: a public client's refresh token rotates.
  const refreshed = await oauth.refreshTokenGrantRequest(metadata, client, oauth.None(), tokens.refresh_token, insecure);
  const fresh = await oauth.processRefreshTokenResponse(metadata, client, refreshed);
  assert.notEqual(fresh.refresh_token, tokens.refresh_token);

  const revoked = await oauth.revocationRequest(metadata, client, oauth.None(), fresh.refresh_token, insecure);
  await oauth.processRevocationResponse(revoked);
  const late = await oauth.refreshTokenGrantRequest(metadata, client, oauth.None(), fresh.refresh_token, insecure);
  await assert.rejects(oauth.processRefreshTokenResponse(metadata, client, late), { error: "invalid_grant" });
});
