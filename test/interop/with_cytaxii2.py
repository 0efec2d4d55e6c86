"""cytaxii2 1.0.1, which leaves paging and dates to its caller and reads the body of every answer as JSON."""

import json

from cytaxii2 import cytaxii2

from checks import expect_equal
from running_server import PLAIN_ID
from stix_objects import bundle, campaign, domain, envelope, key_of, select

PAGES_MAX = 2000
SIZES = (1, 7, 100)


def run(check, server, held):
    """`held` is what the plain collection holds; what is posted here is added."""
    client = cytaxii2.cytaxii2(f"{server.url}/taxii2/", "nass", server.users["nass"])

    def ok(answer):
        assert answer["status"] is True, answer
        return answer["response"]

    def get(path, **params):
        """What the client has no method for, sent by it all the same."""
        url = f"{server.url}/feed/collections/{PLAIN_ID}/{path}"
        return client.request_handler(method="GET", url=url, query_params=params)

    discover(check, server, client, ok)
    post(check, server, client, ok, held)
    page(check, client, ok, get, held)
    choose(check, client, ok, get, held)
    refuse(check, server, client, get)


def discover(check, server, client, ok):
    def root():
        expect_equal(ok(client.discovery_request())["default"], f"{server.url}/feed/")
        expect_equal(ok(client.root_discovery())["versions"], ["application/taxii+json;version=2.1"])

    def collections():
        found = {each["id"]: each for each in ok(client.collection_request())["collections"]}
        wanted = {server.collections[alias] for alias in ("state", "public", "reference", "exchange")}
        expect_equal(set(found), wanted)
        expect_equal(ok(client.collection_data_request(PLAIN_ID)), found[PLAIN_ID])
        expect_equal(ok(client.collection_data_request("exchange")), found[PLAIN_ID], "by alias")

    check("cytaxii2 discovers the server and its API root", root)
    check("cytaxii2 lists the collections of a state partner, and gets one by id and by alias", collections)


def post(check, server, client, ok, held):
    def wait(objects, body):
        def prove():
            answer = client.inbox_request(PLAIN_ID, json.dumps(body(objects)))
            expect_equal(answer["status_code"], 202)
            status = answer["response"]
            for _ in range(100):
                if status["status"] == "complete":
                    break
                url = f"{server.url}/feed/status/{status['id']}/"
                status = ok(client.request_handler(method="GET", url=url))
            expect_equal((status["status"], status["total_count"]), ("complete", len(objects)))
            counts = (status["success_count"], status["failure_count"], status["pending_count"])
            expect_equal(counts, (len(objects), 0, 0))
            held.extend(objects)

        return prove

    check("cytaxii2 posts an envelope and asks for the status until it is complete",
          wait([campaign("From cytaxii2"), domain("cytaxii2.example")], envelope))
    check("cytaxii2 posts a STIX bundle", wait([campaign("From cytaxii2, in a bundle")], bundle))


def page(check, client, ok, get, held):
    def by_next(size):
        def prove():
            found, after = [], None
            for _ in range(PAGES_MAX):
                answer = ok(client.poll_request(PLAIN_ID, limit=size, next=after))
                assert len(answer.get("objects", [])) <= size, "a page is too long"
                found += answer.get("objects", [])
                after = answer.get("next")
                if not answer.get("more"):
                    break
            assert after is None, "next on the last page"
            expect_equal(found, select(held))

        return prove

    def by_date(size):
        def prove():
            found, after = [], None
            for _ in range(PAGES_MAX):
                answer = ok(client.poll_request(PLAIN_ID, limit=size, added_after=after))
                if not answer:
                    break
                found += answer["objects"]
                records = ok(get("manifest/", limit=size, added_after=after))["objects"]
                expect_equal([each["id"] for each in records], [each["id"] for each in answer["objects"]])
                after = records[-1]["date_added"]
            expect_equal(found, select(held))

        return prove

    for size in SIZES:
        check(f"cytaxii2 pages through everything by {size}: each object once, in order, as posted", by_next(size))
    for size in SIZES:
        check(f"cytaxii2 pages by added_after from the manifest, by {size}", by_date(size))


def choose(check, client, ok, get, held):
    one = next(each for each in held if len(select(held, ids=[each["id"]], versions=["all"])) > 1)["id"]

    def by_type():
        found = ok(client.poll_request(PLAIN_ID, object_type="domain-name", limit=1000))["objects"]
        expect_equal(found, select(held, types=["domain-name"]))
        expect_equal(ok(client.poll_request(PLAIN_ID, object_type="malware")), {}, "what nothing has")

    def by_id():
        expect_equal(ok(client.poll_request(PLAIN_ID, object_id=one))["objects"], select(held, ids=[one]))

    def by_version():
        for versions in (["all"], ["first"], ["first", "last"]):
            params = {"match[version]": ",".join(versions), "limit": 1000}
            expect_equal(ok(get("objects/", **params))["objects"], select(held, versions=versions))
        found = ok(get("objects/", **{"match[spec_version]": "2.0"}))["objects"]
        expect_equal(found, select(held, specs=["2.0"]))

    def others():
        versions = select(held, ids=[one], versions=["all"])
        expect_equal(ok(get(f"objects/{one}/"))["objects"], versions[-1:])
        expect_equal(ok(get(f"objects/{one}/versions/"))["versions"], [each["modified"] for each in versions])
        records = ok(get("manifest/", **{"match[version]": "all", "limit": 1000}))["objects"]
        expect_equal([(each["id"], each["version"]) for each in records], [key_of(each) for each in held])

    check("cytaxii2 asks for a type", by_type)
    check("cytaxii2 asks for an id", by_id)
    check("cytaxii2 asks for versions and spec versions", by_version)
    check("cytaxii2 gets an object, its versions and the manifest", others)


def refuse(check, server, client, get):
    def wrong_password():
        wrong = cytaxii2.cytaxii2(f"{server.url}/taxii2/", "nass", "not-the-password")
        answer = wrong.discovery_request()
        expect_equal((answer["status"], answer["status_code"]), (False, 401))
        expect_equal(answer["response"]["http_status"], "401")
        expect_equal(wrong.poll_request(PLAIN_ID)["status_code"], 401)

    def errors():
        for answer, status in (
            (client.poll_request("0" * 8 + "-0000-4000-8000-" + "0" * 12), 404),
            (client.poll_request(server.collections["federal"]), 404),
            (client.poll_request(PLAIN_ID, limit=-1), 400),
            (client.poll_request(PLAIN_ID, next="forged"), 400),
            (client.inbox_request(server.collections["state"], json.dumps(envelope([campaign("no")]))), 403),
            (client.inbox_request(PLAIN_ID, "{}"), 422),
            (client.inbox_request(PLAIN_ID, "not JSON"), 400),
            (get(f"objects/{campaign('unheld')['id']}/"), 404),
        ):
            expect_equal(answer["status_code"], status)
            expect_equal(answer["response"]["http_status"], str(status))
            assert answer["response"]["title"], "an error without a title"

    def old():
        v20 = cytaxii2.cytaxii2(f"{server.url}/taxii2/", "nass", server.users["nass"], version=2.0)
        expect_equal(v20.discovery_request()["status_code"], 406)

    check("cytaxii2 with a wrong password gets 401 and an error that it can read", wrong_password)
    check("cytaxii2 can read every error", errors)
    check("cytaxii2 set to TAXII 2.0 is told that this is not served", old)
