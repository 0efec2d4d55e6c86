"""taxii2-client 2.3.0: everything that a partner does with it, in the order in which it does it."""

import datetime

from taxii2client.v21 import Collection, Server

import taxii2_objects
from checks import expect_equal
from running_server import PLAIN_ID, PLAIN_TITLE
from stix_objects import FIXED_VERSION, bundle, campaign, envelope, first_uploads, key_of, select, spec_of
from taxii2_tools import PAGES_MAX, SIZES, collection_of, walk


def run(check, server):
    """Answers what the plain collection holds in the end, in order."""
    exchange = collection_of(server, "nass", PLAIN_TITLE)
    held = []

    discover(check, server)
    upload(check, exchange, held)
    page(check, exchange, held)
    page_by_date(check, exchange, held)
    choose(check, exchange, held)
    taxii2_objects.run(check, server, exchange, held)
    return held


def discover(check, server):
    def discovery():
        nass = Server(f"{server.url}/taxii2/", user="nass", password=server.users["nass"])
        expect_equal(nass.title, "Pollwatch")
        expect_equal([root.url for root in nass.api_roots], [f"{server.url}/feed/"])
        expect_equal(nass.default.url, nass.api_roots[0].url)
        root = nass.default
        expect_equal((root.title, root.max_content_length), ("Pollwatch: feed", 10485760))
        expect_equal(list(root.versions), ["application/taxii+json;version=2.1"])

    def collections():
        root = Server(f"{server.url}/taxii2/", user="nass", password=server.users["nass"]).default
        found = [(each.id, each.title, each.can_read, each.can_write) for each in root.collections]
        wanted = sorted(
            (server.collections[alias], server.titles[alias], True, alias == "exchange")
            for alias in ("state", "public", "reference", "exchange")
        )
        expect_equal(found, wanted, "collections")
        exchange = next(each for each in root.collections if each.id == PLAIN_ID)
        expect_equal(exchange.media_types, [f"application/stix+json;version={spec}" for spec in ("2.1", "2.0")])

    def without_slash():
        nass = Server(f"{server.url}/taxii2", user="nass", password=server.users["nass"])
        expect_equal(nass.title, "Pollwatch")
        state = Collection(
            f"{server.url}/feed/collections/{server.collections['state']}", user="nass", password=server.users["nass"]
        )
        expect_equal(state.title, server.titles["state"])

    check("taxii2-client discovers the server and its one API root", discovery)
    check("taxii2-client lists the collections of a state partner, ascending by id, with its rights", collections)
    check("taxii2-client finds server and collection by addresses without a slash at the end", without_slash)


def upload(check, exchange, held):
    first, second, third = first_uploads()

    def post(objects, body):
        def prove():
            status = exchange.add_objects(body(objects))
            expect_equal(status.status, "complete")
            counts = (status.total_count, status.success_count, status.failure_count, status.pending_count)
            expect_equal(counts, (len(objects), len(objects), 0, 0), "counts")
            found = [(each["id"], each["version"]) for each in status.successes]
            expect_equal(found, [key_of(each) for each in objects], "successes")

        return prove

    def again():
        before = exchange.get_manifest(limit=1000, version="all")
        status = exchange.add_objects(envelope(first[:20]))
        expect_equal((status.status, status.success_count), ("complete", 20))
        expect_equal(exchange.get_manifest(limit=1000, version="all"), before, "manifest")

    def in_part():
        good = campaign("Beside bad ones")
        bad = [{**campaign("x"), "id": "campaign--1"}, {**campaign("y"), "modified": "yesterday"}, {**first[0], "name": "?"}]
        status = exchange.add_objects(envelope([bad[0], good, *bad[1:]]))
        expect_equal((status.total_count, status.success_count, status.failure_count), (4, 1, 3))
        expect_equal([each["id"] for each in status.failures], [each["id"] for each in bad], "failures")
        assert all(each["message"] for each in status.failures), "a failure without its reason"
        expect_equal(status.status, "complete")
        held.append(good)

    def ask_again():
        status = exchange.add_objects(envelope([first[0]]), wait_for_completion=False)
        before = (status.id, status.total_count, status.success_count)
        status.wait_until_final(poll_interval=0.1, timeout=10)
        status.refresh()
        expect_equal((status.id, status.total_count, status.success_count), before)
        expect_equal(status.status, "complete")

    check("taxii2-client posts 118 objects and reads a complete status", post(first, envelope))
    check("taxii2-client posts later versions, one of them later by a microsecond", post(second, envelope))
    check("taxii2-client posts a STIX bundle in place of an envelope", post(third, bundle))
    held += first + second + third
    check("taxii2-client posts objects again: a success that changes no date", again)
    check("taxii2-client posts good and bad objects: the good one is in, each bad one has its reason", in_part)
    check("taxii2-client asks for the status until it is complete", ask_again)


