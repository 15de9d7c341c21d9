// Requests that are not answered at a callback, and what other sites may try.

import assert from "node:assert/strict";
import test from "node:test";

import { fitToShow } from "./parts/fit_to_show.mjs";
import { ANA, BEN, CHOOSE, at, belongs, press, reachWorkspaces, redeem, request, signIn } from "./parts/flow.mjs";
import { stage } from "./parts/stage.mjs";

const parts = stage();

test("a wrong callback is told on a page, part by part, and never redirected to", async (t) => {
  const { server, site, browser, app } = parts;
  const page = await browser.visit(t);
  const wrong = `${site.callback}/`;
  const response = await page.goto(request(server, app, wrong).url);
  assert.equal(response.status(), 400);
  assert.equal(response.headers().location, undefined);
  await at(page, "We could not start");
  // The reference that activity and log have.
  const reference = await page.locator(".reference").textContent();
  assert.match(reference, /^req_/);
  assert.equal(response.headers()["x-request-id"] ?? reference, reference);
  await page.getByText("help@app.example").waitFor();
  await page.getByText("For the app’s developer").click();
  await page.getByText("callback_mismatch").waitFor();
  await page.getByText("trailing slash").waitFor();
  assert.match(await page.locator("mark").textContent(), /\/callback\/$/);
  // RFC 9700 §4.11.2: what was received is text; nothing on the page leads there, and no registered URL is told.
  assert.equal(await page.locator(`a[href*="${new URL(wrong).host}"]`).count(), 0);
  await fitToShow(page, "live wrong callback");
  assert.deepEqual(site.left(), []);
});

test("an unknown key is told on a page", async (t) => {
  const { server, site, browser } = parts;
  const page = await browser.visit(t, { javaScriptEnabled: false });
  const response = await page.goto(request(server, { key: "ak_nobody" }, site.callback).url);
  assert.equal(response.status(), 400);
  await at(page, "We could not start");
});

test("markup in a request stays text", async (t) => {
  const { server, browser, app } = parts;
  const page = await browser.visit(t);
  await page.goto(request(server, app, 'https://app.example/"><script>document.title="taken"</script>').url);
  await at(page, "We could not start");
  assert.doesNotMatch(await page.title(), /taken/);
  assert.equal(await page.locator("main script").count(), 0);
});

test("what is wrong with a request whose callback is known is told to the app", async (t) => {
  const { server, site, browser, app } = parts;
  const page = await browser.visit(t);
  const asked = request(server, app, site.callback, { response_type: "token" });
  await page.goto(asked.url);
  assert.equal(belongs(await site.called(), asked).error, "unsupported_response_type");
});

test("no other site can frame a page", async (t) => {
  const { server, site, browser, app } = parts;
  site.show("/frame", `<!doctype html><title>Trap</title><iframe src="${request(server, app, site.callback).url}"></iframe>`);
  const page = await browser.visit(t, { faults: [/frame-ancestors/] });
  await page.goto(`${site.origin}/frame`, { waitUntil: "load" });
  await page.waitForFunction(() => frames.length === 1);
  const [framed] = page.mainFrame().childFrames();
  await framed.waitForURL(/^chrome-error:/);
});

// Another port is another origin of the same site: browsers send cookies along. Another host is another site.
for (const where of ["origin", "crossSite"]) {
  test(`a form of another ${where === "origin" ? "origin" : "site"} lets nobody in`, async (t) => {
    const { server, site, browser, app } = parts;
    // The attacker's own request, with everything its own browser may know.
    const attacker = await browser.visit(t);
    await reachWorkspaces(attacker, server, request(server, app, site.callback), BEN);
    const stolen = await fields(attacker);
    const person = await browser.visit(t);
    const asked = request(server, app, site.callback);
    await reachWorkspaces(person, server, asked, BEN);
    const own = await fields(person);
    for (const form of [stolen, own]) {
      site.show("/forged", forged(`${server.origin}/ui/oauth/pre_authorized`, form));
      const trap = await person.context().newPage();
      const answered = trap.waitForResponse(`${server.origin}/ui/oauth/pre_authorized`);
      await trap.goto(`${site[where]}/forged`);
      assert.equal((await answered).status(), 400);
      // Without the cookies the request is nobody's; with them the form is not ours, or not of this browser.
      const isOfThisBrowser = form === own && where === "origin";
      await at(trap, isOfThisBrowser ? "We could not accept this form" : "Nothing to continue");
      if (isOfThisBrowser) await fitToShow(trap, "live form refused");
      await trap.close();
    }
    assert.deepEqual(site.left(), []);
    // The person's own press still counts.
    await press(person, "Allow");
    assert.equal((await redeem(server, app, asked, belongs(await site.called(), asked).code)).status, 200);
  });
}

test("the token of another browser opens no form, whatever the headers say", async (t) => {
  const { server, site, browser, app } = parts;
  const [one, other] = [await browser.visit(t), await browser.visit(t)];
  await reachWorkspaces(one, server, request(server, app, site.callback), BEN);
  await reachWorkspaces(other, server, request(server, app, site.callback), BEN);
  const mixed = { ...await fields(one), form_token: (await fields(other)).form_token };
  const cookies = (await one.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const response = await fetch(`${server.origin}/ui/oauth/pre_authorized`, {
    method: "POST", headers: { cookie: cookies, origin: server.origin }, body: new URLSearchParams(mixed), redirect: "manual",
  });
  assert.equal(response.status, 400);
  await one.reload();
  await at(one, CHOOSE);
});

test("sign-in leads to pages of ours alone", async (t) => {
  const { server, browser } = parts;
  for (const elsewhere of ["https://evil.example/", "//evil.example/ui/", "/\\evil.example", "/ui/../../evil", "javascript:alert(1)"]) {
    const html = await (await fetch(`${server.origin}/ui/login?returnTo=${encodeURIComponent(elsewhere)}`)).text();
    assert.match(html, /name="returnTo" value="&#x2F;ui&#x2F;connected-apps"|name="returnTo" value="\/ui\/connected-apps"/, elsewhere);
  }
  const page = await browser.visit(t);
  await page.goto(`${server.origin}/ui/login?returnTo=${encodeURIComponent("//evil.example/ui/")}`);
  await signIn(page, server, ANA);
  await page.waitForURL(`${server.origin}/ui/connected-apps`);
});

test("pages carry the headers that protect them", async () => {
  const { server, site, app } = parts;
  const { headers } = await fetch(request(server, app, site.callback).url);
  const policy = headers.get("content-security-policy");
  for (const rule of ["default-src 'none'", "script-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"]) {
    assert.ok(policy.includes(rule), rule);
  }
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(headers.get("referrer-policy"), "no-referrer");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("cache-control"), "no-store");
  // It would break integrations that open the flow in a pop-up.
  assert.equal(headers.get("cross-origin-opener-policy"), null);
});

test("an address without a page says so", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t);
  const response = await page.goto(`${server.origin}/ui/oauth/unattended/creq_nothing`);
  assert.equal(response.status(), 404);
  await at(page, "Page not found");
  await fitToShow(page, "live not found");
});

/** What pressing Allow would send, with the boxes that are ticked. */
const fields = (page) =>
  page.locator("form[data-picker]").evaluate((form) => ({ ...Object.fromEntries(new FormData(form)), decision: "allow" }));

const forged = (action, form) =>
  `<!doctype html><title>Trap</title><form method="post" action="${action}">${
    Object.entries(form).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join("")
  }</form><script>document.forms[0].submit()</script>`;
