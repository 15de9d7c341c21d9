// The integrator's site: a callback, a callback that goes on to another origin, a page that opens the flow in a pop-up,
// and whatever page a test puts there.

import { EventEmitter, once } from "node:events";
import http from "node:http";

const WAIT_SECONDS = 20;

export class AppSite {
  static async start() {
    const site = new AppSite();
    site.server = http.createServer((request, response) => site.#answer(request, response)).listen(0, "127.0.0.1");
    await once(site.server, "listening");
    const { port } = site.server.address();
    site.origin = `http://127.0.0.1:${port}`;
    // Another site to a browser, while another port of 127.0.0.1 is the same site.
    site.crossSite = `http://localhost:${port}`;
    return site;
  }

  pages = new Map();
  /** Whether the callback answers nothing, so that the browser stays where it is. */
  keepsQuiet = false;
  #came = new EventEmitter();
  #waiting = [];

  get callback() {
    return `${this.origin}/callback`;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Puts a page at `path`. */
  show(path, html) {
    this.pages.set(path, html);
  }

  /** What came to `/callback`, the oldest first; waits for it. */
  async called() {
    if (this.#waiting.length === 0) await once(this.#came, "call", { signal: AbortSignal.timeout(WAIT_SECONDS * 1000) });
    return this.#waiting.shift();
  }

  /** What came and was not asked for. */
  left() {
    return this.#waiting.splice(0);
  }

  #answer(request, response) {
    let body = "";
    request.setEncoding("utf8").on("data", (text) => { body += text; }).on("end", () => {
      const url = new URL(request.url, this.origin);
      if (url.pathname === "/redirecting") {
        response.writeHead(302, { location: `${this.crossSite}/callback${url.search}` }).end();
        return;
      }
      if (url.pathname === "/callback") {
        const parameters = request.method === "POST" ? new URLSearchParams(body) : url.searchParams;
        const { referer } = request.headers;
        this.#waiting.push({ method: request.method, url, parameters: Object.fromEntries(parameters), referer });
        this.#came.emit("call");
        if (this.keepsQuiet) {
          response.writeHead(204).end();
          return;
        }
      }
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      response.end(this.pages.get(url.pathname) ?? "<!doctype html><title>The app</title><h1>Back at the app</h1>");
    });
  }
}
