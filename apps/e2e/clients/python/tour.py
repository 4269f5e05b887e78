"""A tour with redis-py: python3 tour.py HOST PORT RESP-VERSION"""

import sys

import redis

BINARY = bytes(range(256)) + b"\r\n\x00\r\n$"
PIPELINE_LENGTH = 10_000


def check(got, want):
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


def check_error(action, start):
    try:
        got = action()
    except redis.ResponseError as error:
        if str(error).startswith(start):
            return
        raise
    raise AssertionError(f"got {got!r}, want an error {start!r}")


def strings(r):
    check(r.set("s", "text", ex=100), True)
    check(r.get("s"), b"text")
    check(r.ttl("s") > 90, True)
    check(r.get("none"), None)
    check(r.incrby("n", 41), 41)
    check(r.incr("n"), 42)
    check(r.set(BINARY, BINARY), True)
    check(r.get(BINARY), BINARY)
    check_error(lambda: r.incr("s"), "value is not an integer")
    check_error(lambda: r.lpush("s", "x"), "WRONGTYPE")
    check_error(lambda: r.execute_command("NOSUCH"), "unknown command")


def collections(r):
    check(r.hset("h", mapping={"a": 1, "b": 2}), 2)
    check(r.hgetall("h"), {b"a": b"1", b"b": b"2"})
    check(r.hmget("h", "b", "none"), [b"2", None])
    check(r.rpush("l", "a", "b", "c"), 3)
    check(r.lrange("l", 0, -1), [b"a", b"b", b"c"])
    check(r.lpop("l"), b"a")
    check(r.sadd("set", "a", "b"), 2)
    check(set(r.smembers("set")), {b"a", b"b"})
    check(r.zadd("z", {"two": 2, "less": 1.5}), 2)
    check(r.zscore("z", "less"), 1.5)
    check(r.zrange("z", 0, -1), [b"less", b"two"])


def stream(r):
    r.xadd("x", {"field": "value"}, id="1-1")
    r.xadd("x", {"field": "next"}, id="2-1")
    check(r.xrange("x"), [(b"1-1", {b"field": b"value"}), (b"2-1", {b"field": b"next"})])
    r.xgroup_create("x", "group", id="0")
    read = repr(r.xreadgroup("group", "me", {"x": ">"}))
    check(all(text in read for text in ("1-1", "value", "2-1", "next")), True)
    check(r.xack("x", "group", "1-1", "2-1"), 2)


def shards(r):
    keys = [f"many:{i}" for i in range(100)]
    check(r.mset({key: i for i, key in enumerate(keys)}), True)
    check(r.mget("none", *keys), [None] + [str(i).encode() for i in range(100)])
    check(r.exists(*keys, "none"), 100)
    check(r.delete(*keys, "none"), 100)
    check(r.exists(*keys), 0)


def pipeline(r):
    batch = r.pipeline(transaction=False)
    want = []
    for i in range(0, PIPELINE_LENGTH, 2):
        batch.set(f"p:{i}", i).get(f"p:{i}")
        want += [True, str(i).encode()]
    check(batch.execute(), want)


def main():
    host, port, version = sys.argv[1:]
    with redis.Redis(host=host, port=int(port), protocol=int(version)) as r:
        for part in (strings, collections, stream, shards, pipeline):
            part(r)
    print("done")


main()
