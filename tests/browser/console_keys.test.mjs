// API keys in the console: a secret is shown once, whatever Back, Reload and a second press do, with and without scripts,
// and with the back/forward cache as browsers have it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { promisify } from "node:util";

import { DANA, isGone, openTab, signedIn, turn } from "./parts/console.mjs";
import { fitToShow } from "./parts/fit_to_show.mjs";
import { at, press } from "./parts/flow.mjs";
import { stage } from "./parts/stage.mjs";

const parts = stage();

/** Dana's browser, at the API keys of the demo app. */
const keys = async (t, options) => openTab(await signedIn(t, parts, DANA, options), "API keys");

async function create(page, label) {
  await page.getByRole("link", { name: "+ API Key" }).click();
  await page.getByLabel("Label").fill(label);
  await press(page, "Create API Key");
  await page.getByRole("heading", { name: `Your new API key: ${label}` }).waitFor();
  return page.locator("#p-secret").textContent();
}

for (const javaScriptEnabled of [true, false]) {
  const scripts = `scripts ${javaScriptEnabled ? "on" : "off"}`;

  test(`a secret does not come back by Back, Forward or Reload, ${scripts}`, async (t) => {
    const page = await keys(t, { javaScriptEnabled });
    const secret = await create(page, `Back ${javaScriptEnabled}`);
    assert.match(secret, /^sk_/);
    await page.getByRole("link", { name: "I have stored it" }).click();
    await page.waitForURL(/\/keys$/);
    await isGone(page, secret, "in the list");
    await turn(page, "goBack");
    await isGone(page, secret, "after Back");
    await turn(page, "goBack");
    await isGone(page, secret, "after Back twice");
    await turn(page, "goForward");
    await isGone(page, secret, "after Forward");
  });

  test(`a secret whose page is left by Back does not come back by Forward, ${scripts}`, async (t) => {
    const page = await keys(t, { javaScriptEnabled });
    const secret = await create(page, `Forward ${javaScriptEnabled}`);
    await turn(page, "goBack");
    await isGone(page, secret, "after Back");
    await turn(page, "goForward");
    await isGone(page, secret, "after Forward");
  });

  test(`a reload of the secret's page makes no second key, ${scripts}`, async (t) => {
    const page = await keys(t, { javaScriptEnabled });
    const label = `Reload ${javaScriptEnabled}`;
    const secret = await create(page, label);
    await page.reload();
    await at(page, "This form was answered already");
    await isGone(page, secret, "after Reload");
    if (javaScriptEnabled) await fitToShow(page, "live console form answered already");
    await page.getByRole("link", { name: "Go back" }).click();
    await page.waitForURL(/\/keys$/);
    assert.equal(await page.getByRole("heading", { name: label }).count(), 1);
  });
}

test("this browser keeps pages for Back although they are not to be stored", async (t) => {
  const page = await keys(t);
  await page.evaluate(() => { document.body.dataset.kept = "yes"; });
  await page.getByRole("link", { name: "Overview", exact: true }).click();
  await page.getByRole("heading", { name: "Authorize URL with PKCE" }).waitFor();
  await turn(page, "goBack");
  await page.locator("body[data-kept]").waitFor();
});

test("a secret does not come back from another site where scripts run", async (t) => {
  const page = await keys(t);
  const secret = await create(page, "Elsewhere");
  // To another site: no answer of ours changes a cookie.
  await page.goto(parts.site.origin);
  await turn(page, "goBack");
  await isGone(page, secret, "after Back from another site");
});

test("what the panel has to paste works, and its parts are copied by buttons", async (t) => {
  const page = await keys(t, { permissions: ["clipboard-read", "clipboard-write"] });
  const secret = await create(page, "To paste");
  const key = await page.locator("#p-key").textContent();
  await page.getByRole("button", { name: "Copy Secret" }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  const env = await page.locator("#p-env").textContent();
  assert.ok(env.includes(`API_KEY=${key}`) && env.includes(`API_SECRET=${secret}`), env);
  const script = await page.locator("#p-try").textContent();
  const { stdout } = await promisify(execFile)("bash", ["-euc", script], { timeout: 20_000 });
  assert.deepEqual(JSON.parse(stdout), { active: false });
  await fitToShow(page, "live console new key shown once");
});

test("a key is made, rotated, deactivated, activated and revoked", async (t) => {
  const page = await keys(t);
  await fitToShow(page, "live console keys");
  await page.getByRole("link", { name: "+ API Key" }).click();
  await fitToShow(page, "live console new key");
  await page.getByLabel("Label").fill("\u202eturned");
  await press(page, "Create API Key");
  await page.getByRole("alert").getByRole("link", { name: /^Label has/ }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "label");
  await fitToShow(page, "live console new key with a fault");
  await page.getByLabel("Label").fill("Night shift");
  await press(page, "Create API Key");
  await page.getByRole("link", { name: "I have stored it" }).click();
  const card = page.getByRole("article", { name: "Night shift" });
  await card.getByRole("link", { name: /^Rotate secret/ }).click();
  await fitToShow(page, "live console rotate");
  await press(page, "Rotate secret");
  await page.getByText("The older secrets of this key work until").waitFor();
  await page.getByRole("link", { name: "I have stored it" }).click();
  await card.getByText("Rotating out").waitFor();
  for (const [action, state] of [["Deactivate", "Inactive"], ["Activate", "Active"], ["Revoke", "Revoked"]]) {
    await card.getByRole("link", { name: new RegExp(`^${action} API key`) }).click();
    await fitToShow(page, `live console key ${action}`);
    await press(page, `${action} API key`);
    await page.waitForURL(/\/keys$/);
    await card.getByRole("heading", { name: `Night shift ${state}` }).waitFor();
  }
  await fitToShow(page, "live console keys of every state");
});
