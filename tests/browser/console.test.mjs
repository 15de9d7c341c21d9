// The developer console: what a team's member sees, how it looks, and whether what is there to paste works.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { promisify } from "node:util";

import { APP, DANA, signedIn } from "./parts/console.mjs";
import { fitToShow, hasItsParts } from "./parts/fit_to_show.mjs";
import { BEN, GINA, at, press, signIn } from "./parts/flow.mjs";
import { stage } from "./parts/stage.mjs";

const parts = stage();

/** Dana's browser, at the list of her team's apps. */
const developer = (t, options) => signedIn(t, parts, DANA, options);

const open = async (page, name, title) => {
  await page.getByRole("link", { name, exact: true }).click();
  await at(page, title);
};

/** Attempts of the demo app: one that succeeds, and refusals before and after authentication. */
async function called() {
  const { server } = parts;
  const app = { key: server.demo.API_KEY, secret: server.demo.API_SECRET };
  const good = await server.post("/oauth/token", { grant_type: "client_credentials" }, app);
  assert.equal(good.status, 200, JSON.stringify(good.body));
  const bad = { grant_type: "authorization_code", code: "ac_1", redirect_uri: server.demo.CALLBACK_URL, code_verifier: "v".repeat(43) };
  const refused = await server.post("/oauth/token", bad, app);
  assert.equal(refused.status, 400, JSON.stringify(refused.body));
  const wrong = await server.post("/oauth/token", { grant_type: "client_credentials" }, { ...app, secret: parts.app.secret });
  assert.equal(wrong.status, 401, JSON.stringify(wrong.body));
  return refused.body;
}

/** Activity is written in batches. */
async function reloadUntil(page, locator) {
  for (let tries = 0; tries < 40 && await locator.count() === 0; tries += 1) {
    await page.waitForTimeout(250);
    await page.reload();
  }
  await locator.first().waitFor();
}

test("a developer finds an app, how it is called, and why a call failed", async (t) => {
  const page = await developer(t);
  await page.getByText("1 of 1 app").waitFor();
  await fitToShow(page, "live console apps");
  await open(page, APP, APP);
  await page.getByRole("heading", { name: "Authorize URL with PKCE" }).waitFor();
  await fitToShow(page, "live console overview");
  await open(page, "Activity", APP);
  await page.getByText("No attempt in the last 30 days").waitFor();
  await fitToShow(page, "live console activity empty");
  const refused = await called();
  const code = refused.error_description.split(":")[0];
  await reloadUntil(page, page.locator(".reasons").getByText(code, { exact: true }));
  await reloadUntil(page, page.locator(".reasons").getByText("secret_wrong"));
  await reloadUntil(page, page.locator(".attempts").getByText("client credentials"));
  await fitToShow(page, "live console activity");
  await page.getByLabel("Refused only").check();
  await press(page, "Show");
  await page.waitForURL(/refused=yes/);
  assert.equal(await page.locator(".attempts").getByText("success", { exact: true }).count(), 0);
  await page.getByLabel("Request id").fill(refused.request_id);
  await press(page, "Show");
  await page.waitForURL(/request=req_/);
  assert.equal(await page.locator(".attempts > li").count(), 1);
  await page.locator(".attempts").getByText(code, { exact: true }).waitFor();
  await fitToShow(page, "live console activity request");
  await page.getByLabel("Request id").fill("req_1");
  await press(page, "Show");
  await page.getByText("That is not a request id").waitFor();
  await fitToShow(page, "live console activity not an id");
});

