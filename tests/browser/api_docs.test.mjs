// The page of the management API: from the documents, at every width, light and dark, with scripts and without.

import assert from "node:assert/strict";
import test from "node:test";

import { fitToShow, hasItsParts, isClean } from "./parts/fit_to_show.mjs";
import { at, signIn } from "./parts/flow.mjs";
import { stage } from "./parts/stage.mjs";

const DANA = "dana@reportbot.example";
const TITLE = "Countersign management API";
const parts = stage();

test("the page of the API is reached from the documents and is fit to show, folded and unfolded", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t);
  await page.goto(`${server.origin}/docs`);
  await page.getByRole("link", { name: "Management API", exact: true }).click();
  await at(page, TITLE);
  await fitToShow(page, "live api");
  await page.evaluate(() => document.querySelectorAll("details").forEach((folded) => { folded.open = true; }));
  await fitToShow(page, "live api unfolded");
  const before = page.viewportSize();
  for (const colorScheme of ["light", "dark"]) {
    await page.setViewportSize({ width: 768, height: 720 });
    await page.emulateMedia({ colorScheme });
    await hasItsParts(page, `the API at 768 px, ${colorScheme}`);
    await isClean(page, `the API at 768 px, ${colorScheme}`);
  }
  await page.setViewportSize(before);
});

test("every link of the page leads to something on it, by keyboard and without scripts", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t, { javaScriptEnabled: false });
  await page.goto(`${server.origin}/docs/api`);
  await page.locator("summary", { hasText: "All operations" }).press("Enter");
  const operation = page.getByRole("link", { name: "Make an app. It has no API key yet." });
  await operation.press("Enter");
  await page.waitForURL(/#post-api-v1-apps$/);
  const dangling = await page.locator('main a[href^="#"]').evaluateAll((links) =>
    links.map((link) => link.hash.slice(1)).filter((id) => document.getElementById(id) === null));
  assert.deepEqual(dangling, []);
  const document = await (await page.request.get(`${server.origin}/api/v1/openapi.json`)).json();
  const operations = Object.values(document.paths).flatMap((item) => Object.keys(item)).length;
  assert.equal(await page.locator("main section.card > h3 + p > em.tag").count(), operations);
});

test("a browser's session confirms by the API and goes on under its new id", async (t) => {
  const { server, browser } = parts;
  const page = await browser.visit(t);
  await page.goto(`${server.origin}/ui/sessions`);
  await signIn(page, server, DANA);
  await page.getByText("this browser").waitFor();
  const session = async () => (await page.context().cookies()).find(({ name }) => name.includes("-session-")).value;
  const me = await (await page.request.get(`${server.origin}/api/v1/me`)).json();
  assert.equal(me.kind, "person");
  const confirm = async (password, headers) => {
    const answer = await page.request.post(`${server.origin}/api/v1/me/confirmation`, { data: { password }, headers });
    return answer.status();
  };
  const headers = { "X-Form-Token": me.form_token };
  const before = await session();
  assert.equal(await confirm(server.password(DANA), {}), 403);
  assert.equal(await confirm("not her password", headers), 422);
  assert.equal(await session(), before);
  assert.equal(await confirm(server.password(DANA), headers), 200);
  assert.notEqual(await session(), before);
  await page.reload();
  await page.getByText("this browser").waitFor();
});
