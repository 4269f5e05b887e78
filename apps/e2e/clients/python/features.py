"""What makes one big Redis of many, with redis-py: python3 features.py HOST PORT RESP-VERSION"""

import sys
import threading

import redis

KEYS = 500
SCRIPT = "return redis.call('SET', KEYS[1], ARGV[1]) and redis.call('GET', KEYS[1])"


def check(got, want):
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


def scan(connect):
    r = connect()
    keys = {f"scan:{i}".encode() for i in range(KEYS)}
    for key in keys:
        r.set(key, "v")
    found = list(r.scan_iter(match="scan:*", count=50))
    check(len(found), KEYS)
    check(set(found), keys)


def transactions(connect):
    r, other = connect(), connect()
    check(r.pipeline().set("{t}key", "v").incr("{t}counter").get("{t}key").execute(), [True, 1, b"v"])
    with r.pipeline() as watched:
        watched.watch("{t}key")
        check(watched.get("{t}key"), b"v")
        other.set("{t}key", "theirs")
        watched.multi()
        watched.set("{t}key", "mine")
        try:
            watched.execute()
        except redis.WatchError:
            pass
        else:
            raise AssertionError("the conflict was not seen")
    check(r.get("{t}key"), b"theirs")


def blocking(connect):
    r, other = connect(), connect()
    popped = []
    waiting = threading.Thread(target=lambda: popped.append(r.blpop(["{l}a", "{l}b"], timeout=20)))
    waiting.start()
    other.rpush("{l}b", "element")
    waiting.join()
    check([tuple(pair) for pair in popped], [(b"{l}b", b"element")])
    check(r.blpop(["{l}a"], timeout=0.1), None)


def scripts(connect):
    r = connect()
    script = r.register_script(SCRIPT)
    for _ in range(2):
        for i in range(20):
            check(script(keys=[f"script:{i}"], args=[f"v{i}"]), f"v{i}".encode())
        r.script_flush()


def messages(connect):
    r = connect()
    with connect().pubsub(ignore_subscribe_messages=False) as p:
        p.subscribe("news")
        p.psubscribe("weather.*")
        confirmed = 0
        while confirmed < 2:
            message = p.get_message(timeout=10)
            confirmed += message is not None and message["type"] in ("subscribe", "psubscribe")
        r.publish("news", "first")
        r.publish("nobody", "unheard")
        r.publish("weather.today", "rain")
        heard = set()
        while len(heard) < 2:
            message = p.get_message(timeout=10)
            if message is None:
                raise AssertionError(f"heard {heard!r} only")
            heard.add((message["type"], message["channel"], message["data"]))
        check(heard, {("message", b"news", b"first"), ("pmessage", b"weather.today", b"rain")})


def main():
    host, port, version = sys.argv[1:]

    def connect():
        return redis.Redis(host=host, port=int(port), protocol=int(version))

    for part in (scan, transactions, blocking, scripts, messages):
        part(connect)
    print("done")


main()
