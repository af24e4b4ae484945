"""What crosses to a leaf site and from it: nothing of another site, nothing twice."""

from __future__ import annotations

from zester.bus.buckets import BUCKETS
from zester.bus.server.mirrors import HINTED
from zester.trust.crossing import (
    HUB,
    MIRRORED,
    at_hub,
    control_exports,
    leaf_imports,
    peel_imports,
)
from zester.trust.tiers import NAME, Tier, Verb, matches, patterns


def names(entries: list[dict[str, object]], kind: str, field: str = "subject") -> list[str]:
    return [str(entry[field]) for entry in entries if entry["type"] == kind]


def test_what_is_mirrored_is_read_near_and_everything_else_at_the_hub() -> None:
    for bucket in BUCKETS:
        for form in (f"$JS.API.DIRECT.GET.KV_{bucket.name}", f"$KV.{bucket.name}.x"):
            far = f"$JS.{HUB}.API.{form.removeprefix('$JS.API.')}"
            near = bucket.name in MIRRORED and form.startswith("$JS.")
            assert at_hub(form) == (form if near else far)
    assert at_hub("zester.renew.web") == "zester.renew.web"


def test_every_import_has_an_export() -> None:
    exports = control_exports()
    for imports in (peel_imports("A"), leaf_imports("A", "shop")):
        for kind in ("service", "stream"):
            for subject in names(imports, kind):
                wide = names(exports, kind)
                assert any(matches(each, subject.replace("*", "x")) for each in wide), subject


def test_a_site_writes_what_its_peels_write_and_reads_no_mirrored_bucket_twice() -> None:
    imports = leaf_imports("A", "shop")
    said = set(names(imports, "service", "local_subject"))
    for pattern in patterns(Tier.PEEL, Verb.PUBLISH):
        subject = pattern.replace(NAME, "*")
        near = any(subject.startswith(f"$JS.API.DIRECT.GET.KV_{name}") for name in MIRRORED)
        assert (subject in said) is not near, subject
    heard = names(imports, "stream", "local_subject")
    assert {"live.jobs.*", "live.nodes.*", "live.grants.*", "zester.mirror.shop.>"} <= set(heard)
    assert not {each for each in heard if each.startswith("live.heads.")}


def test_a_site_may_create_no_consumer_but_on_what_all_peels_may_read() -> None:
    every = {bucket.stream for bucket in BUCKETS} | {"EVENTS", "JOBS"}
    asked = names(leaf_imports("A", "shop"), "service")
    consumers = {each.rsplit(".", 1)[1] for each in asked if ".CONSUMER." in each}
    assert consumers == {f"KV_{name}" for name in MIRRORED} < every
    whole = {each.rsplit(".", 1)[1] for each in asked if each.startswith("$JS.API.DIRECT.GET.KV_")}
    assert not whole & {"KV_grants", "KV_nodes", "KV_tokens", "KV_keyring", "KV_enrollments"}


def test_peels_hear_of_everything_that_is_mirrored_or_passed_on() -> None:
    hinted = {f"live.{name}" for name in HINTED.values()}
    heard = names(leaf_imports("A", "shop"), "stream", "local_subject")
    for pattern in patterns(Tier.PEEL, Verb.SUBSCRIBE):
        if pattern.startswith("live."):
            subject = pattern.replace(NAME, "x").replace("*", "x")
            passed = any(matches(each, subject) for each in heard)
            assert passed or ".".join(pattern.split(".")[:2]) in hinted, pattern
