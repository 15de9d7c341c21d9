// The authorize flow from the app's request to the app's callback, in a real browser.

import assert from "node:assert/strict";
import test from "node:test";

import { fitToShow } from "./parts/fit_to_show.mjs";
import {
  ANA, BEN, CHOOSE, GINA, SIGN_IN, VERIFY, at, belongs, connect, heading, press, reachWorkspaces, redeem, request, signIn,
  tick, typePassword,
} from "./parts/flow.mjs";
import { stage } from "./parts/stage.mjs";

const parts = stage({ apps: { everywhere: { name: "Two Worlds", environments: ["default", "prod2"] } } });

/** An app that nobody knows yet: no earlier choice is ticked. */
const newApp = (name) => parts.server.app({ name, callbacks: [parts.site.callback] });

for (const javaScriptEnabled of [true, false]) {
  test(`an app is let into exactly what was ticked, scripts ${javaScriptEnabled ? "on" : "off"}`, async (t) => {
    const { server, site, browser } = parts;
    const app = await newApp("Sales Sync");
    const page = await browser.visit(t, { javaScriptEnabled });
    const asked = request(server, app, site.callback);
    await page.goto(asked.url);
    assert.equal(await heading(page).textContent(), app.description);
    assert.match(await page.title(), new RegExp(`^${app.description}`));
    await press(page, "Submit");
    await signIn(page, server, ANA);
    await at(page, CHOOSE);
    assert.equal(await page.getByRole("checkbox", { checked: true }).count(), 0);
    await tick(page, "Americas", "Europe");
    await press(page, "Allow");
    const call = await site.called();
    const { code } = belongs(call, asked);
    assert.equal(call.method, "GET");
    // The callback learns nothing of our addresses.
    assert.equal(call.referer, undefined);
    const { status, body } = await redeem(server, app, asked, code);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body.workspaces.map(({ name }) => name).sort(), ["Americas", "Europe"]);
  });
}

test("every page of the flow is fit to show", async (t) => {
  const { server, site, browser } = parts;
  const app = await newApp("Case Board");
  const page = await browser.visit(t);
  await page.goto(request(server, app, site.callback).url);
  await fitToShow(page, "live review");
  await press(page, "Submit");
  await at(page, SIGN_IN);
  await fitToShow(page, "live sign in");
  await typePassword(page, ANA, "not her password");
  await page.getByRole("alert").waitFor();
  await fitToShow(page, "live sign in refused");
  await typePassword(page, ANA, server.password(ANA));
  await at(page, VERIFY);
  await fitToShow(page, "live verify");
  await page.getByLabel("Code from the e-mail").fill("000 000");
  await press(page, "Verify");
  await page.getByRole("alert").waitFor();
  await fitToShow(page, "live verify refused");
  await page.getByLabel("Code from the e-mail").fill(await server.mailedCode(ANA));
  await press(page, "Verify");
  await at(page, CHOOSE);
  await fitToShow(page, "live workspaces");
  await press(page, "Allow");
  await page.getByRole("alert").waitFor();
  await fitToShow(page, "live workspaces nothing chosen");
  await tick(page, "Europe");
  // The page goes on by itself; the app answers nothing, so that it can be looked at.
  t.after(() => { site.keepsQuiet = false; });
  site.keepsQuiet = true;
  await press(page, "Allow");
  await at(page, /^You are going back to /);
  await site.called();
  await fitToShow(page, "live returning");
});

test("the mailbox of development and the catalogue of errors are fit to show", async (t) => {
  const { server, site, browser, app } = parts;
  const page = await browser.visit(t);
  await connect(page, server, site, request(server, app, site.callback), ANA, ["Europe"]);
  await page.goto(server.mailbox);
  await fitToShow(page, "live mailbox");
  await page.goto(`${server.origin}/docs/errors`);
  await fitToShow(page, "live error catalogue");
});

test("the flow can be walked by keyboard alone", async (t) => {
  const { server, site, browser } = parts;
  const app = await newApp("Case Board");
  const page = await browser.visit(t, { viewport: { width: 320, height: 640 } });
  const asked = request(server, app, site.callback);
  await page.goto(asked.url);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Skip to the content");
  await tabTo(page, "Submit");
  await page.keyboard.press("Enter");
  await at(page, SIGN_IN);
  await tabTo(page, "email");
  await page.keyboard.type(ANA);
  await tabTo(page, "password");
  await page.keyboard.type(server.password(ANA));
  await page.keyboard.press("Enter");
  await at(page, VERIFY);
  // The one field of this page has the focus.
  assert.equal(await focused(page), "code");
  await page.keyboard.type(await server.mailedCode(ANA));
  await page.keyboard.press("Enter");
  await at(page, CHOOSE);
  await tabTo(page, "Allow");
  await page.keyboard.press("Enter");
  // Nothing was ticked: the summary has the focus, and its link leads to the first box.
  await page.getByRole("alert").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "alert");
  await tabTo(page, "Choose at least one workspace");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await tabTo(page, "Europe");
  await page.keyboard.press("Space");
  await tabTo(page, "Allow");
  await page.keyboard.press("Enter");
  assert.ok(belongs(await site.called(), asked).code);
});

