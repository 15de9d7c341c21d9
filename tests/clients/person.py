"""Somebody with a browser, as far as the pages need one without JavaScript: it reads forms, fills them in, keeps
cookies and follows redirections until one leaves the server."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

LONGEST_WAY = 15


class Person:
    """A user and their browser. `mailed_code` gives the newest code that was mailed to an address."""

    def __init__(self, email, password, mailed_code):
        self.email = email
        self.password = password
        self.mailed_code = mailed_code
        self.browser = requests.Session()
        self.pages = []

    def allows(self, url, workspaces):
        """Opens the link of an app, and says yes on every page. The URL with which the browser leaves the server."""
        left = self.walk(url, "allow", workspaces)
        assert left, f"the way ended at a page: {self.pages[-1]}"
        return left

    def denies(self, url):
        """Opens the link of an app, and says no. The URL with which the browser leaves the server."""
        return self.walk(url, "deny", [])

    def answers(self, url, workspaces):
        """As `allows`, where the way ends at a page of the server. The heading of that page."""
        left = self.walk(url, "allow", workspaces)
        assert left is None, f"the way left the server: {left}"
        return self.pages[-1]

    def walk(self, url, decision, workspaces):
        home = origin(url)
        self.pages = []
        answer = self.browser.get(url, allow_redirects=False, timeout=30)
        for _ in range(LONGEST_WAY):
            if answer.is_redirect:
                target = urljoin(answer.url, answer.headers["Location"])
                if origin(target) != home:
                    return target
                answer = self.browser.get(target, allow_redirects=False, timeout=30)
                continue
            page = Page(answer.text)
            self.pages.append(f"{answer.status_code} {page.heading}")
            if page.goes_on_to:
                return urljoin(answer.url, page.goes_on_to)
            form = next((form for form in page.forms if form.has_button("decision", decision)), None)
            if form is None or answer.status_code != 200:
                return None
            fields = self.fill_in(form, decision, workspaces)
            action = urljoin(answer.url, form.action)
            answer = self.browser.post(action, data=fields, allow_redirects=False, timeout=30)
        raise AssertionError(f"the pages go round: {self.pages}")

    def fill_in(self, form, decision, workspaces):
        fields = [(field.name, field.value) for field in form.fields if field.kind == "hidden"]
        for field in form.fields:
            if field.name == "email":
                fields.append((field.name, self.email))
            elif field.name == "password":
                fields.append((field.name, self.password))
            elif field.name == "code":
                fields.append((field.name, self.mailed_code(self.email)))
            elif field.kind == "checkbox" and field.name and field.label in workspaces:
                fields.append((field.name, field.value))
            elif field.kind == "radio" and field.checked:
                fields.append((field.name, field.value))
        offered = {field.label for field in form.fields if field.kind == "checkbox" and field.name}
        if decision == "allow" and offered:
            assert offered >= set(workspaces), f"{workspaces} are not all offered: {offered}"
        return [*fields, ("decision", decision)]


class Field:
    def __init__(self, attributes):
        self.name = attributes.get("name")
        self.value = attributes.get("value") or ""
        self.kind = attributes.get("type", "text")
        self.checked = "checked" in attributes
        self.label = ""


class Form:
    def __init__(self, attributes):
        self.action = attributes["action"]
        self.fields = []
        self.buttons = []

    def has_button(self, name, value):
        return (name, value) in self.buttons


class Page(HTMLParser):
    """The forms of a page, its heading, and where it goes on to by itself."""

    def __init__(self, html):
        super().__init__()
        self.forms = []
        self.heading = ""
        self.goes_on_to = None
        self.in_heading = False
        self.labelled = None
        self.feed(html)
        self.heading = " ".join(self.heading.split())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append(Form(attributes))
        elif tag == "input" and self.forms:
            field = Field(attributes)
            self.forms[-1].fields.append(field)
            if field.kind in ("checkbox", "radio"):
                self.labelled = field
        elif tag == "button" and self.forms:
            self.forms[-1].buttons.append((attributes.get("name"), attributes.get("value")))
        elif tag == "h1":
            self.in_heading = True
        elif tag == "meta" and attributes.get("http-equiv") == "refresh":
            self.goes_on_to = attributes["content"].partition("url=")[2]

    def handle_endtag(self, tag):
        if tag == "h1":
            self.in_heading = False
        elif tag == "label" and self.labelled:
            self.labelled.label = self.labelled.label.strip()
            self.labelled = None

    def handle_data(self, text):
        if self.in_heading:
            self.heading += text
        if self.labelled:
            self.labelled.label += text


def origin(url):
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def answer_of(callback):
    """The parameters with which a browser comes back to an app; each comes once."""
    parameters = parse_qs(urlsplit(callback).query, strict_parsing=True)
    assert all(len(values) == 1 for values in parameters.values()), parameters.keys()
    return {name: values[0] for name, values in parameters.items()}
