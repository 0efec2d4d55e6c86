"""Tokens, issued on the command line while the server runs, in every way in which clients send them."""

import time

from requests.exceptions import HTTPError
from taxii2client.common import TokenAuth
from taxii2client.v21 import Collection

from checks import expect_equal, expect_raises
from taxii2_tools import status_is
from wire import ask, basic

REVOKED_SECONDS = 5


def run(check, server):
    issued = server.command("token", "issue", "nass")
    token = issued["token"]
    address = f"{server.url}/feed/collections/{server.collections['state']}/"

    def title(**credentials):
        return Collection(address, **credentials).title

    def as_token():
        expect_equal(title(auth=TokenAuth(token)), server.titles["state"])

    def as_password():
        expect_equal(title(user="nass", password=token), server.titles["state"])

    def of_another():
        for user in ("nased", "nobody"):
            expect_raises(HTTPError, lambda user=user: title(user=user, password=token), lambda error: status_is(error, 401))

    def as_bearer():
        for scheme in ("Bearer", "bearer", "BEARER"):
            expect_equal(ask(address, f"{scheme} {token}").status, 200)

    def revoked():
        server.command("token", "revoke", issued["id"])
        deadline = time.monotonic() + REVOKED_SECONDS
        while ask(address, f"Bearer {token}").status == 200:
            assert time.monotonic() < deadline, f"still good {REVOKED_SECONDS} s after it was revoked"
        expect_equal(ask(address, f"Bearer {token}").status, 401)
        expect_equal(ask(address, basic("nass", token)).status, 401)

    check("taxii2-client signs in with a token that was issued while the server runs", as_token)
    check("taxii2-client sends a token in place of the password of its user", as_password)
    check("a token in place of the password of another user is 401", of_another)
    check("a token is good as a Bearer token, however the scheme is written", as_bearer)
    check("a token that is revoked while the server runs is refused within 5 seconds", revoked)
