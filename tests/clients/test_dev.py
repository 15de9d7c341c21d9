"""`serve --dev`: what its block prints works as it is printed (EXPERIENCE, "One command")."""

import base64
import json
import re
import subprocess

import pytest
import requests

from countersign import Countersign, claim_ports, environment
from person import Person, answer_of

# RFC 7636, Appendix B: the verifier of the challenge in the block.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    port, management_port, mutual_tls_port = claim_ports(3)
    settings = (
        f"listen.http=127.0.0.1:{port}",
        f"listen.management=127.0.0.1:{management_port}",
        f"mtls.listen=127.0.0.1:{mutual_tls_port}",
    )
    options = ["--dev", *(part for setting in settings for part in ("--set", setting))]
    server = Countersign(tmp_path_factory.mktemp("dev"), options, management_port)
    server.start()
    yield server
    server.stop()


def block_of(server):
    """The lines of the newest block."""
    lines = server.log().splitlines()
    begin = max(number for number, line in enumerate(lines) if "DEV MODE" in line)
    end = next(number for number, line in enumerate(lines) if number > begin and line.startswith("Ready in "))
    return lines[begin : end + 1]


def paste(line, folder):
    """Runs a line in bash as it is; curl also says the status. What it printed, and the status."""
    (folder / ".curlrc").write_text('write-out = "\\n%{http_code}"\n')
    ended = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**environment(), "CURL_HOME": str(folder), "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    body, _, status = ended.stdout.rpartition("\n")
    return body, int(status)


def curl_lines(block):
    lines = [re.split(r"\s{2,}", line, maxsplit=1) for line in block]
    commands = [part[-1].removeprefix("Try it ").strip() for part in lines if "curl " in part[-1]]
    assert commands, "the block has a line to paste"
    return commands


def demo(server):
    pairs = (line.split("=", 1) for line in (server.folder / "data" / "demo.env").read_text().splitlines())
    return dict(pairs)


def test_every_curl_line_works_when_pasted(dev):
    commands = curl_lines(block_of(dev))
    assert len(commands) == 2, "without a certificate and with one"
    for command in commands:
        body, status = paste(command, dev.folder)
        assert status == 200, body
        token = json.loads(body)
        assert token["access_token"].count(".") == 2
        assert token["token_type"] == "Bearer"
        (claims, padding) = (token["access_token"].split(".")[1], "==")
        bound = "cnf" in json.loads(base64.urlsafe_b64decode(claims + padding))
        assert bound == ("--cert" in command), "what was asked for with a certificate is bound to it"


def test_every_address_answers(dev):
    block = "\n".join(block_of(dev))
    found = [url for url in re.findall(r"http://[^\s\"]+", block) if "/oauth/" not in url]
    assert len(found) == 7, found  # discovery, console, docs, API, mailbox, metrics, health
    for url in found:
        assert requests.get(url, timeout=30).status_code == 200, url


def test_the_link_of_the_demo_app_leads_to_tokens(dev):
    words = demo(dev)
    block = "\n".join(block_of(dev))
    url = re.search(r"^Connect\s+(\S+)", block, re.MULTILINE).group(1)
    (mailbox,) = re.findall(r"http://\S+/mailbox/\S+", block)
    ana = Person("ana@acme.example", words["ANA_PASSWORD"], lambda _: newest_code(mailbox))
    answer = answer_of(ana.allows(url, ["Americas", "Europe"]))
    assert answer["state"] == "xyz"
    (endpoint, _) = re.findall(r"http://\S+/oauth/token\b", block)[:2]
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": words["CALLBACK_URL"],
        "code_verifier": VERIFIER,
    }
    token = requests.post(endpoint, auth=(words["API_KEY"], words["API_SECRET"]), data=form, timeout=30)
    assert token.status_code == 200, token.text
    assert sorted(each["name"] for each in token.json()["workspaces"]) == ["Americas", "Europe"]


def test_the_block_tells_no_secret_and_the_file_is_its_owners_alone(dev):
    block = "\n".join(block_of(dev))
    words = demo(dev)
    for name in "API_SECRET", "ANA_PASSWORD", "BEN_PASSWORD", "GINA_PASSWORD", "DANA_PASSWORD":
        assert words[name] not in block, name
    assert (dev.folder / "data" / "demo.env").stat().st_mode & 0o777 == 0o600


def test_a_second_start_prints_the_same_and_works_with_the_same_data(dev):
    first, words = block_of(dev), demo(dev)
    dev.stop()
    dev.log_file.unlink()
    dev.start()
    assert block_of(dev)[:-1] == first[:-1]
    assert demo(dev) == words
    for command in curl_lines(first):
        body, status = paste(command, dev.folder)
        assert status == 200, body


def newest_code(mailbox):
    page = requests.get(mailbox, timeout=30)
    page.raise_for_status()
    return re.search(r'class="big-code">\s*(\d+)', page.text).group(1)
