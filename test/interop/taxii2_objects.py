"""taxii2-client on single objects: get, versions, DELETE; and what it is refused."""

from requests.exceptions import HTTPError
from taxii2client.common import TokenAuth
from taxii2client.exceptions import AccessError
from taxii2client.v21 import Collection, Server

from checks import expect_equal, expect_raises
from stix_objects import FIXED_VERSION, campaign, domain, envelope, later, select, version_of
from taxii2_tools import collection_of, status_is, walk


def run(check, server, exchange, held):
    look_up(check, exchange, held)
    remove(check, exchange, held)
    refuse(check, server, exchange)


def look_up(check, exchange, held):
    versions = select(held, ids=[held[0]["id"]], versions=["all"])

    def one():
        expect_equal(exchange.get_object(held[0]["id"]), {"objects": versions[-1:]})
        expect_equal(exchange.get_object(held[0]["id"], version="first"), {"objects": versions[:1]})
        expect_equal(exchange.get_object(held[0]["id"], version="all"), {"objects": versions})
        expect_equal(walk(lambda **more: exchange.get_object(held[0]["id"], **more), 1, version="all"), versions)
        expect_equal(exchange.get_object(held[0]["id"], spec_version="2.0"), {}, "a filter that nothing passes")

    def all_versions():
        expect_equal(exchange.object_versions(held[0]["id"]), {"versions": [version_of(each) for each in versions]})
        sco = next(each for each in held if each["type"] == "domain-name")
        expect_equal(exchange.object_versions(sco["id"]), {"versions": [FIXED_VERSION]})

    def unknown():
        for get in (exchange.get_object, exchange.object_versions):
            unheld = campaign("never posted")["id"]
            expect_raises(HTTPError, lambda get=get, unheld=unheld: get(unheld), lambda error: status_is(error, 404))

    check("taxii2-client gets one object, in the versions asked for", one)
    check("taxii2-client lists the versions of an object, oldest first", all_versions)
    check("taxii2-client gets 404 for an object that is not there", unknown)


def remove(check, exchange, held):
    gone = held[0]["id"]
    thinned = held[2 * 3]["id"]

    def whole():
        assert exchange.delete_object(gone) is None
        for get in (exchange.get_object, exchange.object_versions, exchange.delete_object):
            expect_raises(HTTPError, lambda get=get: get(gone), lambda error: status_is(error, 404))
        held[:] = [each for each in held if each["id"] != gone]
        expect_equal(walk(exchange.get_objects, 100, version="all"), held)

    def version():
        versions = select(held, ids=[thinned], versions=["all"])
        assert len(versions) > 1, "this needs several versions"
        exchange.delete_object(thinned, version=version_of(versions[-1]))
        expect_raises(
            HTTPError, lambda: exchange.get_object(thinned, version=version_of(versions[-1])),
            lambda error: status_is(error, 404),
        )
        expect_equal(exchange.get_object(thinned), {"objects": versions[-2:-1]}, "the version before")
        # What is the latest again is new to everybody who polls for the latest.
        held.remove(versions[-1])
        held.remove(versions[-2])
        held.append(versions[-2])
        expect_equal(walk(exchange.get_objects, 100, version="all"), held)

    def back():
        again = [campaign("back"), later(campaign("also back"), "2026-10-05T00:00:00.000Z")]
        exchange.add_objects(envelope(again))
        last = exchange.get_manifest(id=again[0]["id"])["objects"][0]["date_added"]
        exchange.delete_object(again[0]["id"])
        exchange.add_objects(envelope(again[:1]))
        expect_equal(exchange.get_objects(added_after=last, id=again[0]["id"]), {"objects": again[:1]})
        held.extend([again[1], again[0]])
        expect_equal(walk(exchange.get_objects, 100, version="all"), held)

    check("taxii2-client deletes an object: all versions of it are gone, and a second time it is 404", whole)
    check("taxii2-client deletes the last version: the one before is the latest again, with a new date", version)
    check("taxii2-client posts what it had deleted: it comes back with a new date", back)


def refuse(check, server, exchange):
    address = f"{server.url}/feed/collections/{server.collections['state']}/"

    def wrong_password():
        for user, password in (("nass", "not-the-password"), ("nobody", server.users["nass"])):
            wrong = Server(f"{server.url}/taxii2/", user=user, password=password)
            expect_raises(
                HTTPError, lambda wrong=wrong: wrong.title,
                lambda error: status_is(error, 401) and error.response.headers["WWW-Authenticate"].startswith("Basic realm="),
            )

    def no_password():
        expect_raises(HTTPError, lambda: Collection(address).title, lambda error: status_is(error, 401))

    def wrong_token():
        wrong = Collection(address, auth=TokenAuth("pwt_" + "x" * 43))
        expect_raises(HTTPError, lambda: wrong.title, lambda error: status_is(error, 401))

    def read_only():
        state = Collection(address, user="nass", password=server.users["nass"])
        expect_raises(AccessError, lambda: state.add_objects(envelope([campaign("not here")])))
        intake = collection_of(server, "dhs", server.titles["intake"])
        expect_raises(AccessError, intake.get_objects)

    def bad_question():
        for filters in ({"version": ["all", "last"]}, {"version": "yesterday"}, {"added_after": "yesterday"}, {"next": "x"}):
            expect_raises(
                HTTPError, lambda filters=filters: exchange.get_objects(**filters), lambda error: status_is(error, 400)
            )

    def unsupported():
        status = collection_of(server, "dhs", server.titles["reference"]).add_objects(envelope([
            {key: value for key, value in campaign("2.0").items() if key != "spec_version"}, domain("reference.example"),
        ]))
        expect_equal((status.success_count, status.failure_count), (1, 1))

    check("taxii2-client with a wrong password or user gets 401 with a challenge", wrong_password)
    check("taxii2-client without a password gets 401", no_password)
    check("taxii2-client with a token that nobody has gets 401", wrong_token)
    check("taxii2-client sees that it may not write to, or not read, a collection", read_only)
    check("taxii2-client gets 400 for a filter that means nothing", bad_question)
    check("taxii2-client learns that a collection takes no STIX 2.0", unsupported)
