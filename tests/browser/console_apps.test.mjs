// Apps in the developer console: made, changed, tried, given up and brought back, with and without scripts.

import assert from "node:assert/strict";
import test from "node:test";

import { joins, signedIn } from "./parts/console.mjs";
import { fitToShow } from "./parts/fit_to_show.mjs";
import { ANA, at, press, tick } from "./parts/flow.mjs";
import { stage } from "./parts/stage.mjs";

const parts = stage();
let joined;

/** Ana's browser: she is a user of Acme, and an admin of the demo's developers. */
async function developer(t, path, title, options) {
  joined ??= joins(parts.server, ANA);
  await joined;
  return signedIn(t, parts, ANA, { path, title, ...options });
}

async function fillIn(page, name) {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Description", { exact: true }).fill("Sends your team a report of its open cases every morning");
  await page.getByLabel("Publisher", { exact: true }).fill("Example Inc.");
}

test("an app is made, and its callback URLs are looked at while they are typed", async (t) => {
  const page = await developer(t, "/ui/apps/new", "Create App");
  await fitToShow(page, "live console create");
  await fillIn(page, "Case Mail");
  const [first, second] = [page.getByLabel("Callback URL 1", { exact: true }), page.getByLabel("Callback URL 2", { exact: true })];
  await first.fill("http://app.example.com/cb");
  await page.locator("#checks-1 .bad").waitFor();
  assert.equal(await first.getAttribute("aria-invalid"), "true");
  await page.locator("#preview").getByText("Case Mail (unverified) asks to connect").waitFor();
  await first.fill("https://app.example.com/callback");
  await page.locator("#checks-1").getByText("Uses https.").waitFor();
  await page.locator("#preview").getByText("app.example.com").waitFor();
  assert.equal(await first.getAttribute("aria-invalid"), null);
  await second.fill("https://app.example.com/callback/");
  await page.locator("#checks-2").getByText("Almost the same as callback URL 1").waitFor();
  await fitToShow(page, "live console create checked");
  await page.getByLabel("Name", { exact: true }).fill("ab");
  await page.locator("form[data-checked]").evaluate((form) => { form.noValidate = true; });
  await press(page, "Create App");
  await page.getByRole("alert").getByText("write 3 to 60").waitFor();
  await fitToShow(page, "live console create refused");
  await page.getByLabel("Name", { exact: true }).fill("Case Mail");
  await press(page, "Create App");
  await at(page, "Case Mail");
  await page.getByRole("link", { name: "1 Create a key" }).waitFor();
  await fitToShow(page, "live console new app");
});

test("without scripts, a button looks at the form and another makes room", async (t) => {
  const page = await developer(t, "/ui/apps/new", "Create App", { javaScriptEnabled: false });
  await fillIn(page, "Quiet Mail");
  await page.getByLabel("Callback URL 3").fill("https://quiet.example.com/cb");
  await press(page, "Check");
  await page.locator("#checks-3").getByText("Uses https.").waitFor();
  await press(page, "More callback URLs");
  await page.getByLabel("Callback URL 6").fill("https://quiet.example.com/cb");
  await page.getByLabel("Name", { exact: true }).press("Enter");
  await page.locator("#checks-6").getByText("The same as callback URL 3").waitFor();
  await page.getByLabel("Callback URL 6").fill("");
  await press(page, "Create App");
  await at(page, "Quiet Mail");
  await page.getByText("https://quiet.example.com/cb", { exact: true }).waitFor();
});

test("settings are saved, and a form that is too old says what would be undone", async (t) => {
  const { server } = parts;
  const app = await made("Old Post");
  const page = await developer(t, `/ui/apps/${app}/settings`, "Old Post");
  await fitToShow(page, "live console settings");
  await page.getByLabel("Access tokens live, in minutes").fill("15");
  await press(page, "Save");
  await page.getByRole("status").getByText("Saved.").waitFor();
  await server.run("app", "set", app, "--name", "New Post");
  await page.getByLabel("Name", { exact: true }).fill("My Post");
  await press(page, "Save");
  await page.getByRole("alert").getByText("The app was changed while you were at this form").waitFor();
  await fitToShow(page, "live console settings stale");
  await page.getByRole("link", { name: "Drop mine, and show what is there now" }).click();
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "New Post");
});

for (const javaScriptEnabled of [true, false]) {
  test(`an app is deleted by its name and restored, with scripts ${javaScriptEnabled ? "on" : "off"}`, async (t) => {
    const app = await made(`Passing Post ${javaScriptEnabled}`);
    const page = await developer(t, "/ui/apps", "Developer Apps", { javaScriptEnabled });
    const card = page.getByRole("article", { name: `Passing Post ${javaScriptEnabled}` });
    await card.locator("summary").click();
    if (javaScriptEnabled) await fitToShow(page, "live console apps menu");
    await card.getByRole("link", { name: "Delete" }).click();
    await at(page, `Passing Post ${javaScriptEnabled}`);
    if (javaScriptEnabled) await fitToShow(page, "live console delete");
    await page.getByLabel(/Type the name of the app/).fill(`Passing Post ${javaScriptEnabled}`);
    await press(page, "Delete app");
    await at(page, "Deleted apps");
    if (javaScriptEnabled) await fitToShow(page, "live console deleted");
    await press(page, `Restore Passing Post ${javaScriptEnabled}`);
    await at(page, `Passing Post ${javaScriptEnabled}`);
    assert.ok(page.url().endsWith(app));
  });
}

for (const javaScriptEnabled of [true, false]) {
  test(`a test authorization shows every step, with scripts ${javaScriptEnabled ? "on" : "off"}`, async (t) => {
    const { server } = parts;
    const app = await made(`Tried Post ${javaScriptEnabled}`);
    const key = await server.run("key", "create", "--app", app, "--label", "Try", "--kind", "secret");
    const title = `Tried Post ${javaScriptEnabled}`;
    const page = await developer(t, `/ui/apps/${app}/test`, title, { javaScriptEnabled });
    const show = async (name) => { if (javaScriptEnabled) await fitToShow(page, name); };
    await show("live console test");
    await press(page, "Run test authorization");
    await at(page, `${title} does what it says`);
    await page.getByText("This is a test, begun in the developer console.").waitFor();
    await press(page, "Submit");
    await at(page, "Workspaces to be given access");
    await tick(page, "Europe");
    await press(page, "Allow");
    await page.getByRole("heading", { name: "2 What came back to the callback" }).waitFor();
    assert.match(page.url(), /\/test\/[\w-]{43}$/, "no code in the address");
    await show("live console test code");
    await page.getByLabel("A secret of this API key").fill(parts.app.secret);
    await press(page, "Exchange the code");
    await page.getByText("The code is not spent").waitFor();
    await page.getByLabel("A secret of this API key").fill(key.secret);
    await press(page, "Exchange the code");
    await page.getByRole("heading", { name: "What is in the access token" }).waitFor();
    await show("live console test answer");
    const { connections } = await server.run("connection", "list", "--key", key.id);
    assert.deepEqual(connections.map(({ purpose }) => purpose), ["test"]);
    await press(page, "End it now");
    await page.getByText("Its tokens work no more.").waitFor();
  });
}

/** An app of the demo's developers. */
async function made(name) {
  const { server } = parts;
  const { teams } = await server.run("team", "list", "Demo");
  const app = await server.run(
    "app", "create", name, "--description", `${name} does what it says`, "--publisher", "Example Inc.", "--verified",
    "--team", teams[0].id, "--scopes", "cases.read", "--callback-url", "https://app.example.com/callback",
  );
  return app.id;
}
