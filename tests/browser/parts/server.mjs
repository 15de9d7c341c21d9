// `countersign serve --dev` in a folder and on ports of its own, and its command line on the same data.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { built } from "./built.mjs";

const START_SECONDS = 60;
const running = new Set();
// A setting of the machine is none of the test's; `COUNTERSIGN_BIN` would be refused as an unknown one.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("COUNTERSIGN_")));
process.once("exit", () => { for (const child of running) child.kill("SIGKILL"); });
// The test runner ends a file that takes too long by this signal.
process.once("SIGTERM", () => process.exit(143));

// Many people sign in here from one address within a minute.
const ROOMY = {
  "rates.sign_ins_per_address_and_minute": 10_000,
  "rates.sign_ins_per_account_and_ten_minutes": 1000,
  "limits.mailed_codes_per_hour": 100,
};

export class Server {
  /** Starts a server with the demo in it. */
  static async start({ settings = {} } = {}) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "countersign-browser-"));
    const port = await freePort();
    const all = {
      ...ROOMY,
      ...settings,
      "listen.http": `127.0.0.1:${port}`,
      "listen.management": "127.0.0.1:0",
      public_url: `http://127.0.0.1:${port}`,
    };
    const server = new Server(folder, `http://127.0.0.1:${port}`, all);
    await server.#serve();
    server.demo = Object.fromEntries(
      fs.readFileSync(path.join(folder, "data", "demo.env"), "utf8").trim().split("\n").map((line) => line.split(/=(.*)/s)),
    );
    return server;
  }

  constructor(folder, origin, settings) {
    this.folder = folder;
    this.origin = origin;
    this.options = Object.entries(settings).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  }

  async #serve() {
    const options = { cwd: this.folder, env: environment, stdio: ["ignore", "pipe", "pipe"] };
    this.process = spawn(built("countersign"), ["serve", "--dev", ...this.options], options);
    running.add(this.process);
    let said = "";
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => { said = (said + text).slice(-20_000); });
    }
    const ready = new Promise((resolve) => {
      this.process.stdout.on("data", () => { if (said.includes("Ready in")) resolve(); });
    });
    const failed = Promise.race([
      once(this.process, "exit").then(() => "ended"),
      once(AbortSignal.timeout(START_SECONDS * 1000), "abort").then(() => "did not start in time"),
    ]);
    const fault = await Promise.race([ready, failed]);
    if (!fault) return;
    await this.stop();
    throw new Error(`the server ${fault}:\n${said}`);
  }

  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exit = once(this.process, "exit");
      this.process.kill("SIGTERM");
      await exit;
    }
    running.delete(this.process);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a command beside the running server and gives its answer. */
  async run(...words) {
    const { stdout } = await promisify(execFile)(
      built("countersign"),
      [...words, "--dev", "--json", ...this.options],
      { cwd: this.folder, env: environment, timeout: 60_000 },
    );
    return JSON.parse(stdout);
  }

  /** Registers an app with one API key. */
  async app({ name, callbacks, environments = ["default"], kind = "web", clientCredentials = false, verified = true }) {
    const app = await this.run(
      "app", "create", name,
      "--description", `${name} shows your team what is open today`,
      "--publisher", "Test Integrations", ...(verified ? ["--verified"] : []),
      "--support-email", "help@app.example",
      "--kind", kind,
      "--scopes", "cases.read reports.read",
      ...callbacks.flatMap((url) => ["--callback-url", url]),
      ...environments.flatMap((environment) => ["--environment", environment]),
      ...(clientCredentials ? ["--client-credentials"] : []),
    );
    const key = await this.run(
      "key", "create", "--app", app.id, "--label", "Test", "--kind", kind === "native" ? "public" : "secret",
    );
    return { id: app.id, name, description: `${name} shows your team what is open today`, key: key.id, secret: key.secret };
  }

  /** The demo's customer of the default environment. */
  async acme() {
    const { customers } = await this.run("customer", "list");
    const customer = customers.find(({ name }) => name === "Acme").id;
    const { workspaces } = await this.run("workspace", "list", "--customer", customer);
    return { customer, workspaces: Object.fromEntries(workspaces.map(({ id, name }) => [name, id])) };
  }

  password(email) {
    return this.demo[`${email.split("@")[0].toUpperCase()}_PASSWORD`];
  }

  get mailbox() {
    return `${this.origin}/mailbox/${this.demo.MAILBOX_TOKEN}`;
  }

  /** The newest code that was mailed to `email`: it is there before the page that asks for it. */
  async mailedCode(email) {
    const page = await (await fetch(this.mailbox)).text();
    const mail = page.split("<article").slice(1).find((text) => text.includes(`to ${email},`));
    return mail.match(/class="big-code">[^<]*?(\d{6})/)[1];
  }

  /** POSTs a form to the server as a client with an API key and secret does. */
  async post(path, form, app) {
    const headers = app?.secret ? { authorization: `Basic ${btoa(`${app.key}:${app.secret}`)}` } : {};
    const response = await fetch(this.origin + path, { method: "POST", headers, body: new URLSearchParams(form) });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  }
}

/**
 * Waits until the server says that a token is inactive. DESIGN §4.1: it may say otherwise for a second after the end,
 * and rather nothing than a wrong word after that.
 */
export async function isEnded(introspect) {
  const began = performance.now();
  for (;;) {
    const asked = performance.now();
    const answer = await introspect();
    if (answer.active === false) return;
    if (answer.active) assert.ok(asked - began < 1000, "the token is active a second after its end");
    assert.ok(asked - began < 5000, `no answer of use: ${JSON.stringify(answer)}`);
  }
}

export async function freePort() {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
