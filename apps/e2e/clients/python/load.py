"""Reads back what it wrote until its standard input ends: python3 load.py HOST PORT RESP-VERSION KEY…

Prints how many values it checked and each error that it was answered with, as JSON.
"""

import json
import sys
import threading

import redis


def main():
    host, port, version, *keys = sys.argv[1:]
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    checked, errors, wrong = 0, [], []
    with redis.Redis(host=host, port=int(port), protocol=int(version)) as r:
        r.ping()
        print("ready", flush=True)
        while not ended.wait(0.002):
            key = keys[checked % len(keys)]
            value = f"{key}={checked}".encode()
            checked += 1
            try:
                r.set(key, value)
                got = r.get(key)
            except redis.RedisError as error:
                errors.append(f"{key}: {error}")
                continue
            if got != value:
                wrong.append(f"{key}: got {got!r}, want {value!r}")
    print(json.dumps({"checked": checked, "errors": errors, "wrong": wrong}))


main()
