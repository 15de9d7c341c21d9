"""A platform in production: TLS, mail by SMTP, two environments, customers with workspaces, and people."""

import contextlib
import email
import email.policy
import secrets
import sqlite3
import time

from aiosmtpd.controller import Controller

from authority import write_certificates
from countersign import Countersign, claim_ports
from person import Person
from wiretap import Wiretap

SCOPES = {"cases.read": "See the cases", "cases.write": "Change the cases"}
CALLBACK = "https://reportbot.example/callback"


class App:
    """An app with one API key."""

    def __init__(self, id, key, secret, callback):
        self.id = id
        self.key = key
        self.secret = secret
        self.callback = callback


class World:
    """The platform. `url` is where people and clients find it, `mutual_tls_url` where clients with certificates do, both
    without a slash at their end."""

    def __init__(self, folder, url, port, log_format):
        self.url = url
        self.wiretap = Wiretap()
        self.mail = Mail()
        management_port, mutual_tls_port = claim_ports(2)
        self.mutual_tls_url = f"https://localhost:{mutual_tls_port}"
        host = url.removeprefix("https://").partition(":")[0]
        self.authority, certificate, tls_key = write_certificates(folder, sorted({host, "localhost"}))
        settings = f"""
            public_url = "{url}"
            root_keys_file = "root_keys"
            [listen]
            http = "127.0.0.1:{port}"
            tls_certificate = "{certificate}"
            tls_key = "{tls_key}"
            management = "127.0.0.1:{management_port}"
            [mtls]
            listen = "127.0.0.1:{mutual_tls_port}"
            public_url = "{self.mutual_tls_url}"
            certificate = "{certificate}"
            key = "{tls_key}"
            [mail]
            smtp_url = "smtp://127.0.0.1:{self.mail.port}"
            from = "Countersign <no-reply@platform.example>"
            [limits]
            mailed_codes_per_hour = 100
            [log]
            filter = "trace"
            format = "{log_format}"
            [callbacks]
            exceptions = ["reportbot.example"]
            [shutdown]
            delay = "0s"
        """
        (folder / "countersign.toml").write_text(settings)
        self.server = Countersign(folder, ["--config", "countersign.toml"], management_port)

    def found(self):
        """Makes all there is to make, by the commands that an operator has."""
        root_key = Countersign(self.server.folder, [], None).run("config", "root-key")["done"]
        (self.server.folder / "root_keys").write_text(root_key)
        self.wiretap.note("a root key", root_key.partition(":")[2])
        self.run("migrate")
        for name, words in ("default", "Production"), ("prod2", "Production 2"):
            scopes = [f"--scope={scope}={text}" for scope, text in SCOPES.items()]
            address = f"--api-base-url=https://api.{name}.platform.example"
            self.run("environment", "create", name, f"--display-name={words}", address, *scopes)
        self.acme = self.customer("Acme", "default", ["Americas", "Europe"])
        self.globex = self.customer("Globex", "default", ["Brands", "Care"])
        self.initech = self.customer("Initech", "prod2", ["Research", "Sales"])
        self.ana = self.admin("ana@acme.example", self.acme)
        self.gina = self.admin("gina@globex.example", self.globex)
        self.ivan = self.admin("ivan@initech.example", self.initech)

    def run(self, *command, stdin=""):
        return self.server.run(*command, stdin=stdin)

    def customer(self, name, environment, workspaces):
        id = self.run("customer", "create", name, "--environment", environment)["id"]
        for workspace in workspaces:
            self.run("workspace", "create", "--customer", id, workspace)
        return id

    def admin(self, address, customer):
        password = secrets.token_urlsafe(18)
        made = self.run("user", "create", "--email", address, "--name", address, "--password-stdin", stdin=password)
        self.run("user", "set-role", made["id"], "--customer", customer, "--role", "admin")
        self.wiretap.note("an e-mail address", address)
        self.wiretap.note("a password", password)
        return Person(address, password, self.mail.newest_code)

    def app(self, name, *switches, legacy=False):
        """An app for both environments, with a key and its secret."""
        made = self.run(
            *("app", "create", name, "--description", "Reports the open cases", "--publisher", "Reports Ltd"),
            *("--verified", "--callback-url", CALLBACK, "--environment", "default", "--environment", "prod2"),
            *("--scopes", " ".join(SCOPES), *switches),
        )
        key = self.run("key", "create", "--app", made["id"], "--label", "Main")
        if legacy:
            self.run("app", "set", made["id"], "--legacy-parameters-until", "90d")
        self.wiretap.note("an API secret", key["secret"])
        return App(made["id"], key["id"], key["secret"], CALLBACK)

    def native_app(self, name, callback):
        """An app on people's machines, which can keep no secret."""
        made = self.run(
            *("app", "create", name, "--description", "Shows the open cases", "--publisher", "Reports Ltd"),
            *("--verified", "--kind", "native", "--callback-url", callback, "--scopes", " ".join(SCOPES)),
        )
        key = self.run("key", "create", "--app", made["id"], "--label", "Main", "--kind", "public")
        return App(made["id"], key["id"], None, callback)

    def refusals(self, reason):
        """What the owner's activity says of requests that were refused for this reason; waits for the first.
        There is no command that shows activity, so the table is read."""
        database = self.server.folder / "data" / "countersign.sqlite"
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
                found = connection.execute(
                    "SELECT key_id, app_id, detail FROM activity WHERE refusal = ?", (reason,)
                ).fetchall()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"no activity with {reason}")


class Mail:
    """A real SMTP server that keeps what it is sent."""

    def __init__(self):
        self.taken = []
        (self.port,) = claim_ports(1)
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    async def handle_DATA(self, _server, _session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text = message.get_body(("plain",)).get_content()
        self.taken.append((envelope.rcpt_tos, text))
        return "250 taken"

    def newest_code(self, address):
        """The code that was mailed to `address` last: the page that asks for it comes after the mail."""
        return next(text.split()[0] for to, text in reversed(self.taken) if address in to)


@contextlib.contextmanager
def opened_world(folder, url, port, log_format="text"):
    """A running platform. When it has ended, no secret of the run may be in its log."""
    world = World(folder, url, port, log_format)
    try:
        world.found()
        world.wiretap.open()
        try:
            world.server.start()
            yield world
        finally:
            world.wiretap.close()
            world.server.stop()
    finally:
        world.mail.controller.stop()
    leaked = world.wiretap.found_in(world.server.log())
    assert not leaked, f"the log of the server holds {', '.join(leaked)}"
