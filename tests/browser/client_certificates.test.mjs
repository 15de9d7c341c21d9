// Node's client libraries with a client certificate (RFC 8705), over the listener that asks for one.

import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";

import * as oauth from "oauth4webapi";
import * as openid from "openid-client";

import { certifiedFetch } from "./parts/certified_fetch.mjs";
import { ANA, connect, request } from "./parts/flow.mjs";
import { freePort } from "./parts/server.mjs";
import { stage } from "./parts/stage.mjs";

const port = await freePort();
const parts = stage({ settings: { "mtls.listen": `127.0.0.1:${port}` } });
const endpoint = `https://localhost:${port}/oauth/token`;
// Metadata, and people's browsers, come over plain HTTP on loopback.
const insecure = { [oauth.allowInsecureRequests]: true };

const file = (name) => fs.readFileSync(path.join(parts.server.folder, "data", name));
/** The certificate that the demo's app has registered, with its key. */
const registered = () => ({ cert: file("mtls-client.pem"), key: file("mtls-client.key") });
const showing = (certificate) => certifiedFetch({ ca: file("mtls-ca.pem"), ...certificate });

async function demoApp() {
  const { apps } = await parts.server.run("app", "list", "Report Bot");
  return apps[0].id;
}

const boundTo = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url")).cnf?.["x5t#S256"];

function thumbprint({ cert }) {
  return crypto.createHash("sha256").update(new crypto.X509Certificate(cert).raw).digest("base64url");
}

test("oauth4webapi redeems and refreshes by its certificate alone, and by nothing else", async (t) => {
  const { server, site, browser } = parts;
  const own = registered();
  const app = await demoApp();
  await server.run("app", "set", app, "--add-callback-url", site.callback);
  const key = await server.run("key", "create", "--app", app, "--label", "Certificate", "--kind", "certificate");
  const issuer = new URL(server.origin);
  const metadata = await oauth.processDiscoveryResponse(
    issuer, await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure }),
  );
  assert.equal(metadata.mtls_endpoint_aliases.token_endpoint, endpoint);
  const client = { client_id: key.id, use_mtls_endpoint_aliases: true };

  const asked = request(server, { key: key.id }, site.callback);
  const page = await browser.visit(t);
  const came = await connect(page, server, site, asked, ANA, ["Europe"]);
  const parameters = oauth.validateAuthResponse(metadata, client, came.url, asked.state);
  const redeemed = await oauth.authorizationCodeGrantRequest(
    metadata, client, oauth.TlsClientAuth(), parameters, site.callback, asked.verifier, { ...insecure, [oauth.customFetch]: showing(own) },
  );
  const tokens = await oauth.processAuthorizationCodeResponse(metadata, client, redeemed);
  assert.equal(boundTo(tokens.access_token), thumbprint(own));

  const refresh = (certificate) =>
    oauth.refreshTokenGrantRequest(metadata, client, oauth.TlsClientAuth(), tokens.refresh_token, {
      ...insecure, [oauth.customFetch]: showing(certificate),
    });
  const fresh = await oauth.processRefreshTokenResponse(metadata, client, await refresh(own));
  assert.equal(boundTo(fresh.access_token), thumbprint(own));
  const refused = await refresh();
  assert.match((await refused.clone().json()).error_description, /^certificate_missing: /);
  await assert.rejects(oauth.processRefreshTokenResponse(metadata, client, refused), { status: 401 });
});

test("openid-client gets a bound token with its secret and certificate, and none without once it is required", async () => {
  const { server } = parts;
  const discovered = (certificate) =>
    openid.discovery(
      new URL(server.origin), server.demo.API_KEY, { use_mtls_endpoint_aliases: true },
      openid.ClientSecretBasic(server.demo.API_SECRET),
      {
        algorithm: "oauth2",
        execute: [openid.allowInsecureRequests],
        [openid.customFetch]: showing(certificate),
      },
    );
  const own = await discovered(registered());
  assert.equal(own.serverMetadata().mtls_endpoint_aliases.token_endpoint, endpoint);
  const tokens = await openid.clientCredentialsGrant(own, { scope: "cases.read" });
  assert.equal(boundTo(tokens.access_token), thumbprint(registered()));

  await server.run("app", "set", await demoApp(), "--mutual-tls", "required");
  const without = await discovered();
  const end = performance.now() + 1000;
  for (;;) {
    const refused = await openid.clientCredentialsGrant(without).then(() => null, (refusal) => refusal);
    if (refused) {
      assert.equal(refused.status, 401);
      break;
    }
    assert.ok(performance.now() < end, "a second after it was required, nobody is served without");
  }
  assert.equal(boundTo((await openid.clientCredentialsGrant(own)).access_token), thumbprint(registered()));
});
