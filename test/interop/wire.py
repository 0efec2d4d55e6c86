"""Plain requests, with nothing but the standard library."""

import base64
import json
import urllib.error
import urllib.request
from types import SimpleNamespace
from urllib.parse import urlencode

TAXII = "application/taxii+json;version=2.1"
FIRST = "X-TAXII-Date-Added-First"
LAST = "X-TAXII-Date-Added-Last"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))


def basic(user, password, scheme="Basic"):
    return f"{scheme} " + base64.b64encode(f"{user}:{password}".encode()).decode()


def ask(url, authorization=None, params=None, method="GET", body=None, headers=None):
    """Answers `status`, `headers`, and `json` (None without a body). Follows nothing, raises nothing for a status."""
    query = "?" + urlencode(params) if params else ""
    sent = {"Accept": TAXII} | (headers or {})
    if authorization:
        sent["Authorization"] = authorization
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        sent.setdefault("Content-Type", TAXII)
    request = urllib.request.Request(url + query, data=data, headers=sent, method=method)
    try:
        answer = OPENER.open(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        content = answer.read()
        return SimpleNamespace(
            status=answer.status, headers=answer.headers, json=json.loads(content) if content else None
        )


def ask_ok(*args, **kwargs):
    answer = ask(*args, **kwargs)
    assert answer.status == 200, f"{answer.status} {answer.json}"
    return answer
