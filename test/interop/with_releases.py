"""Who sees what: analysts upload through intake with a stock client, partners poll with a stock client."""

import json

from requests.exceptions import HTTPError
from taxii2client.v21 import Collection, Server

from checks import expect_equal, expect_raises
from running_server import ROOT
from stix_objects import AUDIENCE_PRIVATE, AUDIENCE_STATE, campaign, envelope, relationship
from taxii2_tools import collection_of, status_is, walk
from wire import ask, basic


def read(server, user, alias, **filters):
    return walk(collection_of(server, user, server.titles[alias]).get_objects, 100, **filters)


def ids(objects):
    return {each["id"] for each in objects}


def audiences_by_marking():
    fixed = json.loads((ROOT / "schemas/fixed-objects.json").read_text())
    found = {}
    for each in fixed["objects"] if isinstance(fixed, dict) else fixed:
        for extension in each.get("extensions", {}).values():
            if extension.get("kind") == "audience":
                found[each["id"]] = extension["audiences"]
    return found


def run(check, server):
    for title, prove in (
        ("a private partner finds the collections for it, and intake, which it may write to", private_list),
        ("a private partner gets 404 for what is for others, whether it exists or not", hidden),
        ("a private partner sees nothing in its collection that is not marked for it", only_private),
        ("what an analyst sends to intake for the state reaches state and federal readers alone", for_state),
        ("what an analyst sends to intake for platforms reaches private and federal readers alone", for_private),
        ("a relationship waits for its other end: pending, then complete once the end has come", waits),
    ):
        check(title, lambda prove=prove: prove(server))


def private_list(server):
    root = Server(f"{server.url}/taxii2/", user="facebook", password=server.users["facebook"]).default
    found = {each.id: (each.can_read, each.can_write) for each in root.collections}
    wanted = {"private": (True, False), "public": (True, False), "reference": (True, False), "intake": (False, True)}
    expect_equal(found, {server.collections[alias]: rights for alias, rights in wanted.items()})


def hidden(server):
    unknown = "0" * 8 + "-0000-4000-8000-" + "0" * 12
    facebook = basic("facebook", server.users["facebook"])
    wanted = None
    for alias in ("state", "federal", "exchange", unknown):
        for name in {alias, server.collections.get(alias, alias)}:
            for path in ("", "objects/", "manifest/", f"objects/{campaign('x')['id']}/"):
                answer = ask(f"{server.url}/feed/collections/{name}/{path}", facebook)
                body = {key: value for key, value in answer.json.items() if key != "error_id"}
                wanted = wanted or body
                expect_equal((answer.status, body), (404, wanted), f"{name}/{path}")
    state = Collection(
        f"{server.url}/feed/collections/{server.collections['state']}/", user="facebook", password=server.users["facebook"]
    )
    expect_raises(HTTPError, state.get_objects, lambda error: status_is(error, 404))


def only_private(server):
    markings = audiences_by_marking()
    assert len(markings) >= 4, "the fixed markings were not understood"
    found = read(server, "facebook", "private", version="all")
    assert found, "the example has something for platforms"
    for each in found:
        said = [markings[marking] for marking in each.get("object_marking_refs", []) if marking in markings]
        # Without a marking of its own only what supports others may be here.
        assert said or each["type"] in ("identity", "marking-definition", "extension-definition"), each["id"]
        assert all("private" in audiences for audiences in said), each["id"]
    federal = ids(read(server, "fbi", "federal", version="all"))
    assert federal - ids(found), "this needs something that is not for platforms"


def upload(server, objects):
    intake = collection_of(server, "dhs", server.titles["intake"])
    return intake.add_objects(envelope(objects), wait_for_completion=False)


def reaches(server, objects, readers):
    found = {}
    for user, alias in (("nass", "state"), ("nased", "state"), ("fbi", "federal"), ("facebook", "private"), ("facebook", "public")):
        shown = {each["id"]: each for each in read(server, user, alias, version="all")}
        found[alias, user] = [shown.get(each["id"]) for each in objects]
    for (alias, user), seen in found.items():
        expect_equal(seen, objects if alias in readers else [None] * len(objects), f"{user} in {alias}")


def for_state(server):
    first, second = (campaign(name, object_marking_refs=[AUDIENCE_STATE]) for name in ("For the state", "This too"))
    objects = [relationship(first, second, object_marking_refs=[AUDIENCE_STATE]), first, second]
    status = upload(server, objects)
    expect_equal((status.status, status.success_count), ("complete", 3))
    reaches(server, objects, ("state", "federal"))


def for_private(server):
    objects = [campaign("For platforms", object_marking_refs=[AUDIENCE_PRIVATE])]
    expect_equal(upload(server, objects).success_count, 1)
    reaches(server, objects, ("private", "federal"))


def waits(server):
    here, there = (campaign(name, object_marking_refs=[AUDIENCE_STATE]) for name in ("Here", "Not here yet"))
    link = relationship(here, there, object_marking_refs=[AUDIENCE_STATE])
    status = upload(server, [link, here])
    expect_equal((status.status, status.success_count, status.pending_count), ("pending", 1, 1))
    assert there["id"] in status.pendings[0]["message"], "what it waits for is named"
    reaches(server, [link], ())
    expect_equal(upload(server, [there]).status, "complete")
    status.wait_until_final(poll_interval=0.1, timeout=10)
    expect_equal((status.status, status.success_count), ("complete", 2))
    reaches(server, [link, here, there], ("state", "federal"))
