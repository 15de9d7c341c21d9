// Pages that a program wrote into a folder, each under the policy it is served with: in every window, in light and dark.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";

import { Browser } from "./browser.mjs";
import { built } from "./built.mjs";
import { CONTRAST, EVERY_RULE, hasItsParts, isClean } from "./fit_to_show.mjs";

const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };
// axe sees every page where it is narrowest, in both colours; where it is wider, only the layout changes.
const LOOKS = [
  { width: 320, colorScheme: "light", rules: EVERY_RULE },
  { width: 320, colorScheme: "dark", rules: CONTRAST },
  { width: 768, colorScheme: "light" },
  { width: 768, colorScheme: "dark" },
  { width: 1280, colorScheme: "light" },
  { width: 1280, colorScheme: "dark" },
];

/** Has the program write its pages, and tests those that are asked for. `tooLongForAxe` are looked at without it. */
export function gallery(program, { has = () => true, tooLongForAxe = [] } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "countersign-gallery-"));
  execFileSync(built(`examples/${program}`), [folder], { timeout: 120_000 });
  // A mail is no page.
  const pages = fs.readdirSync(folder).filter((name) => name.endsWith(".html") && name !== "mail.html");
  const names = pages.map((name) => name.slice(0, -5)).filter(has);
  const parts = { folder, names };
  before(async () => {
    parts.server = http.createServer((request, response) => answer(parts, request, response)).listen(0, "127.0.0.1");
    await once(parts.server, "listening");
    parts.origin = `http://127.0.0.1:${parts.server.address().port}`;
    parts.browser = await Browser.start();
  });
  after(async () => {
    await parts.browser?.stop();
    parts.server?.closeAllConnections();
    parts.server?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  for (const name of names) fitsEverywhere(parts, name, tooLongForAxe.includes(name));
  return parts;
}

function fitsEverywhere(parts, name, isTooLongForAxe) {
  test(`${name} fits every window in light and dark`, async (t) => {
    const page = await parts.browser.visit(t);
    await page.goto(`${parts.origin}/${name}.html`);
    await page.evaluate(() => { for (const details of document.querySelectorAll("details.developer")) details.open = true; });
    for (const { width, colorScheme, rules } of LOOKS) {
      await page.setViewportSize({ width, height: 720 });
      await page.emulateMedia({ colorScheme });
      await hasItsParts(page, `${name} at ${width} px, ${colorScheme}`);
      if (rules && !isTooLongForAxe) await isClean(page, `${name} at ${width} px, ${colorScheme}`, rules);
    }
    await page.emulateMedia({ colorScheme: null, forcedColors: "active" });
    await hasItsParts(page, `${name} in forced colours`);
  });

  test(`${name} fits 320 px without scripts`, async (t) => {
    const page = await parts.browser.visit(t, { javaScriptEnabled: false, viewport: { width: 320, height: 720 } });
    await page.goto(`${parts.origin}/${name}.html`);
    await hasItsParts(page, name);
  });
}

function answer({ folder, origin }, request, response) {
  const file = path.join(folder, new URL(request.url, origin).pathname);
  if (!fs.existsSync(file)) return response.writeHead(404).end();
  const headers = { "content-type": TYPES[path.extname(file)] };
  if (!file.endsWith(".html")) return response.writeHead(200, headers).end(fs.readFileSync(file));
  headers["content-security-policy"] = fs.readFileSync(file.replace(/html$/, "csp"), "utf8");
  return response.writeHead(200, headers).end(still(fs.readFileSync(file, "utf8")));
}

/** The pages that leave for the app, without their leaving. */
const still = (html) => html.replace(/<meta http-equiv="refresh"[^>]*>/, "").replace(/<script[^>]*submit[^>]*><\/script>/, "");
