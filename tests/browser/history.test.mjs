// Back, forward, reload, a second press: people do them all, with the back/forward cache as browsers have it.

import assert from "node:assert/strict";
import test from "node:test";

import { fitToShow } from "./parts/fit_to_show.mjs";
import { ANA, ANSWERED, BEN, CHOOSE, SIGN_IN, VERIFY, at, belongs, press, reachWorkspaces, redeem, request, signIn, tick, typePassword } from "./parts/flow.mjs";
import { stage } from "./parts/stage.mjs";

const parts = stage();
/** A page from the back/forward cache is not loaded again, so there is no `load` to wait for. */
const goBack = (page) => page.goBack({ waitUntil: "commit" });

for (const javaScriptEnabled of [true, false]) {
  test(`Back at each step leads to a page that works, scripts ${javaScriptEnabled ? "on" : "off"}`, async (t) => {
    const { server, site, browser, app } = parts;
    const page = await browser.visit(t, { javaScriptEnabled });
    const asked = request(server, app, site.callback);
    await page.goto(asked.url);
    await press(page, "Submit");
    await at(page, SIGN_IN);
    await goBack(page);
    await at(page, app.description);
    await press(page, "Submit");
    await at(page, SIGN_IN);
    await typePassword(page, ANA, server.password(ANA));
    await at(page, VERIFY);
    await goBack(page);
    await at(page, SIGN_IN);
    await signIn(page, server, ANA);
    await at(page, CHOOSE);
    // The code is spent, and this person is signed in: the flow goes on where it stood.
    await goBack(page);
    if (await page.getByRole("heading", { name: VERIFY }).isVisible()) {
      await page.getByLabel("Code from the e-mail").fill("123456");
      await press(page, "Verify");
    }
    await at(page, CHOOSE);
    await tick(page, "Europe");
    await press(page, "Allow");
    const { code } = belongs(await site.called(), asked);
    assert.equal((await redeem(server, app, asked, code)).status, 200);
  });
}

test("pages can be loaded again at every step", async (t) => {
  const { server, site, browser, app } = parts;
  const page = await browser.visit(t);
  const asked = request(server, app, site.callback);
  await page.goto(asked.url);
  await page.reload();
  await press(page, "Submit");
  await at(page, SIGN_IN);
  await page.reload();
  await typePassword(page, BEN, server.password(BEN));
  await at(page, VERIFY);
  await page.reload();
  await page.getByLabel("Code from the e-mail").fill(await server.mailedCode(BEN));
  await press(page, "Verify");
  await at(page, CHOOSE);
  await page.reload();
  await at(page, CHOOSE);
  await press(page, "Allow");
  assert.ok(belongs(await site.called(), asked).code);
});

test("Back from the app after the answer shows that it was given, and gives no second code", async (t) => {
  const { server, site, browser, app } = parts;
  const page = await browser.visit(t);
  await reachWorkspaces(page, server, request(server, app, site.callback), ANA);
  await tick(page, "Europe");
  await press(page, "Allow");
  await site.called();
  await at(page, "Back at the app");
  await goBack(page);
  // From the back/forward cache the form is there once more; its answer is not taken twice.
  if (await page.getByRole("heading", { name: CHOOSE }).isVisible()) await press(page, "Allow");
  await at(page, ANSWERED);
  await fitToShow(page, "live already answered");
  assert.deepEqual(site.left(), []);
});

test("of two windows with the same request, one decides", async (t) => {
  const { server, site, browser, app } = parts;
  const page = await browser.visit(t);
  const asked = request(server, app, site.callback);
  await reachWorkspaces(page, server, asked, ANA);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await at(second, CHOOSE);
  await tick(page, "Europe");
  await tick(second, "Americas");
  await press(page, "Allow");
  const { code } = belongs(await site.called(), asked);
  await press(second, "Allow");
  await at(second, ANSWERED);
  assert.deepEqual(site.left(), []);
  const { body } = await redeem(server, app, asked, code);
  assert.deepEqual(body.workspaces.map(({ name }) => name), ["Europe"]);
});

test("a denial counts as an answer", async (t) => {
  const { server, site, browser, app } = parts;
  const page = await browser.visit(t);
  const asked = request(server, app, site.callback);
  await page.goto(asked.url);
  const second = await page.context().newPage();
  await second.goto(`${server.origin}/ui/oauth/pre_authorized`);
  await press(page, "Deny");
  assert.equal(belongs(await site.called(), asked).error, "access_denied");
  await signIn(second, server, ANA);
  await at(second, ANSWERED);
  assert.deepEqual(site.left(), []);
});

test("a request that is not known any more says so", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t);
  const response = await page.goto(`${server.origin}/ui/oauth/pre_authorized?transaction=${"x".repeat(43)}`);
  assert.equal(response.status(), 400);
  await at(page, "This page has expired");
  await fitToShow(page, "live expired");
});
