"""Client-side caching with redis-py, which has it over RESP3: python3 caching.py HOST PORT RESP-VERSION"""

import sys
import time

import redis
from redis.cache import CacheConfig

KEYS = [f"cached:{i}" for i in range(100)]
DEADLINE_SECONDS = 20


def check(got, want):
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


def eventually(question):
    until = time.monotonic() + DEADLINE_SECONDS
    while not question():
        if time.monotonic() > until:
            raise AssertionError(f"never so: {question.__name__}")
        time.sleep(0.01)


def main():
    host, port, version = sys.argv[1:]
    server = {"host": host, "port": int(port), "protocol": int(version)}
    reader = redis.Redis(**server, cache_config=CacheConfig(max_size=1000))
    writer = redis.Redis(**server)
    for value in (b"first", b"second", b"third"):
        for key in KEYS:
            writer.set(key, value)

        def reads_what_was_written():
            return [reader.get(key) for key in KEYS] == [value] * len(KEYS)

        eventually(reads_what_was_written)
        check(reader.get_cache().size, len(KEYS))
    check(reader.mget(KEYS), [b"third"] * len(KEYS))
    writer.flushall()

    def reads_nothing():
        return reader.mget(KEYS) == [None] * len(KEYS) and reader.get(KEYS[0]) is None

    eventually(reads_nothing)
    print("done")


main()
