// What most suites stand on: a server, an integrator's site, a browser, and an app that is called back at the site.

import { after, before } from "node:test";

import { AppSite } from "./app_site.mjs";
import { Browser } from "./browser.mjs";
import { Server } from "./server.mjs";

/** Sets the stage before the suite's tests and clears it after them. */
export function stage({ settings, apps = {} } = {}) {
  const parts = {};
  before(async () => {
    // One after the other, so that `after` knows all that was started.
    parts.server = await Server.start({ settings });
    parts.site = await AppSite.start();
    parts.browser = await Browser.start();
    parts.app = await parts.server.app({ name: "Open Cases", callbacks: [parts.site.callback, `${parts.site.origin}/redirecting`] });
    for (const [name, draft] of Object.entries(apps)) {
      parts[name] = await parts.server.app({ callbacks: [parts.site.callback], ...draft });
    }
  });
  after(async () => {
    await parts.browser?.stop();
    parts.site?.stop();
    await parts.server?.stop();
  });
  return parts;
}
