// API keys in the console: a secret is shown once, whatever Back, Reload and a second press do, with and without scripts,
// and with the back/forward cache as browsers have it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { promisify } from "node:util";

import { fitToShow, hasItsParts, isClean } from "./parts/fit_to_show.mjs";
import { at, press, signIn } from "./parts/flow.mjs";
import { stage } from "./parts/stage.mjs";

const DANA = "dana@reportbot.example";
const APP = "Report Bot";
const parts = stage();
/** A page from the back/forward cache is not loaded again, so there is no `load` to wait for. The answer of a form that the
 * browser has not kept is an error page of its own, which asks whether to send the form again. */
const turn = (page, way) => page[way]({ waitUntil: "commit" }).catch((error) => {
  if (!/ERR_CACHE_MISS/.test(error.message)) throw error;
});

/** Dana's browser, at the API keys of the demo app. */
async function keys(t, options) {
  const { server, browser } = parts;
  const page = await browser.visit(t, options);
  await page.goto(`${server.origin}/ui/apps`);
  await signIn(page, server, DANA);
  await at(page, "Developer Apps");
  await page.getByRole("link", { name: APP, exact: true }).click();
  await at(page, APP);
  await page.getByRole("link", { name: "API keys", exact: true }).click();
  await page.waitForURL(/\/keys$/);
  return page;
}

async function create(page, label) {
  await page.getByRole("link", { name: "+ API Key" }).click();
  await page.getByLabel("Label").fill(label);
  await press(page, "Create API Key");
  await page.getByRole("heading", { name: `Your new API key: ${label}` }).waitFor();
  return page.locator("#p-secret").textContent();
}

/** The secret is nowhere in what the browser shows now. */
async function isGone(page, secret, where) {
  let content;
  while (content === undefined) {
    // Fails while one page takes the place of another.
    content = await page.content().catch(() => page.waitForTimeout(50));
  }
  assert.ok(!content.includes(secret), `the secret is shown ${where}`);
}

async function looksGood(page, name) {
  await fitToShow(page, name);
  const before = page.viewportSize();
  await page.setViewportSize({ width: 768, height: 720 });
  await hasItsParts(page, `${name} at 768 px`);
  await isClean(page, `${name} at 768 px`);
  await page.setViewportSize(before);
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
    if (javaScriptEnabled) await looksGood(page, "live console form answered already");
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
  await looksGood(page, "live console new key shown once");
});

test("a key is made, rotated, deactivated, activated and revoked", async (t) => {
  const page = await keys(t);
  await looksGood(page, "live console keys");
  await page.getByRole("link", { name: "+ API Key" }).click();
  await looksGood(page, "live console new key");
  await page.getByLabel("Label").fill("\u202eturned");
  await press(page, "Create API Key");
  await page.getByRole("alert").getByRole("link", { name: /^Label has/ }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "label");
  await looksGood(page, "live console new key with a fault");
  await page.getByLabel("Label").fill("Night shift");
  await press(page, "Create API Key");
  await page.getByRole("link", { name: "I have stored it" }).click();
  const card = page.getByRole("article", { name: "Night shift" });
  await card.getByRole("link", { name: /^Rotate secret/ }).click();
  await looksGood(page, "live console rotate");
  await press(page, "Rotate secret");
  await page.getByText("The older secrets of this key work until").waitFor();
  await page.getByRole("link", { name: "I have stored it" }).click();
  await card.getByText("Rotating out").waitFor();
  for (const [action, state] of [["Deactivate", "Inactive"], ["Activate", "Active"], ["Revoke", "Revoked"]]) {
    await card.getByRole("link", { name: new RegExp(`^${action} API key`) }).click();
    await looksGood(page, `live console key ${action}`);
    await press(page, `${action} API key`);
    await page.waitForURL(/\/keys$/);
    await card.getByRole("heading", { name: `Night shift ${state}` }).waitFor();
  }
  await looksGood(page, "live console keys of every state");
});
