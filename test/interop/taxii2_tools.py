"""What all checks with taxii2-client have in common."""

from taxii2client.v21 import Server, as_pages

PAGES_MAX = 2000
SIZES = (1, 7, 100)


def collection_of(server, user, title):
    """As OpenCTI's connector and Cortex XSOAR do it: by its title."""
    root = Server(f"{server.url}/taxii2/", user=user, password=server.users[user]).api_roots[0]
    return next(collection for collection in root.collections if collection.title == title)


def walk(get, size, **filters):
    """The objects of all pages; no page may hold more than was asked for, none but the last less than one."""
    found = []
    for number, page in enumerate(as_pages(get, per_request=size, **filters)):
        assert number < PAGES_MAX, "the pages do not end"
        objects = page.get("objects", [])
        assert len(objects) <= size, f"{len(objects)} objects on a page of {size}"
        assert objects or number == 0, "an empty page after others"
        assert ("next" in page) == bool(page.get("more")), "next belongs to more"
        found += objects
    return found


def status_is(error, status):
    return error.response.status_code == status
