// Too many tries: for one account, and from one network.

import assert from "node:assert/strict";
import test from "node:test";

import { fitToShow } from "./parts/fit_to_show.mjs";
import { ANA, at, SIGN_IN, typePassword } from "./parts/flow.mjs";
import { stage } from "./parts/stage.mjs";

const parts = stage({
  settings: { "rates.sign_ins_per_account_and_ten_minutes": 3, "rates.sign_ins_per_address_and_minute": 8 },
});

// One test: its tries add up.
test("an account and then the whole network are paused, and the page says until when", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t);
  for (let tries = 0; tries < 3; tries += 1) await tryToSignIn(page, server, ANA, "not the password");
  // The right password does not open a paused account, or guessing would go on.
  const paused = await tryToSignIn(page, server, ANA, server.password(ANA));
  assert.equal(paused.status(), 429);
  assert.ok(Number(paused.headers()["retry-after"]) > 0);
  await page.getByRole("alert").getByText("Signing in is paused").waitFor();
  await fitToShow(page, "live sign in paused");
  // An address that nobody has is paused alike.
  for (let tries = 0; tries < 3; tries += 1) await tryToSignIn(page, server, "nobody@acme.example", "x");
  assert.equal((await tryToSignIn(page, server, "nobody@acme.example", "x")).status(), 429);
  await page.getByRole("alert").getByText("Signing in is paused").waitFor();
  const limited = await tryToSignIn(page, server, "another@acme.example", "x");
  assert.equal(limited.status(), 429);
  assert.equal(limited.headers()["retry-after"], "60");
  await page.getByRole("alert").getByText("Too many tries").waitFor();
  await fitToShow(page, "live sign in limited");
});

async function tryToSignIn(page, server, email, password) {
  await page.goto(`${server.origin}/ui/login`);
  await at(page, SIGN_IN);
  const [response] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === "POST"),
    typePassword(page, email, password),
  ]);
  await page.getByRole("alert").waitFor();
  return response;
}