test("what is there to paste works", async (t) => {
  const { server } = parts;
  const page = await developer(t);
  await open(page, APP, APP);
  const text = (id) => page.locator(`#p-${id}`).textContent();
  const shell = async (script, env = {}) => {
    const all = { PATH: process.env.PATH, API_SECRET: server.demo.API_SECRET, ...env };
    const { stdout } = await promisify(execFile)("bash", ["-euc", script], { env: all, timeout: 20_000 });
    return stdout.trim();
  };
  const { access_token: token, ...rest } = JSON.parse(await shell(await text("client-credentials")));
  assert.ok(token, JSON.stringify(rest));
  assert.equal(JSON.parse(await shell(await text("introspect"), { ACCESS_TOKEN: token })).active, true);
  await shell(await text("revoke"), { TOKEN: token });
  const authorize = new URL(await shell(await text("authorize")));
  assert.equal(authorize.searchParams.get("redirect_uri"), server.demo.CALLBACK_URL);
  const answer = await fetch(authorize);
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /Report Bot sends your team a report/);
  // A code that was mistyped is judged last: all before it is right.
  const exchange = JSON.parse(await shell(await text("exchange"), { CODE: "ac_1", code_verifier: "v".repeat(64) }));
  assert.match(exchange.error_description, /^code_malformed/);
  const refresh = JSON.parse(await shell(await text("refresh"), { REFRESH_TOKEN: "rt_1" }));
  assert.match(refresh.error_description, /^refresh_malformed/);
  // The programs come as far: to the code, which is typed.
  for (const [id, command] of [["python", ["python3", "-c"]], ["node", ["node", "--input-type=module", "-e"]]]) {
    await page.locator("details", { has: page.locator(`#p-${id}`) }).locator("summary").click();
    const all = { PATH: process.env.PATH, API_SECRET: server.demo.API_SECRET };
    const [program, ...options] = [...command, await text(id)];
    const run = promisify(execFile)(program, options, { env: all, timeout: 20_000 });
    run.child.stdin.end("ac_1\n");
    const { stdout, stderr } = await run.catch((error) => error);
    assert.match(stdout, /Open in a browser: http/, `${id}: ${stderr}`);
    assert.match(stderr, /code_malformed/, `${id}: ${stdout}`);
  }
});

test("what is there to paste is for the chosen environment, and is copied by a button", async (t) => {
  const { server } = parts;
  const page = await developer(t, { permissions: ["clipboard-read", "clipboard-write"] });
  await open(page, APP, APP);
  await page.getByLabel("Environment").selectOption("prod2");
  await press(page, "Show for these");
  await page.waitForURL(/environment=prod2/);
  await page.getByRole("button", { name: "Copy Client credentials" }).click();
  await page.getByRole("button", { name: "Copied Client credentials" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(copied.includes(`'${server.origin}/prod2/oauth/token'`), copied);
});

test("without scripts and by keyboard: the list, an app, its activity", async (t) => {
  const { server } = parts;
  const page = await developer(t, { javaScriptEnabled: false });
  await hasItsParts(page, "console apps without scripts");
  const reach = async (name) => {
    for (let tabs = 0; tabs < 60; tabs += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement.textContent.trim()) === name) return page.keyboard.press("Enter");
    }
    assert.fail(`the keyboard does not reach ${name}`);
  };
  await reach(APP);
  await at(page, APP);
  await hasItsParts(page, "console overview without scripts");
  assert.equal(await page.getByRole("button", { name: /^Copy/ }).count(), 0, "a button that does nothing is hidden");
  await reach("Activity");
  await page.waitForURL(/\/activity$/);
  await hasItsParts(page, "console activity without scripts");
  const nothing = await page.goto(`${server.origin}/ui/apps?search=no+such+app`);
  assert.equal(nothing.headers()["cross-origin-opener-policy"], "same-origin");
  await page.getByText("No app matches").waitFor();
});

test("somebody in no team sees none of it", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t);
  await page.goto(`${server.origin}/ui/apps`);
  await signIn(page, server, BEN);
  await page.getByText("You are in no developer team").waitFor();
  await fitToShow(page, "live console no team");
  assert.equal(await page.getByRole("link", { name: "Developer Apps" }).count(), 0);
  const response = await page.goto(`${server.origin}/ui/apps/${parts.app.id}`);
  assert.equal(response.status(), 404);
  await at(page, "Page not found");
});

test("a team without apps is told how one is made", async (t) => {
  const { server, browser } = parts;
  const team = await server.run("team", "create", "New builders");
  await server.run("team", "member", "set", team.id, "--user", GINA, "--role", "viewer");
  const page = await browser.visit(t);
  await page.goto(`${server.origin}/ui/apps`);
  await signIn(page, server, GINA);
  await page.getByText("No apps yet").waitFor();
  await fitToShow(page, "live console no apps");
});
