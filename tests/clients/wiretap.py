"""What the clients of a run sent and were sent that nobody may find in a log."""

import base64
import re
from urllib.parse import parse_qsl, urlsplit

import requests

# Parameters that are in every log on purpose, or are nobody's secret.
OPEN = {
    "acts_as",
    "client_id",
    "code_challenge_method",
    "decision",
    "error",
    "error_description",
    "error_uri",
    "grant_type",
    "iss",
    "redirect_uri",
    "response_type",
    "scope",
    "token_type_hint",
    "workspace",
}
TOKENS = ("access_token", "refresh_token")
PART = 16


class Wiretap:
    """Reads along what `requests` sends while it is open."""

    def __init__(self):
        self.secrets = {}
        self.last_answer = None
        self.send = None

    def open(self):
        self.send = send = requests.Session.send

        def reading_along(session, request, **options):
            answer = send(session, request, **options)
            self.note_request(request)
            self.note_answer(answer)
            self.last_answer = answer
            return answer

        requests.Session.send = reading_along

    def close(self):
        requests.Session.send = self.send

    def note(self, what, secret):
        if secret:
            self.secrets.setdefault(secret, what)

    def note_request(self, request):
        query = urlsplit(request.url).query
        self.note("a query string", query)
        body = request.body or ""
        body = body.decode() if isinstance(body, bytes) else body
        for name, value in parse_qsl(query) + parse_qsl(body):
            if name not in OPEN:
                self.note(name, value)
        authorization = request.headers.get("Authorization", "")
        scheme, _, credentials = authorization.partition(" ")
        self.note("an Authorization header", credentials)
        if scheme.lower() == "basic":
            self.note("a password of HTTP Basic", base64.b64decode(credentials).decode().partition(":")[2])
        for pair in request.headers.get("Cookie", "").split("; "):
            self.note("a cookie", pair.partition("=")[2])

    def note_answer(self, answer):
        for name, value in parse_qsl(urlsplit(answer.headers.get("Location", "")).query):
            if name not in OPEN:
                self.note(name, value)
        if answer.headers.get("Content-Type", "").startswith("application/json"):
            body = answer.json()
            for name in TOKENS:
                self.note(name, body.get(name))

    def found_in(self, log):
        """What kinds of secrets are in the log."""
        return sorted({what for secret, what in self.secrets.items() if is_in(log, secret)})


def is_in(log, secret):
    if secret in log and len(secret) > PART:
        return True
    # A part of what was drawn at random is found as well; the beginnings of tokens and keys say only what they are.
    if re.fullmatch(rf"[\w.-]{{{2 * PART},}}", secret):
        return secret[-PART:] in log
    # A short one, such as six digits, is also a part of numbers and times.
    return re.search(rf"(?<![\w.]){re.escape(secret)}(?!\w)", log) is not None
