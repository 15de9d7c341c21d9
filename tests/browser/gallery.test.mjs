// Every page in every state that the gallery writes, under the policy it is served with: states that the live flow
// reaches rarely or never (a mail server that is down, two thousand workspaces, long names).

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";

import { Browser } from "./parts/browser.mjs";
import { built } from "./parts/built.mjs";
import { CONTRAST, EVERY_RULE, hasItsParts, isClean } from "./parts/fit_to_show.mjs";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "countersign-gallery-"));
execFileSync(built("examples/gallery"), [folder]);
// A mail is no page.
const names = fs.readdirSync(folder).filter((name) => name.endsWith(".html") && name !== "mail.html").map((name) => name.slice(0, -5));
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };
/** axe takes 17 s on two thousand rows; the same page with few rows is in the gallery too. */
const TOO_LONG_FOR_AXE = ["workspaces-long"];
let browser, server, origin;

before(async () => {
  server = http.createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${server.address().port}`;
  browser = await Browser.start();
});
after(async () => {
  await browser?.stop();
  server?.closeAllConnections();
  server?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

function answer(request, response) {
  const file = path.join(folder, new URL(request.url, origin).pathname);
  if (!fs.existsSync(file)) return response.writeHead(404).end();
  const headers = { "content-type": TYPES[path.extname(file)] };
  if (!file.endsWith(".html")) return response.writeHead(200, headers).end(fs.readFileSync(file));
  headers["content-security-policy"] = fs.readFileSync(file.replace(/html$/, "csp"), "utf8");
  return response.writeHead(200, headers).end(still(fs.readFileSync(file, "utf8")));
}

/** The pages that leave for the app, without their leaving. */
const still = (html) => html.replace(/<meta http-equiv="refresh"[^>]*>/, "").replace(/<script[^>]*submit[^>]*><\/script>/, "");

// axe sees every page where it is narrowest, in both colours; where it is wider, only the layout changes.
const LOOKS = [
  { width: 320, colorScheme: "light", rules: EVERY_RULE },
  { width: 320, colorScheme: "dark", rules: CONTRAST },
  { width: 768, colorScheme: "light" },
  { width: 768, colorScheme: "dark" },
  { width: 1280, colorScheme: "light" },
  { width: 1280, colorScheme: "dark" },
];

for (const name of names) {
  test(`${name} fits every window in light and dark`, async (t) => {
    const page = await browser.visit(t);
    await page.goto(`${origin}/${name}.html`);
    await page.evaluate(() => { for (const details of document.querySelectorAll("details.developer")) details.open = true; });
    for (const { width, colorScheme, rules } of LOOKS) {
      await page.setViewportSize({ width, height: 720 });
      await page.emulateMedia({ colorScheme });
      await hasItsParts(page, `${name} at ${width} px, ${colorScheme}`);
      if (rules && !TOO_LONG_FOR_AXE.includes(name)) await isClean(page, `${name} at ${width} px, ${colorScheme}`, rules);
    }
    await page.emulateMedia({ colorScheme: null, forcedColors: "active" });
    await hasItsParts(page, `${name} in forced colours`);
  });

  test(`${name} fits 320 px without scripts`, async (t) => {
    const page = await browser.visit(t, { javaScriptEnabled: false, viewport: { width: 320, height: 720 } });
    await page.goto(`${origin}/${name}.html`);
    await hasItsParts(page, name);
  });
}

test("two thousand workspaces are shown and filtered within a second each", async (t) => {
  const page = await browser.visit(t);
  const began = performance.now();
  await page.goto(`${origin}/workspaces-long.html`);
  const shown = performance.now();
  await page.getByLabel("Filter workspaces").fill("0777");
  await page.getByText("1 workspace matches").waitFor();
  const filtered = performance.now();
  assert.equal(await page.locator("[data-row]:visible").count(), 1);
  // Generous: the machine that runs this is shared.
  assert.ok(shown - began < 5000 && filtered - shown < 5000, `${shown - began} ms, ${filtered - shown} ms`);
});

test("the picker counts, selects all, filters, and says what changes", async (t) => {
  const page = await browser.visit(t);
  await page.goto(`${origin}/workspaces-several.html`);
  const count = page.locator("[data-count]");
  const all = page.getByLabel("Select all in Acme");
  assert.equal(await count.textContent(), "0 of 6 selected");
  await all.check();
  assert.equal(await count.textContent(), "3 of 6 selected");
  await page.getByLabel("EMEA").uncheck();
  assert.equal(await all.evaluate((box) => box.indeterminate), true);
  await page.getByLabel("Sales").check();
  assert.match(await count.textContent(), /choose one customer/);
  await page.getByLabel("Filter workspaces").fill("eme");
  assert.equal(await page.locator("[data-matches]").textContent(), "1 workspace matches");
  // Enter in the filter does not answer the form.
  await page.keyboard.press("Enter");
  assert.match(page.url(), /workspaces-several/);
  await page.goto(`${origin}/workspaces-again.html`);
  assert.match(await page.locator("[data-changes]").textContent(), /removed\s+Board/);
  await page.getByLabel("EMEA").check();
  assert.match(await page.locator("[data-changes]").textContent(), /added\s+EMEA/);
});

test("the checks themselves find planted faults", async (t) => {
  const page = await browser.visit(t, { faults: [/x\.png/] });
  await page.goto(`${origin}/not-found.html`);
  await page.evaluate(() => {
    const image = Object.assign(document.createElement("img"), { src: "/x.png" });
    document.querySelector("h1").after(image);
  });
  await assert.rejects(isClean(page, "planted"), /image-alt/);
  await page.evaluate(() => { document.querySelector("main").style.inlineSize = "3000px"; document.querySelector("main").style.maxInlineSize = "none"; });
  await assert.rejects(hasItsParts(page, "planted"), /overflow/);
});
