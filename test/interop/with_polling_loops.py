"""The paging loops of products that cannot be installed here, written down from their sources, over urllib.

Each loop may `feed` the collection while it runs; in the end it must hold what was posted, once, in order.
"""

import datetime
import itertools

from checks import expect_equal
from running_server import PLAIN_ID
from stix_objects import campaign, envelope, later, select
from wire import FIRST, LAST, ask, ask_ok, basic

REQUESTS_MAX = 2000


def run(check, server, held):
    loops = Loops(server, held)
    for batch in (1, 7, 100):
        check(
            f"Elastic's loop by {batch}: on while next is not empty, then from the header",
            lambda batch=batch: loops.elastic(batch, True),
        )
    check("Elastic's loop before 1.8.2, which leaves added_after out once it has next", lambda: loops.elastic(7, False))
    check(
        "OpenCTI's ingester: one page a tick, the header cut to milliseconds, next with the old added_after",
        loops.ingester,
    )
    check("OpenCTI's connector, which leaves added_after out once it has next", loops.connector)
    check("MISP: limit=50&next=, basic in lower case, a double slash", loops.misp)
    check("Cortex XSOAR's loop: on until a page has no objects", loops.xsoar)
    check("a client that changes its limit and forgets its filters between pages", loops.forgetful)
    check("a client that follows only the header, by 1", loops.header_only)
    check("nobody is redirected: addresses with and without slashes give the same page", loops.addresses)


class Loops:
    def __init__(self, server, held):
        self.server = server
        self.held = held
        self.password = server.users["nass"]
        self.authorization = basic("nass", self.password)
        self.objects = f"{server.url}/feed/collections/{PLAIN_ID}/objects/"

    def feed(self):
        """Posts a few new objects and a later version of one, as another partner would meanwhile."""
        first = campaign("While somebody polls")
        fresh = [first, campaign("Another"), later(first, "2026-10-06T00:00:00.123456Z")]
        answer = ask(self.objects, self.authorization, method="POST", body=envelope(fresh))
        assert answer.status == 202 and answer.json["success_count"] == 3, answer.json
        self.held.extend(fresh)

    def latest(self):
        return select(self.held)

    def poll(self, **params):
        given = {name: value for name, value in params.items() if value is not None}
        answer = ask_ok(self.objects, self.authorization, given)
        objects = answer.json.get("objects", [])
        if objects:
            assert answer.headers[FIRST] and answer.headers[LAST], "a page without its dates"
        return answer, objects

    def elastic(self, batch, sends_added_after):
        # The first interval is a look-back, sent in whole seconds; everything here is younger.
        now = datetime.datetime.now(datetime.timezone.utc)
        cursor = (now - datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = []
        for interval in range(3):
            after, next_page = cursor, None
            for number in itertools.count():
                assert number < REQUESTS_MAX, "next is never empty"
                added_after = after if next_page is None or sends_added_after else None
                answer, objects = self.poll(limit=batch, added_after=added_after, next=next_page)
                found += objects
                # Without the header the cursor would fall back to the first interval.
                cursor = answer.headers[LAST]
                assert cursor, "an answer without the header"
                next_page = answer.json.get("next")
                if not next_page:
                    break
                # "more" is not looked at: the last page must not have "next".
                assert objects, "next on a page without objects"
            if interval < 2:
                self.feed()
        expect_equal(found, self.latest())

    def ingester(self):
        found, state = [], {"added_after": None, "cursor": None}
        idle = fed = 0
        for _tick in range(REQUESTS_MAX):
            answer, objects = self.poll(limit=9, added_after=state["added_after"], next=state["cursor"])
            found += objects
            if answer.json.get("more") and answer.json.get("next"):
                assert isinstance(answer.json["next"], str), "next is no string"
                state["cursor"] = answer.json["next"]
            else:
                # new Date(header).toISOString(): what is finer than a millisecond is cut off. Without a header: now.
                assert answer.headers[LAST], "without the header the next poll starts from now"
                state = {"added_after": answer.headers[LAST][:23] + "Z", "cursor": None}
                idle = idle if objects else idle + 1
                if fed < 3:
                    self.feed()
                    fed += 1
            if idle == 2:
                break
        expect_equal(found, self.latest())

    def connector(self):
        found, after = [], "1970-01-01T00:00:00.000Z"
        for interval in range(3):
            params = {"limit": 20, "added_after": after}
            for number in itertools.count():
                assert number < REQUESTS_MAX, "it does not end"
                answer, objects = self.poll(**params)
                found += objects
                if not answer.json.get("more"):
                    break
                params = {"limit": 20, "next": answer.json["next"]}
            after = answer.headers[LAST]
            if interval < 2:
                self.feed()
        expect_equal(found, self.latest())

    def misp(self):
        headers = {"Content-Type": "application/taxii+json;version=2.1"}
        authorization = basic("nass", self.password, scheme="basic")
        # The base address ends in a slash, and the API root begins with one.
        address = f"{self.server.url}//feed/collections/{PLAIN_ID}/objects/?limit=50&next="
        found, next_page = [], ""
        for number in itertools.count():
            assert number < REQUESTS_MAX, "it does not end"
            answer = ask_ok(address + next_page, authorization, headers=headers)
            assert answer.json.get("objects"), "MISP calls a page without objects an error"
            assert len(answer.json["objects"]) <= 50
            found += answer.json["objects"]
            next_page = answer.json.get("next", "")
            if not answer.json.get("more"):
                break
        expect_equal(found, self.latest())

    def xsoar(self):
        found, params = [], {"limit": 30, "match[type]": "campaign,relationship"}
        for number in itertools.count():
            assert number < REQUESTS_MAX, "it does not end"
            answer, objects = self.poll(**params)
            if not objects:
                break
            found += objects
            if not answer.json.get("more"):
                break
            params["next"] = answer.json["next"]
        expect_equal(found, select(self.held, types=["campaign", "relationship"]))

    def forgetful(self):
        first, found = self.poll(**{"limit": 3, "match[version]": "all", "match[type]": "campaign"})
        params = {"next": first.json["next"]}
        for limit in itertools.cycle((1, 1000, 2, 5)):
            answer, objects = self.poll(limit=limit, **params)
            assert len(objects) <= limit
            found += objects
            if not answer.json.get("more"):
                break
            params = {"next": answer.json["next"]}
        expect_equal(found, select(self.held, types=["campaign"], versions=["all"]))

    def header_only(self):
        found, after = [], None
        for number in itertools.count():
            assert number < REQUESTS_MAX, "it does not end"
            answer, objects = self.poll(**{"limit": 1, "added_after": after, "match[version]": "all"})
            if not objects:
                expect_equal((answer.json, answer.headers[FIRST], answer.headers[LAST]), ({}, after, after))
                break
            expect_equal(answer.headers[FIRST], answer.headers[LAST])
            assert after is None or answer.headers[LAST] > after, "dates do not rise"
            found += objects
            after = answer.headers[LAST]
        expect_equal(found, self.held)

    def addresses(self):
        url = self.server.url
        wanted = ask_ok(self.objects, self.authorization).json
        for address in (
            f"{url}/feed/collections/{PLAIN_ID}/objects",
            f"{url}//feed//collections/{PLAIN_ID}//objects//",
            f"{url}/feed/collections/exchange/objects/",
        ):
            expect_equal(ask_ok(address, self.authorization).json, wanted, address)