def page(check, exchange, held):
    for size in SIZES:
        check(
            f"taxii2-client pages through all versions by {size}: each once, in order, as it was posted",
            lambda size=size: expect_equal(walk(exchange.get_objects, size, version="all"), held),
        )
        check(
            f"taxii2-client pages through the latest versions by {size}: each object once",
            lambda size=size: expect_equal(walk(exchange.get_objects, size), select(held)),
        )
        check(
            f"taxii2-client pages through a choice of types by {size}",
            lambda size=size: expect_equal(
                walk(exchange.get_objects, size, version="all", type=["relationship", "domain-name"]),
                select(held, types=["relationship", "domain-name"], versions=["all"]),
            ),
        )

    def manifest(size):
        def prove():
            records = walk(exchange.get_manifest, size, version="all")
            expect_equal([(each["id"], each["version"]) for each in records], [key_of(each) for each in held])
            expect_equal(
                [each["media_type"] for each in records],
                [f"application/stix+json;version={spec_of(each)}" for each in held], "media types",
            )
            dates = [each["date_added"] for each in records]
            expect_equal(dates, sorted(set(dates)), "dates, strictly increasing")

        return prove

    for size in SIZES:
        check(f"taxii2-client pages through the manifest by {size}: one record for each version", manifest(size))


def page_by_date(check, exchange, held):
    def by_header(size, start):
        def prove():
            headers = []
            hooks = exchange._conn.session.hooks["response"]
            hooks.append(lambda answer, **_: headers.append(answer.headers))
            try:
                found, after = [], start
                for _ in range(PAGES_MAX):
                    filters = {"added_after": after} if after else {}
                    answer = exchange.get_objects(version="all", limit=size, **filters)
                    found += answer.get("objects", [])
                    after = headers[-1]["X-TAXII-Date-Added-Last"]
                    if not answer.get("more"):
                        break
                expect_equal(found, held)
                expect_equal(exchange.get_objects(version="all", added_after=after), {}, "after the last one")
            finally:
                hooks.pop()

        return prove

    def as_datetime():
        records = exchange.get_manifest(version="all", limit=1000)["objects"]
        for place in (0, 40, 117, 118):
            date = datetime.datetime.fromisoformat(records[place]["date_added"])
            found = exchange.get_objects(version="all", limit=1000, added_after=date)
            expect_equal(found.get("objects"), held[place + 1:], f"after number {place}")

    for size in SIZES:
        check(f"taxii2-client pages by added_after alone, by {size}: each once, in order", by_header(size, None))
    check("taxii2-client pages by added_after from 1970 on", by_header(50, "1970-01-01T00:00:00Z"))
    check("taxii2-client sends added_after as a date, with the zeros at its end cut off", as_datetime)


def choose(check, exchange, held):
    some = [held[0]["id"], held[1]["id"], held[5]["id"]]
    middle = "2026-10-02T08:00:00.000Z"
    micro = datetime.datetime(2026, 10, 2, 8, 0, 0, 1, tzinfo=datetime.timezone.utc)
    choices = {
        "of one type": ({"type": "domain-name"}, {"types": ["domain-name"]}),
        "of two types": ({"type": ["relationship", "identity"]}, {"types": ["relationship", "identity"]}),
        "of a type that nothing has": ({"type": "malware"}, {"types": ["malware"]}),
        "by id": ({"id": some[0]}, {"ids": some[:1]}),
        "by ids and type": ({"id": some, "type": "campaign"}, {"ids": some, "types": ["campaign"]}),
        "in first versions": ({"version": "first"}, {"versions": ["first"]}),
        "in last versions": ({"version": "last"}, {"versions": ["last"]}),
        "in first and last versions": ({"version": ["first", "last"]}, {"versions": ["first", "last"]}),
        "in all versions": ({"version": "all"}, {"versions": ["all"]}),
        "in one exact version": ({"version": middle}, {"versions": [middle]}),
        "in a version that differs by a microsecond": ({"version": micro}, {"versions": ["2026-10-02T08:00:00.000001Z"]}),
        "in an exact or the first version": ({"version": [middle, "first"]}, {"versions": [middle, "first"]}),
        "without any time, by the fixed version": ({"version": FIXED_VERSION}, {"versions": [FIXED_VERSION]}),
        "of STIX 2.0": ({"spec_version": "2.0"}, {"specs": ["2.0"]}),
        "of STIX 2.1": ({"spec_version": "2.1", "version": "all"}, {"specs": ["2.1"], "versions": ["all"]}),
        "of both STIX versions": ({"spec_version": ["2.0", "2.1"]}, {"specs": ["2.0", "2.1"]}),
        "of a STIX version that does not exist": ({"spec_version": "9.9"}, {"specs": ["9.9"]}),
    }
    for name, (filters, wanted) in choices.items():
        def prove(filters=filters, wanted=select(held, **wanted)):
            for size in (2, 1000):
                expect_equal(walk(exchange.get_objects, size, **filters), wanted, f"by {size}")
            records = walk(exchange.get_manifest, 1000, **filters)
            expect_equal([(each["id"], each["version"]) for each in records], [key_of(each) for each in wanted])

        check(f"taxii2-client asks for objects {name}, and for their manifest", prove)
