// What a person connected, and taking it back; a key that acts on its own.

import assert from "node:assert/strict";
import test from "node:test";

import { fitToShow, hasItsParts } from "./parts/fit_to_show.mjs";
import { ANA, ANSWERED, BEN, CHOOSE, at, belongs, connect, press, redeem, request, signIn, tick } from "./parts/flow.mjs";
import { isEnded } from "./parts/server.mjs";
import { stage } from "./parts/stage.mjs";

const parts = stage({
  apps: {
    first: { name: "Ends Whole" },
    second: { name: "Ends In Part" },
    third: { name: "Ends In Part Too" },
    robot: { name: "Night Shift", clientCredentials: true },
    refused: { name: "Day Shift", clientCredentials: true },
    stranger: { name: "Who Knows", clientCredentials: true, verified: false },
  },
});

async function connected(page, app, email, workspaces) {
  const { server, site } = parts;
  const asked = request(server, app, site.callback);
  const { code } = belongs(await connect(page, server, site, asked, email, workspaces), asked);
  const { status, body } = await redeem(server, app, asked, code);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

const introspect = async (app, { access_token }) =>
  (await parts.server.post("/oauth/introspect", { token: access_token }, app)).body;
const refresh = (app, { refresh_token }) => parts.server.post("/oauth/token", { grant_type: "refresh_token", refresh_token }, app);

/** A connection's article on the page. */
const card = (page, app) => page.getByRole("article", { name: app.name });

test("somebody without connections is told how they begin", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t);
  await page.goto(`${server.origin}/ui/connected-apps`);
  await signIn(page, server, BEN);
  await page.getByText("You have not connected an app").waitFor();
  await fitToShow(page, "live connected apps none");
});

test("a person ends a connection, and its tokens end with it", async (t) => {
  const { server, browser, first } = parts;
  const page = await browser.visit(t);
  const tokens = await connected(page, first, ANA, ["Americas", "Europe"]);
  await page.goto(`${server.origin}/ui/connected-apps`);
  await card(page, first).getByText("Acts for you").waitFor();
  await fitToShow(page, "live connected apps");
  await card(page, first).getByRole("link", { name: /^End the connection/ }).click();
  await at(page, `End the connection of ${first.name}?`);
  await fitToShow(page, "live end connection");
  assert.equal((await introspect(first, tokens)).active, true);
  await press(page, "End connection");
  await page.getByRole("status").filter({ hasText: first.name }).waitFor();
  assert.equal(await card(page, first).count(), 0);
  await isEnded(() => introspect(first, tokens));
  const { status, body } = await refresh(first, tokens);
  assert.equal(status, 400);
  assert.equal(body.error, "invalid_grant");
});

for (const javaScriptEnabled of [true, false]) {
  test(`one workspace is taken away, scripts ${javaScriptEnabled ? "on" : "off"}: the older token ends, the next has the others`, async (t) => {
    const { server, browser } = parts;
    const second = javaScriptEnabled ? parts.second : parts.third;
    const page = await browser.visit(t, { javaScriptEnabled });
    // axe needs scripts.
    const looks = javaScriptEnabled ? fitToShow : hasItsParts;
    const tokens = await connected(page, second, ANA, ["Americas", "Europe"]);
    await page.goto(`${server.origin}/ui/connected-apps`);
    await card(page, second).getByRole("link", { name: "Remove Americas from" }).click();
    await at(page, `Remove Americas from ${second.name}?`);
    await looks(page, "live remove workspace");
    await page.getByRole("link", { name: "Cancel" }).click();
    await at(page, "Connected apps");
    await card(page, second).getByRole("link", { name: "Remove Americas from" }).click();
    await press(page, "Remove workspace");
    await at(page, "Connected apps");
    await page.getByRole("status").filter({ hasText: second.name }).waitFor();
    await looks(page, "live connected apps done");
    assert.equal(await card(page, second).getByText("Americas").count(), 0);
    await isEnded(() => introspect(second, tokens));
    const { status, body } = await refresh(second, tokens);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body.workspaces.map(({ name }) => name), ["Europe"]);
  });
}

test("nobody sees or ends what somebody else connected", async (t) => {
  const { server, browser, app } = parts;
  const page = await browser.visit(t);
  const tokens = await connected(page, app, ANA, ["Europe"]);
  const other = await browser.visit(t);
  await other.goto(`${server.origin}/ui/connected-apps`);
  await signIn(other, server, BEN);
  await at(other, "Connected apps");
  const response = await other.goto(`${server.origin}/ui/connected-apps/${tokens.connection_id}/end`);
  assert.equal(response.status(), 404);
  assert.equal((await introspect(app, tokens)).active, true);
});

test("an admin lets a key act on its own by the link that its developer sent", async (t) => {
  const { server, browser, robot } = parts;
  const { customer } = await server.acme();
  const asked = await server.run("connection", "request", "--key", robot.key, "--customer", customer);
  const page = await browser.visit(t);
  await page.goto(asked.link);
  await page.getByText("This app asks to act on its own").waitFor();
  await fitToShow(page, "live unattended review");
  await press(page, "Submit");
  await signIn(page, server, ANA);
  await at(page, CHOOSE);
  await page.getByRole("radio", { name: /^Acme reporting/ }).check();
  await tick(page, "Europe");
  await fitToShow(page, "live unattended workspaces");
  const early = await server.post("/oauth/token", { grant_type: "client_credentials" }, robot);
  assert.equal(early.status, 400, "it acts before it may");
  await press(page, "Allow");
  await at(page, `${robot.name} is connected and may act on its own`);
  await fitToShow(page, "live unattended done");
  const { status, body } = await server.post("/oauth/token", { grant_type: "client_credentials" }, robot);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(body.workspaces.map(({ name }) => name), ["Europe"]);
  await page.getByRole("link", { name: "See connected apps" }).click();
  await card(page, robot).getByText("Acts on its own").waitFor();
  await page.goto(asked.link);
  await at(page, ANSWERED);
});

test("who declines a link shares nothing", async (t) => {
  const { server, browser, refused } = parts;
  const { customer } = await server.acme();
  const asked = await server.run("connection", "request", "--key", refused.key, "--customer", customer);
  const page = await browser.visit(t);
  await page.goto(asked.link);
  await press(page, "Deny");
  await at(page, "Nothing was shared");
  await fitToShow(page, "live declined");
  assert.equal((await server.post("/oauth/token", { grant_type: "client_credentials" }, refused)).status, 400);
});

test("an app whose publisher nobody checked cannot title the page", async (t) => {
  const { server, site, browser, stranger } = parts;
  const page = await browser.visit(t);
  await page.goto(request(server, stranger, site.callback).url);
  await at(page, "Who Knows (unverified) asks to connect");
  await page.getByRole("blockquote").getByText(stranger.description).waitFor();
  await fitToShow(page, "live review unverified");
});
