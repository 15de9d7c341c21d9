// What developers do in the console, as tests compose it.

import assert from "node:assert/strict";

import { at, signIn } from "./flow.mjs";

export const DANA = "dana@reportbot.example";
/** The app of the demo. */
export const APP = "Report Bot";

/** Somebody's browser, signed in at a page of the console. */
export async function signedIn(t, { server, browser }, email, { path = "/ui/apps", title = "Developer Apps", ...options } = {}) {
  const page = await browser.visit(t, options);
  await page.goto(server.origin + path);
  await signIn(page, server, email);
  await at(page, title);
  return page;
}

/** From the list of apps to a tab of the demo's. */
export async function openTab(page, name) {
  await page.getByRole("link", { name: APP, exact: true }).click();
  await at(page, APP);
  await page.getByRole("link", { name, exact: true }).click();
  await page.waitForURL(new RegExp(`/${name.replace("API ", "").toLowerCase()}$`));
  return page;
}

/** Makes somebody of the demo's customers a developer who may do everything. */
export async function joins(server, email) {
  const { teams } = await server.run("team", "list", "Demo");
  await server.run("team", "member", "set", teams[0].id, "--user", email, "--role", "admin");
}

/** `goBack` or `goForward`. A page from the back/forward cache is not loaded again, so there is no `load` to wait for. The
 * answer of a form that the browser has not kept is an error page of its own, which asks whether to send the form again. */
export const turn = (page, way) => page[way]({ waitUntil: "commit" }).catch((error) => {
  if (!/ERR_CACHE_MISS/.test(error.message)) throw error;
});

/** What was shown once is nowhere in what the browser shows now. */
export async function isGone(page, secret, where) {
  let content;
  while (content === undefined) {
    // Fails while one page takes the place of another.
    content = await page.content().catch(() => page.waitForTimeout(50));
  }
  assert.ok(!content.includes(secret), `it is shown ${where}`);
}
