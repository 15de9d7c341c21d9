// What every page must be, whatever it says.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** WCAG 2.2 AA and best practices. */
export const EVERY_RULE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
/** What differs between light and dark. */
export const CONTRAST = ["color-contrast"];

/** Checks the page as it stands: narrow and light, between, wide and dark. Needs scripts, for axe. */
export async function fitToShow(page, name) {
  const before = page.viewportSize();
  await picture(page, name);
  for (const [width, colorScheme, rules] of [[320, "light", EVERY_RULE], [768, "light", null], [1280, "dark", CONTRAST]]) {
    await page.setViewportSize({ width, height: 720 });
    await page.emulateMedia({ colorScheme });
    const where = `${name} at ${width} px, ${colorScheme}`;
    await hasItsParts(page, where);
    if (rules) await isClean(page, where, rules);
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(before);
}

/** Title, one heading, landmarks, targets that fingers hit, and nothing that scrolls sideways. */
export async function hasItsParts(page, where) {
  const found = await page.evaluate(() => {
    const shown = (element) => element.checkVisibility() && !element.closest("[hidden]");
    const targets = [...document.querySelectorAll("main :is(button, a.button, summary, .row), nav a")].filter(shown);
    const small = targets.filter((element) => element.getBoundingClientRect().height < 44);
    const count = (selector) => document.querySelectorAll(selector).length;
    return {
      overflow: Math.max(0, document.documentElement.scrollWidth - innerWidth),
      headings: count("h1"),
      landmarks: ["body > header", "main", "body > footer"].map(count),
      language: document.documentElement.lang,
      hasTitle: document.title.trim() !== "",
      small: small.map((element) => element.textContent.trim()),
    };
  });
  const due = { overflow: 0, headings: 1, landmarks: [1, 1, 1], language: "en", hasTitle: true, small: [] };
  assert.deepEqual(found, due, where);
}

/** axe finds nothing. */
export async function isClean(page, where, rules = EVERY_RULE) {
  if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(`${axe};0`);
  const violations = await page.evaluate(async (rules) => {
    const { violations } = await globalThis.axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
  }, rules);
  assert.deepEqual(violations, [], where);
}

/** Takes pictures for people to look at, where COUNTERSIGN_SCREENSHOTS names a folder. */
async function picture(page, name) {
  const folder = process.env.COUNTERSIGN_SCREENSHOTS;
  if (!folder) return;
  fs.mkdirSync(folder, { recursive: true });
  for (const width of [320, 1280]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize({ width, height: 640 });
      await page.emulateMedia({ colorScheme });
      // As tall as the page: the bar of buttons sticks to the end of the window.
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ width, height });
      const file = `${name.replaceAll(/\W+/g, "-")}-${width}-${colorScheme}.png`;
      await page.screenshot({ path: path.join(folder, file), fullPage: true, animations: "disabled" });
    }
  }
}
