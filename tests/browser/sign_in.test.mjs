// Signing in: words, limits, the code, the cookies, signing out.

import assert from "node:assert/strict";
import test from "node:test";

import { fitToShow } from "./parts/fit_to_show.mjs";
import { ANA, BEN, CHOOSE, GINA, SIGN_IN, VERIFY, at, press, reachWorkspaces, request, signIn, typePassword } from "./parts/flow.mjs";
import { stage } from "./parts/stage.mjs";

const parts = stage();

test("a wrong password and an unknown address get the same words", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t, { javaScriptEnabled: false });
  const words = [];
  for (const email of [ANA, "nobody@acme.example"]) {
    await page.goto(`${server.origin}/ui/login`);
    const [response] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === "POST"),
      typePassword(page, email, "not the password"),
    ]);
    assert.equal(response.status(), 400);
    words.push(await page.getByRole("alert").textContent());
    // The address is kept, the password is not.
    assert.equal(await page.getByLabel("E-mail address").inputValue(), email);
    assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), "");
  }
  assert.equal(words[0], words[1]);
  assert.match(words[0], /The e-mail address or the password is not right/);
});

test("after a refusal the focus is on what happened", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t);
  await page.goto(`${server.origin}/ui/login`);
  await typePassword(page, ANA, "not the password");
  await page.getByRole("alert").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "alert");
  await page.getByRole("button", { name: "Show password" }).click();
  assert.equal(await page.getByLabel("Password", { exact: true }).getAttribute("type"), "text");
});

test("a code has five tries, and works for the browser that asked for it", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t);
  await page.goto(`${server.origin}/ui/login`);
  await typePassword(page, BEN, server.password(BEN));
  await at(page, VERIFY);
  await page.getByText("b•••@acme.example").waitFor();
  const code = await server.mailedCode(BEN);
  const stranger = await browser.visit(t, { javaScriptEnabled: false });
  await stranger.goto(`${server.origin}/ui/login`);
  await typePassword(stranger, GINA, server.password(GINA));
  await stranger.getByLabel("Code from the e-mail").fill(code);
  await press(stranger, "Verify");
  await stranger.getByRole("alert").getByText("That is not the code").waitFor();
  const wrong = code === "000000" ? "111111" : "000000";
  for (const left of ["4 tries", "3 tries", "2 tries", "1 try"]) {
    await page.getByLabel("Code from the e-mail").fill(wrong);
    await press(page, "Verify");
    await page.getByRole("alert").getByText(`you have ${left} left`).waitFor();
  }
  await page.getByLabel("Code from the e-mail").fill(wrong);
  await press(page, "Verify");
  await page.getByRole("alert").getByText("This code cannot be used any more").waitFor();
  await fitToShow(page, "live verify used up");
  // Not even the right one, and no field to type it into.
  assert.equal(await page.getByLabel("Code from the e-mail").count(), 0);
});

test("another code may be asked for after half a minute", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t);
  await page.clock.install();
  await page.goto(`${server.origin}/ui/login`);
  await typePassword(page, BEN, server.password(BEN));
  await at(page, VERIFY);
  const again = page.getByRole("button", { name: "Send a new code" });
  assert.ok(await again.isDisabled());
  await page.clock.runFor(31_000);
  assert.ok(await again.isEnabled());
  // The server's clock decides: too early, no other code is mailed.
  const code = await server.mailedCode(BEN);
  await again.click();
  await page.getByRole("alert").getByText("too soon for another code").waitFor();
  assert.equal(await server.mailedCode(BEN), code);
});

test("the session is a new one with every sign-in, and its cookies are for us alone", async (t) => {
  const { server, site, browser, app } = parts;
  const page = await browser.visit(t);
  const session = async () => (await page.context().cookies()).find(({ name }) => name.includes("-session-"));
  // A value that somebody planted is not taken over.
  const planted = "A".repeat(43);
  await page.context().addCookies([{ name: "countersign-session-default", value: planted, url: server.origin }]);
  await reachWorkspaces(page, server, request(server, app, site.callback), BEN);
  const first = await session();
  assert.notEqual(first.value, planted);
  const cookies = (await page.context().cookies()).filter(({ name }) => name.startsWith("countersign-"));
  const kinds = cookies.map(({ name }) => name.match(/^countersign-(\w+)-default$/)?.[1]);
  assert.deepEqual(kinds.sort(), ["browser", "device", "session"]);
  for (const cookie of cookies) {
    assert.equal(cookie.httpOnly, true, cookie.name);
    assert.equal(cookie.sameSite, "Lax", cookie.name);
    assert.equal(cookie.path, "/", cookie.name);
    // Only what says that somebody has signed in here before outlives the browser.
    assert.equal(cookie.expires === -1, !cookie.name.includes("-device-"), cookie.name);
  }
  // OpenID Connect Core §3.1.2.1: `login` asks for a fresh sign-in.
  await page.goto(request(server, app, site.callback, { prompt: "login" }).url);
  await press(page, "Submit");
  await signIn(page, server, BEN);
  await at(page, CHOOSE);
  const second = await session();
  assert.notEqual(second.value, first.value);
  const old = await fetch(`${server.origin}/ui/connected-apps`, {
    headers: { cookie: `${first.name}=${first.value}` }, redirect: "manual",
  });
  assert.equal(old.status, 303, "the old session still opens pages");
});

test("signing out ends the session on the server too", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t);
  await page.goto(`${server.origin}/ui/connected-apps`);
  await signIn(page, server, BEN);
  await at(page, "Connected apps");
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  await press(page, "Sign out");
  await at(page, "You are signed out");
  await fitToShow(page, "live signed out");
  assert.ok(!(await page.context().cookies()).some(({ name }) => name.includes("-session-")));
  const kept = await fetch(`${server.origin}/ui/connected-apps`, { headers: { cookie }, redirect: "manual" });
  assert.equal(kept.status, 303);
  await page.goto(`${server.origin}/ui/connected-apps`);
  await at(page, SIGN_IN);
});

test("the theme that a person chose is there before the page is drawn", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t);
  await page.goto(`${server.origin}/ui/login`);
  await page.getByRole("button", { name: /^Theme/ }).click();
  await page.getByRole("button", { name: "Theme: light" }).click();
  await page.getByRole("button", { name: "Theme: dark" }).waitFor();
  const html = await (await page.reload()).text();
  assert.match(html, /data-theme="dark"/);
});
