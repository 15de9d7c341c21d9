// Certificates in the console: looked at, registered, tested and removed; and mutual TLS from Off to Required.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { promisify } from "node:util";

import { DANA, openTab, signedIn } from "./parts/console.mjs";
import { fitToShow, hasItsParts } from "./parts/fit_to_show.mjs";
import { press } from "./parts/flow.mjs";
import { freePort } from "./parts/server.mjs";
import { stage } from "./parts/stage.mjs";

const port = await freePort();
const parts = stage({ settings: { "mtls.listen": `127.0.0.1:${port}` } });
const run = promisify(execFile);

/** What a client would have: made by openssl, in a folder of its own. */
const made = {};
before(async () => {
  made.folder = fs.mkdtempSync(path.join(os.tmpdir(), "countersign-certificates-"));
  const openssl = (...words) => run("openssl", words, { cwd: made.folder, timeout: 20_000 });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl("req", "-x509", ...key, "-subj", "/CN=Bots CA/O=Example", "-keyout", "ca.key", "-out", "ca.pem", "-days", "400");
  const usages = ["-addext", "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=clientAuth"];
  for (const [name, days] of [["client", "20"], ["second", "300"]]) {
    await openssl(
      "req", "-x509", ...key, "-subj", `/CN=${name} of the night`, ...usages, "-addext", "basicConstraints=critical,CA:FALSE",
      "-addext", `subjectAltName=DNS:${name}.reportbot.example,URI:spiffe://reportbot.example/${name}`,
      "-keyout", `${name}.key`, "-out", `${name}.pem`, "-days", days,
    );
  }
  await openssl("x509", "-in", "second.pem", "-outform", "DER", "-out", "second.der");
});
after(() => fs.rmSync(made.folder, { recursive: true, force: true }));
const file = (name) => path.join(made.folder, name);
const text = (name) => fs.readFileSync(file(name), "utf8");

/** Dana's browser, at the certificates of the demo app. */
const certificates = async (t, options) => openTab(await signedIn(t, parts, DANA, options), "Certificates");

const card = (page, name) => page.getByRole("article", { name });

test("a certificate is looked at, registered, tested by the call on the page, and removed", async (t) => {
  const page = await certificates(t, { permissions: ["clipboard-read", "clipboard-write"] });
  await fitToShow(page, "live console certificates");
  await page.getByRole("link", { name: "+ Certificate" }).click();
  await fitToShow(page, "live console new certificate");
  await page.getByLabel("Certificate", { exact: true }).fill(text("client.pem"));
  await page.getByLabel("Label").fill("Night shift");
  await press(page, "Look at it");
  await page.getByText("CN=client of the night", { exact: true }).waitFor();
  await page.getByText("client.reportbot.example", { exact: true }).waitFor();
  await fitToShow(page, "live console look at a certificate");
  await press(page, "Add certificate");
  await page.waitForURL(/\/certificates$/);
  await card(page, /^Night shift/).getByText(/^Ends in 19 days$|^Ends in 20 days$/).waitFor();
  await card(page, /^Night shift/).getByText("What it says").click();
  await fitToShow(page, "live console certificates registered");
  await page.getByRole("button", { name: "Copy Test a certificate" }).click();
  const script = await page.evaluate(() => navigator.clipboard.readText());
  const { server } = parts;
  const env = { PATH: process.env.PATH, API_SECRET: server.demo.API_SECRET, CURL_CA_BUNDLE: path.join(server.folder, "data", "mtls-ca.pem") };
  const { stdout } = await run("bash", ["-euc", script], { cwd: made.folder, env, timeout: 20_000 });
  const seen = JSON.parse(stdout);
  assert.equal(seen.certificate.subject, "CN=client of the night");
  assert.equal(seen.client.match.label, "Night shift", stdout);
  await card(page, /^Night shift/).getByRole("link", { name: "Remove Night shift" }).click();
  await fitToShow(page, "live console remove a certificate");
  await press(page, "Remove certificate");
  await page.waitForURL(/\/certificates$/);
  assert.equal(await card(page, /^Night shift/).count(), 0);
});

