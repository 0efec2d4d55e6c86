"""What the checks post, and a small reference that says what each filter has to answer."""

import uuid

FIXED_VERSION = "1970-01-01T00:00:00.000000Z"
AUDIENCE_STATE = "marking-definition--a07bf453-6f57-4482-888f-d152f307bd80"
AUDIENCE_PRIVATE = "marking-definition--1056013b-2b8f-456b-8cd4-bc2d099312be"


def campaign(name, modified="2026-10-01T08:00:00.000Z", **more):
    return {
        "type": "campaign", "spec_version": "2.1", "id": f"campaign--{uuid.uuid4()}",
        "created": "2026-10-01T08:00:00.000Z", "modified": modified, "name": name, **more,
    }


def later(earlier, modified):
    return {**earlier, "modified": modified, "description": f"as of {modified}"}


def relationship(source, target, **more):
    return {
        "type": "relationship", "spec_version": "2.1", "id": f"relationship--{uuid.uuid4()}",
        "created": "2026-10-01T08:00:00.000Z", "modified": "2026-10-01T08:00:00.000Z",
        "relationship_type": "related-to", "source_ref": source["id"], "target_ref": target["id"], **more,
    }


def domain(value, **more):
    identifier = f"domain-name--{uuid.uuid5(uuid.NAMESPACE_DNS, value)}"
    return {"type": "domain-name", "id": identifier, "value": value, **more}


def statement(text):
    return {
        "type": "marking-definition", "spec_version": "2.1", "id": f"marking-definition--{uuid.uuid4()}",
        "created": "2026-10-01T08:00:00.000Z", "definition_type": "statement", "definition": {"statement": text},
    }


def old_identity(name):
    """STIX 2.0: no spec_version, but times."""
    return {
        "type": "identity", "id": f"identity--{uuid.uuid4()}", "created": "2017-01-01T00:00:00.000Z",
        "modified": "2017-01-01T00:00:00.000Z", "name": name, "identity_class": "organization",
    }


def envelope(objects):
    return {"objects": objects}


def bundle(objects):
    return {"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": objects}


def first_uploads():
    """Three uploads, in order: 118 new objects, later versions of some, and a last one."""
    campaigns = [campaign(f"Campaign {number:03}") for number in range(100)]
    campaigns[3]["name"] = "Größe ★ \U0001f5f3 “quoted” \\ / \u2028 end"
    campaigns[4]["x_example_note"] = {"kept": [1, 1.5, True, {"a": "b"}, "as it is"]}
    rest = [relationship(campaigns[number], campaigns[number + 1]) for number in range(8)]
    rest += [domain(f"site-{number}.example", **({"spec_version": "2.1"} if number % 2 else {})) for number in range(6)]
    rest.append(statement("Copyright 2026, a state association"))
    rest += [old_identity(f"Office {number}") for number in range(3)]
    mixed = [each for number in range(50) for each in campaigns[2 * number:2 * number + 2] + rest[number:number + 1]]
    second = [later(campaigns[number], "2026-10-02T08:00:00.000Z") for number in range(10)]
    # One that differs from the version before by a microsecond only.
    second += [later(campaigns[5], "2026-10-02T08:00:00.000001Z")]
    third = [later(campaigns[number], "2026-10-03T08:00:00.000Z") for number in range(0, 10, 2)]
    return [mixed, second, [*third, campaign("The last one")]]


def version_of(each):
    return each.get("modified") or each.get("created") or FIXED_VERSION


def spec_of(each):
    return each.get("spec_version") or ("2.0" if "created" in each else "2.1")


def key_of(each):
    return each["id"], version_of(each)


def select(held, ids=None, types=None, versions=("last",), specs=None):
    """The objects of `held` that a request has to be answered with, in order (no id has two spec versions here)."""

    def is_wanted(each):
        # Without the Z a longer fraction sorts after a shorter one that it begins with.
        same = sorted((version_of(other) for other in held if other["id"] == each["id"]), key=lambda text: text[:-1])
        names = {version_of(each), "all"}
        if version_of(each) == same[0]:
            names.add("first")
        if version_of(each) == same[-1]:
            names.add("last")
        return (
            (ids is None or each["id"] in ids)
            and (types is None or each["type"] in types)
            and (specs is None or spec_of(each) in specs)
            and bool(names & set(versions))
        )

    return [each for each in held if is_wanted(each)]