test("a connector with one workspace finds it ticked, and sees why the others are closed", async (t) => {
  const { server, site, browser, app } = parts;
  const page = await browser.visit(t);
  await reachWorkspaces(page, server, request(server, app, site.callback), BEN);
  assert.ok(await page.getByRole("checkbox", { name: "Europe" }).isChecked());
  assert.ok(await page.getByRole("checkbox", { name: "Americas" }).isDisabled());
  await fitToShow(page, "live workspaces of a connector");
  await press(page, "Allow");
  assert.ok((await site.called()).parameters.code);
});

test("workspaces of two customers are refused in words, and nothing is lost", async (t) => {
  const { server, site, browser, app } = parts;
  await secondCustomerFor(server, ANA);
  t.after(() => server.run("user", "remove-role", "--customer", server.second.customer, server.second.user));
  const page = await browser.visit(t);
  const asked = request(server, app, site.callback);
  await reachWorkspaces(page, server, asked, ANA);
  await page.getByRole("checkbox", { name: "Select all in Acme" }).check();
  await tick(page, "Support");
  await press(page, "Allow");
  await page.getByRole("alert").getByText("A connection belongs to one customer").waitFor();
  await fitToShow(page, "live workspaces two customers");
  assert.equal(await page.locator("[data-row] :checked").count(), 4);
  assert.deepEqual(site.left(), []);
  await page.getByRole("checkbox", { name: "Select all in Acme" }).uncheck();
  await press(page, "Allow");
  const { body } = await redeem(server, app, asked, belongs(await site.called(), asked).code);
  assert.deepEqual(body.workspaces.map(({ name }) => name), ["Support"]);
});

test("an earlier choice is ticked the next time, and what changes is said", async (t) => {
  const { server, site, browser } = parts;
  const app = await newApp("Case Board");
  const page = await browser.visit(t);
  const first = request(server, app, site.callback);
  const { code } = belongs(await connect(page, server, site, first, ANA, ["Americas"]), first);
  const old = await redeem(server, app, first, code);
  const again = request(server, app, site.callback);
  await page.goto(again.url);
  // Signed in, and the app is known: straight to the workspaces (never past them).
  await at(page, CHOOSE);
  assert.ok(await page.getByRole("checkbox", { name: "Americas" }).isChecked());
  await page.getByRole("checkbox", { name: "Americas" }).uncheck();
  await tick(page, "Europe");
  await page.getByText("Compared with your earlier choice").waitFor();
  await fitToShow(page, "live workspaces again");
  await press(page, "Allow");
  const { body } = await redeem(server, app, again, belongs(await site.called(), again).code);
  assert.deepEqual(body.workspaces.map(({ name }) => name), ["Europe"]);
  // A second connection of the same person changes nothing of the first.
  const kept = await server.post("/oauth/token", { grant_type: "refresh_token", refresh_token: old.body.refresh_token }, app);
  assert.deepEqual(kept.body.workspaces.map(({ name }) => name), ["Americas"]);
});

for (const [where, walk] of Object.entries({
  "the app's page": async () => {},
  "the sign-in page": async (page) => { await press(page, "Submit"); await at(page, SIGN_IN); },
  "the code's page": async (page, server) => {
    await press(page, "Submit");
    await typePassword(page, ANA, server.password(ANA));
    await at(page, VERIFY);
  },
  "the workspace page": async (page, server) => {
    await press(page, "Submit");
    await signIn(page, server, ANA);
    await at(page, CHOOSE);
  },
})) {
  test(`a person who says no on ${where} is brought back to the app`, async (t) => {
    const { server, site, browser, app } = parts;
    const page = await browser.visit(t, { javaScriptEnabled: false });
    const asked = request(server, app, site.callback);
    await page.goto(asked.url);
    await walk(page, server);
    await page.getByRole("button", { name: /^(Deny|Cancel)$/ }).click();
    const answer = belongs(await site.called(), asked);
    // RFC 6749 §4.1.2.1
    assert.equal(answer.error, "access_denied");
    assert.equal(answer.code, undefined);
  });
}

for (const javaScriptEnabled of [true, false]) {
  test(`a callback may go on to another origin, scripts ${javaScriptEnabled ? "on" : "off"}`, async (t) => {
    const { server, site, browser, app } = parts;
    const page = await browser.visit(t, { javaScriptEnabled });
    const asked = request(server, app, `${site.origin}/redirecting`);
    assert.ok(belongs(await connect(page, server, site, asked, BEN, []), asked).code);
    await page.waitForURL(`${site.crossSite}/callback**`);
    await at(page, "Back at the app");
  });

  test(`form_post carries the answer in a body, scripts ${javaScriptEnabled ? "on" : "off"}`, async (t) => {
    const { server, site, browser, app } = parts;
    const page = await browser.visit(t, { javaScriptEnabled });
    const asked = request(server, app, site.callback, { response_mode: "form_post" });
    await reachWorkspaces(page, server, asked, BEN);
    await press(page, "Allow");
    if (!javaScriptEnabled) await page.getByRole("button", { name: /^Continue to / }).click();
    const call = await site.called();
    assert.equal(call.method, "POST");
    assert.equal(call.url.search, "");
    const { code } = belongs(call, asked);
    assert.equal((await redeem(server, app, asked, code)).status, 200);
  });
}

