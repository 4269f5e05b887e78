"""A cluster client, redis-py, that is pointed at the proxy: python3 cluster.py HOST PORT RESP-VERSION"""

import sys

import redis


def check(got, want):
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


def main():
    host, port, version = sys.argv[1:]
    with redis.RedisCluster(host=host, port=int(port), protocol=int(version)) as r:
        keys = [f"cluster:{i}" for i in range(100)]
        for key in keys:
            check(r.set(key, key), True)
        check([r.get(key) for key in keys], [key.encode() for key in keys])
        check(r.mget_nonatomic(*keys), [key.encode() for key in keys])
        with r.pipeline(transaction=True) as batch:
            check(batch.set("{t}a", 1).incr("{t}a").get("{t}a").execute()[1:], [2, b"2"])
        check(len(list(r.scan_iter(match="cluster:*"))), len(keys))
    print("done")


main()
