"""The search for secrets in logs finds what is there, so that its silence means something."""

import pytest

from wiretap import Wiretap

TOKEN = "eyJ0eXAiOiJhdCtqd3QifQ.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"


@pytest.mark.parametrize(
    ("secret", "log"),
    [
        (TOKEN, f"token={TOKEN}"),
        (TOKEN, f"…{TOKEN[-20:]}"),
        ("482913", 'code="482913"'),
        ("ana@acme.example", "mail to ana@acme.example failed"),
        ("client_id=a&state=b", "GET /oauth/authorize?client_id=a&state=b HTTP/1.1"),
    ],
)
def test_a_secret_in_a_log_is_found(secret, log):
    wiretap = Wiretap()
    wiretap.note("something", secret)
    assert wiretap.found_in(log) == ["something"]


@pytest.mark.parametrize(
    ("secret", "log"), [("482913", "2026-11-21T09:07:47.482913Z ready"), (TOKEN, f"{TOKEN[:10]}… begins every token")]
)
def test_what_is_no_secret_is_not_found(secret, log):
    wiretap = Wiretap()
    wiretap.note("something", secret)
    assert wiretap.found_in(log) == []
