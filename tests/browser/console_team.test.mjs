// Teams, invitations, sign-ins and the documents: how they look, with scripts and without, and whether they do what they say.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { promisify } from "node:util";

import { DANA, signedIn } from "./parts/console.mjs";
import { fitToShow, hasItsParts } from "./parts/fit_to_show.mjs";
import { ANA, BEN, at, press, signIn } from "./parts/flow.mjs";
import { stage } from "./parts/stage.mjs";

const NIA = "nia@reportbot.example";
const PASSWORD = "a long walk in the rain";
const parts = stage();

/** A browser of somebody at the list of teams, or at another page. */
const at_home = (t, email, title = "Teams", path = "/ui/teams", options = {}) => signedIn(t, parts, email, { path, title, ...options });

async function team() {
  const { teams } = await parts.server.run("team", "list");
  return teams.find(({ name }) => name !== "Operator");
}

const open = (page, name) => page.getByRole("link", { name, exact: true }).click();

/** The link of the invitation that was mailed to `email` last. */
async function invitation(email) {
  const response = await fetch(parts.server.mailbox);
  const text = await response.text();
  const mail = text.split("<article").find((part) => part.includes(email) && part.includes("/ui/invitations/"));
  assert.ok(mail, `no invitation for ${email}`);
  return mail.match(/https?:\/\/[^\s<"]+\/ui\/invitations\/it_\w+/)[0];
}

test("somebody is invited, makes an account, and is given and loses a part", async (t) => {
  const { server, browser } = parts;
  const page = await at_home(t, DANA);
  await fitToShow(page, "live teams");
  const { name } = await team();
  await open(page, name);
  await at(page, name);
  await fitToShow(page, "live team");
  await open(page, "+ Invite somebody");
  await page.getByRole("heading", { name: "Invite somebody" }).waitFor();
  await fitToShow(page, "live invite");
  await page.getByLabel("E-mail address").fill("not an address");
  // The browser would say it first; what the server says is looked at here.
  await page.evaluate(() => { document.querySelector("main form").noValidate = true; });
  await press(page, "Send the invitation");
  await page.getByRole("link", { name: /is not an e-mail address/ }).waitFor();
  await fitToShow(page, "live invite refused");
  await page.getByLabel("E-mail address").fill(NIA);
  await page.getByRole("radio", { name: /^Single permissions/ }).check();
  await page.getByRole("checkbox", { name: /^Create/ }).check();
  await fitToShow(page, "live invite single");
  await page.getByRole("radio", { name: /^Developer/ }).check();
  await press(page, "Send the invitation");
  await page.getByText("The invitation is on its way by e-mail.").waitFor();
  await fitToShow(page, "live team invited");

  const guest = await browser.visit(t);
  await guest.goto(await invitation(NIA));
  await at(guest, /^You are invited to the developer team/);
  await fitToShow(guest, "live invitation newcomer");
  await guest.getByLabel("Your name").fill("Nia");
  await guest.getByLabel("Choose a password").fill(PASSWORD);
  await press(guest, "Make the account and accept");
  await at(guest, "Your account is made");
  await fitToShow(guest, "live invitation accepted");
  await guest.getByRole("link", { name: "Sign in" }).click();
  await at(guest, /^Sign in to /);
  await guest.getByLabel("E-mail address").fill(NIA);
  await guest.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await press(guest, "Sign in");
  await guest.getByLabel("Code from the e-mail").fill(await server.mailedCode(NIA));
  await press(guest, "Verify");
  await guest.getByText("You are a member of this team now.").waitFor();
  assert.equal(await guest.getByRole("link", { name: /^\+ Invite/ }).count(), 0);
  await fitToShow(guest, "live team as a developer");

  await page.reload();
  await page.getByRole("link", { name: `Change what ${NIA} may do` }).click();
  await page.getByRole("heading", { name: "Nia" }).waitFor();
  await page.getByRole("radio", { name: /^Single permissions/ }).check();
  await page.getByRole("checkbox", { name: /^Generate Token/ }).check();
  await fitToShow(page, "live member");
  await press(page, "Save");
  await page.getByText("What this member may do is changed").waitFor();
  await fitToShow(page, "live team matrix");
  await page.getByRole("link", { name: `Remove ${NIA}` }).click();
  await page.getByRole("heading", { name: "Remove this member?" }).waitFor();
  await fitToShow(page, "live member remove");
  await press(page, "Remove the member");
  await page.getByText("The member is removed").waitFor();
  const gone = await guest.reload();
  assert.equal(gone.status(), 404);
});

test("without scripts: rename, send again, withdraw; the last manager stays", async (t) => {
  const { browser } = parts;
  const page = await at_home(t, DANA, "Teams", "/ui/teams", { javaScriptEnabled: false });
  const { name } = await team();
  await open(page, name);
  await open(page, "Rename the team");
  await hasItsParts(page, "rename without scripts");
  await page.getByRole("textbox", { name: "Name" }).fill("Report builders");
  await press(page, "Save");
  await at(page, "Report builders");
  await open(page, "+ Invite somebody");
  await hasItsParts(page, "invite without scripts");
  await page.getByLabel("E-mail address").fill(BEN);
  await page.getByRole("radio", { name: /^Viewer/ }).check();
  await press(page, "Send the invitation");
  const first = await invitation(BEN);
  await open(page, `Send again to ${BEN}`);
  await hasItsParts(page, "send again without scripts");
  await press(page, "Send it again");
  await page.getByText("The invitation is on its way by e-mail.").waitFor();
  const second = await invitation(BEN);
  assert.notEqual(first, second);

  const guest = await browser.visit(t, { javaScriptEnabled: false });
  const over = await guest.goto(first);
  assert.equal(over.status(), 410);
  await at(guest, "This invitation opens nothing any more");
  await hasItsParts(guest, "invitation over without scripts");
  await guest.goto(second);
  await guest.getByRole("link", { name: "Sign in" }).click();
  await signIn(guest, parts.server, BEN);
  await at(guest, /^You are invited/);
  await hasItsParts(guest, "invitation without scripts");
  await open(page, `Withdraw the invitation of ${BEN}`);
  await press(page, "Withdraw it");
  await page.getByText("The invitation is withdrawn").waitFor();
  await press(guest, "Accept");
  await at(guest, "This invitation opens nothing any more");

  await open(page, "Leave the team");
  await press(page, "Leave the team");
  await page.getByText("Nobody else could manage the members").first().waitFor();
  await hasItsParts(page, "leave refused without scripts");
});

test("somebody else who is signed in is told so", async (t) => {
  const page = await at_home(t, DANA);
  const { name } = await team();
  await open(page, name);
  await open(page, "+ Invite somebody");
  await page.getByLabel("E-mail address").fill("somebody.else@reportbot.example");
  await press(page, "Send the invitation");
  await page.getByText("on its way").waitFor();
  await page.goto(await invitation("somebody.else@reportbot.example"));
  await page.getByRole("heading", { name: "You are signed in as somebody else" }).waitFor();
  await fitToShow(page, "live invitation another");
});

test("people see where they are signed in and end what they do not know", async (t) => {
  const title = "Where you are signed in";
  const there = await at_home(t, ANA, title, "/ui/sessions");
  const here = await at_home(t, ANA, title, "/ui/sessions");
  await fitToShow(here, "live sessions");
  assert.equal(await here.getByText("this browser", { exact: true }).count(), 1);
  await press(here, "End all others");
  await here.getByText("What you ended is signed out.").waitFor();
  assert.equal(await here.getByRole("article").count(), 1);
  await fitToShow(here, "live sessions alone");
  await there.reload();
  await at(there, /^Sign in to /);
  const third = await at_home(t, ANA, title, "/ui/sessions", { javaScriptEnabled: false });
  await hasItsParts(third, "sessions without scripts");
  await third.getByRole("button", { name: /^End the sign-in of Chrome/ }).first().click();
  await third.getByText("What you ended is signed out.").waitFor();
  await here.reload();
  await at(here, /^Sign in to /);
});

test("the documents are fit to show, for strangers and filled in, and what is there to paste works", async (t) => {
  const { server, browser } = parts;
  const stranger = await browser.visit(t);
  const documents = [
    ["/docs", "Your first token in five minutes"],
    ["/docs/many-customers", "Connecting many customers"],
    ["/docs/mutual-tls", "Mutual TLS, step by step"],
    ["/docs/moving", "Moving from Sprinklr’s endpoints"],
    ["/docs/errors", "Errors and what to do"],
  ];
  for (const [path, title] of documents) {
    await stranger.goto(server.origin + path);
    await at(stranger, title);
    await fitToShow(stranger, `live ${path}`);
  }
  const page = await at_home(t, DANA);
  await open(page, "Docs");
  await at(page, documents[0][1]);
  await page.getByText(server.demo.API_KEY).first().waitFor();
  await fitToShow(page, "live docs filled in");
  const shell = async (script) => {
    const env = { PATH: process.env.PATH, API_SECRET: server.demo.API_SECRET };
    const { stdout } = await promisify(execFile)("bash", ["-euc", script], { env, timeout: 20_000 });
    return JSON.parse(stdout);
  };
  const text = (id) => page.locator(`#p-${id}`).textContent();
  assert.equal((await shell(await text("discovery"))).issuer, server.origin);
  assert.ok((await shell(await text("client-credentials"))).access_token);
  await open(page, "Connecting many customers");
  await at(page, documents[1][1]);
  assert.ok(Array.isArray((await shell(await text("connections"))).connections));
});
