#!/usr/bin/env python3
"""Checks the running server with clients that partners have: taxii2-client 2.3.0 and cytaxii2 1.0.1 from PyPI.

    python -m pip install taxii2-client==2.3.0 cytaxii2==1.0.1
    python test/interop/run.py

Prints a line for each check and `N passed, N failed`; exit status 1 when one failed. The server runs from this
checkout over a folder of its own, and is stopped whatever happens.
"""

import os
import signal
import sys

import with_cytaxii2
import with_polling_loops
import with_releases
import with_taxii2_client
import with_tokens
from checks import Checks, expect_equal
from running_server import RunningServer


def main():
    # A proxy must not stand between the clients and this machine.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    check = Checks()
    server = RunningServer()
    try:
        held = with_taxii2_client.run(check, server)
        with_cytaxii2.run(check, server, held)
        with_polling_loops.run(check, server, held)
        with_releases.run(check, server)
        with_tokens.run(check, server)
        if check.failed:
            print(f"What the server printed last:\n{server.output_tail()}")
        check("the server stops with status 0 when it is told to", lambda: expect_equal(server.terminate(), 0))
    finally:
        server.stop()
    print(check.summary())
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
