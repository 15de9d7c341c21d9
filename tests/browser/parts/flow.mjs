// The authorize flow in a person's words. A test composes these; each leaves the person on the next page.

import assert from "node:assert/strict";
import crypto from "node:crypto";

export const ANA = "ana@acme.example";
export const BEN = "ben@acme.example";
export const GINA = "gina@globex.example";

/** A request of an app, with the verifier that redeems its code. */
export function request(server, app, callback, extra = {}) {
  const { environment = "", ...parameters } = extra;
  const verifier = crypto.randomBytes(32).toString("base64url");
  const state = crypto.randomBytes(9).toString("base64url");
  const url = new URL(`${server.origin}${environment}/oauth/authorize`);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: app.key,
    redirect_uri: callback,
    state,
    scope: "cases.read reports.read",
    code_challenge: crypto.createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...parameters,
  });
  return { url: url.href, verifier, state, callback, issuer: server.origin + environment, environment };
}

export const heading = (page) => page.getByRole("heading", { level: 1 });

/** Waits for the page with this heading. */
export async function at(page, title) {
  await page.getByRole("heading", { level: 1, name: title, exact: typeof title === "string" }).waitFor();
}

export const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

export const SIGN_IN = /^Sign in to /;
export const VERIFY = "Enter your code";
export const CHOOSE = "Workspaces to be given access";
export const ANSWERED = "Already answered";

export async function typePassword(page, email, password) {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await press(page, "Sign in");
}

/** From the sign-in page to the page behind it. */
export async function signIn(page, server, email) {
  await at(page, SIGN_IN);
  await typePassword(page, email, server.password(email));
  await at(page, VERIFY);
  await page.getByLabel("Code from the e-mail").fill(await server.mailedCode(email));
  await press(page, "Verify");
}

/** From the app's request to the workspace page. */
export async function reachWorkspaces(page, server, asked, email) {
  await page.goto(asked.url);
  await press(page, "Submit");
  await signIn(page, server, email);
  await at(page, CHOOSE);
}

export async function tick(page, ...names) {
  for (const name of names) await page.getByRole("checkbox", { name, exact: true }).check();
}

/** The whole flow: gives what came to the callback. */
export async function connect(page, server, site, asked, email, workspaces) {
  await reachWorkspaces(page, server, asked, email);
  await tick(page, ...workspaces);
  await press(page, "Allow");
  const call = await site.called();
  await at(page, "Back at the app");
  return call;
}

/** RFC 6749 §4.1.2, RFC 9207 §2: what came back belongs to what was asked. */
export function belongs({ parameters }, asked) {
  assert.equal(parameters.state, asked.state);
  assert.equal(parameters.iss, asked.issuer);
  return parameters;
}

/** Redeems a code. */
export function redeem(server, app, asked, code) {
  const form = { grant_type: "authorization_code", code, redirect_uri: asked.callback, code_verifier: asked.verifier };
  return server.post(`${asked.environment}/oauth/token`, form, app);
}
