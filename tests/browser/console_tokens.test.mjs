// Tokens made by hand and the customers' connections in the console: with and without scripts, fit to show, shown once.

import assert from "node:assert/strict";
import test from "node:test";

import { isGone, joins, openTab, signedIn, turn } from "./parts/console.mjs";
import { fitToShow } from "./parts/fit_to_show.mjs";
import { ANA, press } from "./parts/flow.mjs";
import { stage } from "./parts/stage.mjs";

const parts = stage();

/** Ana's browser, at a tab of the demo app: she is an admin of the customer Acme, and a developer here. */
async function tab(t, name, options) {
  await joins(parts.server, ANA);
  return openTab(await signedIn(t, parts, ANA, options), name);
}

const workspaces = (page) => page.getByRole("group", { name: /^Workspaces of / }).getByRole("checkbox");

async function fill(page, label) {
  const { server } = parts;
  await page.getByLabel("Label").fill(label);
  await workspaces(page).first().check();
  await page.getByLabel("Your password").fill(server.password(ANA));
}

/** From the filled form to the tokens; `at` is looked at in passing. */
async function approve(page, look = async () => {}) {
  const { server } = parts;
  await press(page, "Mail me the code");
  await page.getByRole("heading", { name: "Enter the code for these tokens" }).waitFor();
  await look();
  await page.getByLabel("Code from the e-mail").fill(await server.mailedCode(ANA));
  await press(page, "Generate Token");
  await page.getByRole("heading", { name: /^New tokens: / }).waitFor();
  const shown = async (id) => page.locator(`#p-${id}`).textContent();
  return { access: await shown("access"), refresh: await shown("refresh") };
}

const works = async (token) => {
  const { server } = parts;
  const app = { key: server.demo.API_KEY, secret: server.demo.API_SECRET };
  return (await server.post("/oauth/introspect", { token }, app)).body.active;
};

for (const javaScriptEnabled of [true, false]) {
  const scripts = `scripts ${javaScriptEnabled ? "on" : "off"}`;

  test(`tokens are made by password and code, shown once, regenerated and ended, ${scripts}`, async (t) => {
    const page = await tab(t, "Tokens", { javaScriptEnabled });
    const look = javaScriptEnabled ? (name) => fitToShow(page, `live console ${name}`) : async () => {};
    await look("tokens empty");
    const label = `Zapier ${scripts}`;
    await page.getByRole("link", { name: "Generate Token", exact: true }).click();
    await fill(page, label);
    await page.getByLabel("Your password").fill("guessed");
    await press(page, "Mail me the code");
    await page.getByRole("link", { name: "The password is not right; type it again." }).waitFor();
    assert.equal(await page.getByLabel("Label").inputValue(), label);
    await look("new token refused");
    await fill(page, label);
    if (javaScriptEnabled) await page.getByText("3 of 3 selected").waitFor();
    const made = await approve(page, () => look("token code"));
    assert.equal(await works(made.access), true);
    await look("tokens shown once");
    await page.getByRole("link", { name: "I have stored them" }).click();
    await page.waitForURL(/\/tokens$/);
    const list = page.url();
    await page.getByRole("heading", { name: label }).waitFor();
    await isGone(page, made.refresh, "in the list");
    await turn(page, "goBack");
    await isGone(page, made.refresh, "after Back");
    await page.goto(list);
    await look("tokens");

    await page.getByRole("link", { name: `Regenerate Token ${label}` }).click();
    await page.getByRole("radio", { name: /^Stop now/ }).check();
    await look("regenerate token");
    await page.getByLabel("Your password").fill(parts.server.password(ANA));
    const again = await approve(page);
    await page.getByText("The older tokens have ended.").waitFor();
    assert.equal(await works(again.access), true);
    await page.getByRole("link", { name: "I have stored them" }).click();
    await page.getByRole("link", { name: `End ${label}` }).click();
    await page.getByRole("heading", { name: "End these tokens?" }).waitFor();
    await look("end tokens");
    await press(page, "End tokens");
    await page.getByText("Your team ended it").first().waitFor();
    assert.equal(await works(again.refresh), false);
    const app = { key: parts.server.demo.API_KEY, secret: parts.server.demo.API_SECRET };
    for (const { refresh } of [made, again]) {
      const answer = await parts.server.post("/oauth/token", { grant_type: "refresh_token", refresh_token: refresh }, app);
      assert.equal(answer.body.error, "invalid_grant", JSON.stringify(answer.body));
    }
  });

  test(`another code for tokens is not mailed within half a minute, ${scripts}`, async (t) => {
    const { server } = parts;
    const page = await tab(t, "Tokens", { javaScriptEnabled });
    await page.getByRole("link", { name: "Generate Token", exact: true }).click();
    await fill(page, `Again ${scripts}`);
    await press(page, "Mail me the code");
    const again = page.getByRole("button", { name: "Send a new code" });
    await again.waitFor();
    if (javaScriptEnabled) {
      assert.ok(await again.isDisabled());
      return;
    }
    const code = await server.mailedCode(ANA);
    await again.click();
    await page.getByText(/^It is too soon for another code; ask for one in \d+ s\. The code that we sent before still works\.$/).waitFor();
    assert.equal(await server.mailedCode(ANA), code);
    await page.getByLabel("Code from the e-mail").fill(code);
    await press(page, "Generate Token");
    await page.getByRole("heading", { name: /^New tokens: / }).waitFor();
  });

  test(`connections are found, and a customer is asked for an unattended one, ${scripts}`, async (t) => {
    const page = await tab(t, "Customers", { javaScriptEnabled });
    const look = javaScriptEnabled ? (name) => fitToShow(page, `live console ${name}`) : async () => {};
    await page.getByText("Acts on its own (client credentials)").first().waitFor();
    await look("customers");
    await page.getByLabel("Customer’s name or id").fill("nobody is called so");
    await press(page, "Show");
    await page.getByRole("heading", { name: "No connection matches" }).waitFor();
    await look("customers none");
    await page.getByRole("link", { name: "show every connection." }).click();
    await page.getByRole("link", { name: "Request a connection" }).click();
    await page.getByLabel("Customer’s id").fill("Acme");
    await press(page, "Make the link");
    await page.getByRole("link", { name: /begins with cus_/ }).waitFor();
    await look("new request refused");
    const customer = await page.locator("#customers option").first().getAttribute("value");
    await page.getByLabel("Customer’s id").fill(customer);
    await press(page, "Make the link");
    await page.getByRole("heading", { name: "Open requests" }).waitFor();
    await look("customers with a request");
    const link = await page.locator(".paste").first().textContent();
    await page.getByRole("link", { name: /^Withdraw/ }).click();
    await look("withdraw request");
    await press(page, "Withdraw request");
    await page.getByRole("heading", { name: "Open requests" }).waitFor({ state: "detached" });
    assert.equal((await page.goto(link)).status(), 404);
  });
}
