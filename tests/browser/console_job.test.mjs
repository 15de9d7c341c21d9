// A developer's whole job by keyboard alone, with and without scripts: an app, a key, a test, another secret, a
// certificate, mutual TLS, and tokens made by hand.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after } from "node:test";

import { joins, signedIn } from "./parts/console.mjs";
import { ANA, CHOOSE, at } from "./parts/flow.mjs";
import { stage } from "./parts/stage.mjs";

/** More than any page has to stop at. */
const MOST_TABS = 150;
const parts = stage();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "countersign-job-"));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A certificate as a client would have it, PEM. */
function certificate(name) {
  const file = (ending) => path.join(folder, `${name}.${ending}`);
  const usages = ["-addext", "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=clientAuth"];
  execFileSync("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", `/CN=${name}`, "-days", "300", ...usages,
    "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", file("key"), "-out", file("pem"),
  ], { stdio: "ignore", timeout: 20_000 });
  return fs.readFileSync(file("pem"), "utf8");
}

/** A person without a mouse. */
class Keyboard {
  constructor(page) {
    this.page = page;
  }

  /** Tab until the focus is where `isThere` says; it is seen there. */
  async #tabTo(locator, what, isThere = (element) => element === document.activeElement) {
    await locator.waitFor();
    for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
      await this.page.keyboard.press("Tab");
      if (!await locator.evaluate(isThere)) continue;
      const isSeen = await this.page.evaluate(() => {
        const { outlineStyle, boxShadow } = getComputedStyle(document.activeElement);
        return document.activeElement.matches(":focus-visible") && (outlineStyle !== "none" || boxShadow !== "none");
      });
      assert.ok(isSeen, `the focus on ${what} is not seen`);
      return;
    }
    assert.fail(`the keyboard does not reach ${what}`);
  }

  async press(role, name, key = "Enter") {
    await this.#tabTo(this.page.getByRole(role, { name, exact: typeof name === "string" }).first(), name);
    await this.page.keyboard.press(key);
  }

  follow(name) {
    return this.press("link", name);
  }

  tick(name) {
    return this.press("checkbox", name, "Space");
  }

  /** One of several: Tab comes to the group, arrows go on in it. */
  async choose(name) {
    const one = this.page.getByRole("radio", { name });
    await this.#tabTo(one, `the choice ${name}`, (element) => element.name === document.activeElement.name);
    for (let steps = 0; steps < 10 && !await one.isChecked(); steps += 1) await this.page.keyboard.press("ArrowDown");
    assert.ok(await one.isChecked(), `the arrows do not choose ${name}`);
  }

  /** Types, or pastes what nobody types. */
  async fill(label, text) {
    await this.#tabTo(this.page.getByLabel(label, { exact: typeof label === "string" }), label);
    await (text.length > 200 ? this.page.keyboard.insertText(text) : this.page.keyboard.type(text));
  }
}

for (const javaScriptEnabled of [true, false]) {
  test(`the whole job is done by keyboard, scripts ${javaScriptEnabled ? "on" : "off"}`, async (t) => {
    const { server } = parts;
    await joins(server, ANA);
    const page = await signedIn(t, parts, ANA, { path: "/ui/apps", javaScriptEnabled });
    const keys = new Keyboard(page);
    const app = `Night Post ${javaScriptEnabled}`;
    const isThere = (heading) => page.getByRole("heading", { name: heading }).waitFor();

    await keys.follow("+ Create App");
    await at(page, "Create App");
    await keys.fill("Name", app);
    await keys.fill("Description", `${app} sends a report every night`);
    await keys.fill("Callback URL 1", "https://app.example.com/callback");
    await keys.press("button", "Create App");
    await at(page, app);

    await keys.follow("1 Create a key");
    await keys.fill("Label", "Nightly");
    await keys.press("button", "Create API Key");
    await isThere("Your new API key: Nightly");
    const secret = await page.locator("#p-secret").textContent();
    await keys.follow("I have stored it");

    await keys.follow("Overview");
    await keys.follow(/^Run test authorization/);
    await keys.press("button", "Run test authorization");
    await at(page, `${app} (unverified) asks to connect`);
    await keys.press("button", "Submit");
    await at(page, CHOOSE);
    await keys.tick("Europe");
    await keys.press("button", "Allow");
    await isThere("2 What came back to the callback");
    await keys.fill("A secret of this API key", secret);
    await keys.press("button", "Exchange the code");
    await isThere("What is in the access token");

    await keys.follow("API keys");
    await keys.follow(/^Rotate secret/);
    await keys.press("button", "Rotate secret");
    await isThere("Your new secret: Nightly");
    assert.notEqual(await page.locator("#p-secret").textContent(), secret);
    await keys.follow("I have stored it");

    await keys.follow("Certificates");
    await keys.follow("+ Certificate");
    await keys.fill("Certificate", certificate(`night-${javaScriptEnabled}`));
    await keys.press("button", "Look at it");
    await keys.press("button", "Add certificate");
    await page.waitForURL(/\/certificates$/);
    await sets(page, keys, /^Required/);
    await isThere("Mutual TLS authentication: Required");

    // Tokens made by hand could be bound to nothing, and the page says so.
    await keys.follow("Tokens");
    await keys.follow("Generate Token");
    await page.getByText("bound to a client certificate").waitFor();
    await keys.follow("Certificates");
    await sets(page, keys, /^Optional/);
    await isThere("Mutual TLS authentication: Optional");

    await keys.follow("Tokens");
    await keys.follow("Generate Token");
    await keys.fill("Label", "By hand");
    await keys.tick("Europe");
    await keys.fill("Your password", server.password(ANA));
    await keys.press("button", "Mail me the code");
    await isThere("Enter the code for these tokens");
    await keys.fill("Code from the e-mail", await server.mailedCode(ANA));
    await keys.press("button", "Generate Token");
    await isThere("New tokens: By hand");
    assert.match(await page.locator("#p-refresh").textContent(), /^rt_/);
  });
}

/** Sets mutual TLS, although the test authorization came without a certificate. */
async function sets(page, keys, mode) {
  await keys.follow("Enable Mutual TLS Authentication");
  await keys.choose(mode);
  if (await page.getByRole("checkbox", { name: /^Require it although/ }).count()) await keys.tick(/^Require it although/);
  await keys.press("button", "Set mutual TLS");
}