test("a file is read, and a private key leaves neither the browser nor the form", async (t) => {
  const page = await certificates(t);
  await page.getByRole("link", { name: "+ Certificate" }).click();
  const field = page.getByLabel("Certificate", { exact: true });
  await page.getByLabel(/^Or read it from a file/).setInputFiles(file("client.key"));
  await page.getByText("This file holds a private key").waitFor();
  assert.equal(await field.inputValue(), "");
  await field.fill(text("client.key"));
  await press(page, "Look at it");
  await page.getByRole("alert").getByText(/There is a private key in this; nothing was kept of it/).waitFor();
  assert.ok(!(await page.content()).includes(text("client.key").split("\n")[1]), "the key is not in the page");
  await fitToShow(page, "live console private key refused");
  await page.getByLabel(/^Or read it from a file/).setInputFiles(file("second.der"));
  await page.waitForFunction(() => document.getElementById("certificate").value !== "");
  await press(page, "Look at it");
  await page.getByText("CN=second of the night", { exact: true }).waitFor();
});

for (const javaScriptEnabled of [true, false]) {
  const scripts = javaScriptEnabled ? "on" : "off";

  test(`an authority and a name under it are registered, scripts ${scripts}`, async (t) => {
    const page = await certificates(t, { javaScriptEnabled });
    await page.getByRole("link", { name: "+ Name under an authority" }).click();
    if (javaScriptEnabled) await fitToShow(page, "live console name of certificates");
    await page.getByRole("link", { name: "Certificates", exact: true }).click();
    await page.getByRole("link", { name: "+ Trust anchor" }).click();
    await page.getByLabel("Certificate", { exact: true }).fill(text("ca.pem"));
    await page.getByLabel("Label").fill(`Bots CA ${scripts}`);
    await press(page, "Look at it");
    await page.getByRole("heading", { name: /^Is this the authority/ }).waitFor();
    await hasItsParts(page, "look at an authority");
    await press(page, "Add trust anchor");
    await card(page, new RegExp(`^Bots CA ${scripts}`)).waitFor();
    await page.getByRole("link", { name: "+ Name under an authority" }).click();
    await page.getByLabel("Name", { exact: true }).fill("not a name");
    await press(page, "Add name");
    await page.getByRole("alert").getByText(/^A DNS name is letters/).waitFor();
    if (javaScriptEnabled) await fitToShow(page, "live console name with a fault");
    await page.getByLabel("Name", { exact: true }).fill(`${scripts}.reportbot.example`);
    await press(page, "Add name");
    await card(page, new RegExp(`^${scripts}\\.reportbot\\.example`)).getByRole("link", { name: /^Remove/ }).click();
    await press(page, "Remove certificate");
    await card(page, new RegExp(`^Bots CA ${scripts}`)).getByRole("link", { name: /^Remove/ }).click();
    await press(page, "Remove trust anchor");
    await page.waitForURL(/\/certificates$/);
    assert.equal(await card(page, new RegExp(`^Bots CA ${scripts}`)).count(), 0);
  });
}

test("mutual TLS is set, and Required says first whose calls would be refused", async (t) => {
  const page = await certificates(t);
  const { server } = parts;
  const app = { key: server.demo.API_KEY, secret: server.demo.API_SECRET };
  const answer = await server.post("/oauth/token", { grant_type: "client_credentials" }, app);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const mode = async (name) => {
    await page.getByRole("link", { name: "Enable Mutual TLS Authentication" }).click();
    await page.getByRole("radio", { name: new RegExp(`^${name}`) }).check();
  };
  await page.getByRole("link", { name: "Enable Mutual TLS Authentication" }).click();
  // Activity is written in batches.
  for (let tries = 0; tries < 40 && await page.getByText("would be refused", { exact: true }).count() === 0; tries += 1) {
    await page.waitForTimeout(250);
    await page.reload();
  }
  await fitToShow(page, "live console mutual TLS");
  await page.getByRole("radio", { name: /^Required/ }).check();
  await press(page, "Set mutual TLS");
  await page.getByRole("alert").getByText(/would be refused; tick the box/).waitFor();
  await fitToShow(page, "live console mutual TLS not ready");
  await page.getByRole("checkbox", { name: /^Require it although/ }).check();
  await press(page, "Set mutual TLS");
  await page.getByRole("heading", { name: "Mutual TLS authentication: Required" }).waitFor();
  const refused = await server.post("/oauth/token", { grant_type: "client_credentials" }, app);
  assert.match(refused.body.error_description, /^certificate_missing/);
  await page.reload();
  for (let tries = 0; tries < 40 && await page.getByText("certificate_missing", { exact: true }).count() === 0; tries += 1) {
    await page.waitForTimeout(250);
    await page.reload();
  }
  await fitToShow(page, "live console certificate refusals");
  await mode("Optional");
  await press(page, "Set mutual TLS");
  await page.getByRole("heading", { name: "Mutual TLS authentication: Optional" }).waitFor();
});
