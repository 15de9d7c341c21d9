// Chromium, and visits to pages that note every fault a browser reports.

import assert from "node:assert/strict";

import { chromium } from "playwright-core";

const PATIENCE_MS = 8_000;

export class Browser {
  static async start() {
    const browser = new Browser();
    browser.chromium = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      // Off by default here, on in people's browsers: the Back button restores pages from it.
      ignoreDefaultArgs: ["--disable-back-forward-cache"],
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    });
    return browser;
  }

  async stop() {
    await this.chromium.close();
  }

  /** A page in a fresh browser profile. The test fails if the browser reported a fault on it. */
  async visit(t, { faults: allowed = [], ...options } = {}) {
    const context = await this.chromium.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin", ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const faults = [];
    const note = (text) => { if (!allowed.some((pattern) => pattern.test(text))) faults.push(text); };
    context.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !isDocumentStatus(message.text())) note(message.text());
    });
    context.on("weberror", (error) => note(error.error().message));
    context.on("response", (response) => {
      const isAsset = response.request().resourceType() !== "document";
      if (isAsset && response.status() >= 400 && !response.url().endsWith("/favicon.ico")) {
        note(`${response.url()} answered ${response.status()}`);
      }
    });
    t.after(async () => {
      await context.close();
      assert.deepEqual(faults, [], "the browser reported faults");
    });
    return context.newPage();
  }
}

/** Chromium reports the status of an error page as a console message; tests look at statuses themselves. */
const isDocumentStatus = (text) => /^Failed to load resource: the server responded with a status of [45]/.test(text);
