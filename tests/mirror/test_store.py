"""What is known of the objects of a cluster, and who is told of a change."""

from __future__ import annotations

from zester.resources.kubernetes.names import FINALIZER
from zester_controller.mirror.cluster.watch import Body, Seen
from zester_controller.mirror.objects.store import ObjectStore


def body(version: int, text: str = "old", **metadata: object) -> Body:
    return {
        "metadata": {
            **{"name": "web", "namespace": "web", "uid": "1", "resourceVersion": str(version)},
            **metadata,
        },
        "spec": {"files": {"states/web.zy": text}},
    }


def test_a_change_that_an_answer_to_us_brings_first_is_told() -> None:
    told: list[Seen] = []
    store = ObjectStore(told.append)
    assert store.see(Seen("statetrees", body(1))) == "web"

    store.answered("statetrees", body(3, "new"))

    assert [seen.body["spec"]["files"] for seen in told] == [{"states/web.zy": "new"}]
    assert store.see(Seen("statetrees", body(2, "new"))) is None, "older than what is known"
    assert store.see(Seen("statetrees", body(3, "new"))) is None, "the watch tells it once more"


def test_what_we_wrote_ourselves_is_no_news() -> None:
    told: list[Seen] = []
    store = ObjectStore(told.append)
    store.see(Seen("statetrees", body(1)))

    held = {**body(2, finalizers=[FINALIZER]), "status": {"observedGeneration": 1}}
    store.answered("statetrees", held)

    assert told == []
    assert store.see(Seen("statetrees", held)) is None
    store.answered("statetrees", body(3, finalizers=[FINALIZER, "example.org/theirs"]))
    assert len(told) == 1


def test_our_hold_is_no_news_when_a_watch_tells_of_it_first_but_its_loss_is() -> None:
    store = ObjectStore()
    store.see(Seen("statetrees", body(1)))

    assert store.see(Seen("statetrees", body(2, finalizers=[FINALIZER]))) is None
    assert store.see(Seen("statetrees", body(3, finalizers=[FINALIZER, "example.org/x"]))) == "web"
    assert store.see(Seen("statetrees", body(4, finalizers=["example.org/x"]))) == "web"