test("in a pop-up, the opener keeps its handle and gets the message", async (t) => {
  const { server, site, browser, app } = parts;
  const asked = request(server, app, site.callback);
  site.show("/opener", "<!doctype html><title>The app</title><button>Connect</button><output></output><script>"
    + `document.querySelector("button").onclick = () => { window.popup = open(${JSON.stringify(asked.url)}, "connect", "popup"); };`
    + 'addEventListener("message", ({ data }) => { document.querySelector("output").textContent = data; });</script>');
  site.show("/callback", "<!doctype html><title>Done</title><script>opener.postMessage(location.search, origin); close();</script>");
  t.after(() => site.pages.delete("/callback"));
  const opener = await browser.visit(t);
  await opener.goto(`${site.origin}/opener`);
  const opened = opener.waitForEvent("popup");
  await opener.getByRole("button").click();
  const popup = await opened;
  await press(popup, "Submit");
  await signIn(popup, server, BEN);
  await at(popup, CHOOSE);
  assert.equal(await opener.evaluate(() => window.popup.closed), false);
  await press(popup, "Allow");
  await opener.locator("output").getByText("code=").waitFor();
  assert.equal(await opener.evaluate(() => window.popup.closed), true);
  assert.ok(belongs(await site.called(), asked).code);
});

test("each environment has its own people and its own issuer", async (t) => {
  const { server, site, browser, everywhere } = parts;
  const page = await browser.visit(t);
  const asked = request(server, everywhere, site.callback, { environment: "/prod2" });
  await reachWorkspaces(page, server, asked, GINA);
  await page.getByRole("group", { name: "Globex" }).waitFor();
  await tick(page, "Care");
  await press(page, "Allow");
  const { body } = await redeem(server, everywhere, asked, belongs(await site.called(), asked).code);
  assert.equal(body.environment, "prod2");
  assert.deepEqual(body.workspaces.map(({ name }) => name), ["Care"]);
});

test("somebody who belongs to no customer here is told so", async (t) => {
  const { server, site, browser, app } = parts;
  const page = await browser.visit(t);
  const asked = request(server, app, site.callback);
  await reachWorkspaces(page, server, asked, GINA);
  await page.getByText("Your account belongs to no customer here").waitFor();
  await fitToShow(page, "live workspaces nobody");
  await press(page, "Cancel and go back");
  assert.equal(belongs(await site.called(), asked).error, "access_denied");
});

test("the forms Sprinklr's users know lead to the same page", async (t) => {
  const { server, site, browser, app } = parts;
  const page = await browser.visit(t);
  const asked = request(server, app, site.callback);
  await page.goto(asked.url.replace("/oauth/authorize", "/ui/oauth/authorize"));
  await at(page, app.description);
  // Where sign-in returns to: it refuses without a transaction.
  const stranger = await browser.visit(t);
  const response = await stranger.goto(`${server.origin}/ui/oauth/pre_authorized`);
  assert.equal(response.status(), 400);
  await at(stranger, "Nothing to continue");
  await fitToShow(stranger, "live nothing to continue");
});

async function secondCustomerFor(server, email) {
  const customer = (await server.run("customer", "create", "Initech")).id;
  await server.run("workspace", "create", "Support", "--customer", customer);
  const user = (await server.run("user", "show", email)).id;
  await server.run("user", "set-role", user, "--customer", customer, "--role", "admin");
  server.second = { customer, user };
}

/** The id or the words of what has the focus. */
const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const words = element.labels?.[0]?.textContent.trim();
    return ["email", "password", "code"].includes(element.id) ? element.id : words || element.textContent.trim();
  });

/** Presses Tab until `name` has the focus, which is always to be seen and never under the bar of buttons. */
async function tabTo(page, name) {
  for (let steps = 0; steps < 40; steps += 1) {
    if (await focused(page) === name) return;
    await page.keyboard.press("Tab");
    const state = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return { seen: true };
      const bar = [...document.querySelectorAll(".actions")].find((bar) => getComputedStyle(bar).position !== "static");
      const [box, cover] = [element.getBoundingClientRect(), bar?.getBoundingClientRect()];
      const covered = Boolean(cover) && !bar.contains(element) && box.bottom > cover.top + 1 && box.top < cover.bottom;
      const outline = getComputedStyle(element);
      const ring = outline.outlineStyle !== "none" && parseFloat(outline.outlineWidth) >= 3;
      return { seen: !covered && ring, text: element.outerHTML.slice(0, 120) };
    });
    assert.ok(state.seen, `the focus is not to be seen on ${state.text}`);
  }
  assert.fail(`${name} cannot be reached by keyboard`);
}
