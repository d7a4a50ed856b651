#!/usr/bin/env python3
"""Makes the test vectors in this folder by asking the real packages, under a clock that stands still.

    pip install -r internal/e2e/requirements.txt && python3 testdata/make_vectors.py

Three files, each a list of cases, one a line. "config" is Flask's configuration by its own names, without those that have
Flask's default, plus "salt", "digest" (sha1, sha256, sha512) and "key_derivation" (concat, django-concat, hmac, none) of
the session interface. "now" is the Unix time at which the clock stood. A value is [type, content], as typed in
internal/e2e/oracle.py says; steps stand there too, as STEPS.

cookies.json: what becomes of a request's cookies
    name, config, now
    header   the Cookie header, base64 of its bytes
    outcome  what Flask does: absent (no or an empty cookie), loaded, refused (a new session in its place), failed (500)
    error    the class of Flask's exception, when refused or failed
    values   the session, when loaded
    costrel  only where costrel differs on purpose: its outcome; it never fails a request, so failed reads refused

sessions.json: what a session's values are on the wire
    name, config, now
    values   the session, a dict
    json     what Flask writes for it inside a request
    cookie   the signed cookie's value; compressed ones begin with a point and depend on the zlib that made them

responses.json: whole requests
    name, config, now
    cookies     the request's Cookie headers, base64 of their bytes
    headers     [name, value] that the handler adds to the response itself, or missing
    steps       what the handler does with the session
    results     what each step returned, null for nothing
    set_cookie  the response's Set-Cookie headers, whole
    vary        the response's Vary headers, whole
"""

import base64
import hmac
import itertools
import json
import pathlib
import sys
import zlib
from datetime import datetime, timedelta, timezone
from hashlib import sha1
from uuid import UUID

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "internal" / "e2e"))

from markupsafe import Markup

import oracle

KEY = "a key for vectors, not for use"
OLD = "the key before that one, 32 byte"
OLDER = "the oldest of the three keys, 33b"
NOW = 1767323045  # 2026-01-02 03:04:05 UTC
DAY = 24 * 60 * 60


def b64(b):
    return base64.b64encode(b).decode()


def urlsafe(b):
    return base64.urlsafe_b64encode(b).rstrip(b"=")


# --- cookies made by hand, for what Flask reads but never writes ------------------------------------------------------

def timestamp(now):
    return urlsafe(int(now).to_bytes(8, "big").lstrip(b"\0"))


def signed(payload, now=NOW, key=KEY, raw_timestamp=None):
    """The cookie value that carries payload, bytes in their base64 form."""
    value = payload + b"." + (timestamp(now) if raw_timestamp is None else raw_timestamp)
    derived = hmac.digest(key.encode(), b"cookie-session", "sha1")
    return value + b"." + urlsafe(hmac.digest(derived, value, "sha1"))


def signed_json(text, **kwargs):
    return signed(urlsafe(text.encode("utf-8", "surrogatepass")), **kwargs)


def written(values, config=None, now=NOW):
    oracle.Clock.now = now
    return oracle.dump(oracle.make_app({"SECRET_KEY": KEY} | (config or {})), values)["cookie"].encode()


# --- cookies.json ----------------------------------------------------------------------------------------------------

def cookies():
    visit = {"user_id": 12345}
    good = written(visit)
    payload, stamp, signature = good.split(b".")
    month = 31 * DAY

    def case(name, header, now=NOW, costrel=None, **config):
        return name, header, now, costrel, {"SECRET_KEY": KEY} | config

    def of(cookie):
        return b"session=" + cookie

    yield case("the plainest cookie", of(good))
    yield case("no cookie", b"")
    yield case("another cookie only", b"theme=dark")
    yield case("an empty cookie", b"session=")
    yield case("between other cookies", b"a=1; session=" + good + b"; b=2")
    yield case("without a space between cookies", b"a=1;session=" + good + b";b=2")
    yield case("spaces around name and value", b"  session = " + good + b"  ; b=2")
    yield case("in double quotes", b'session="' + good + b'"')
    yield case("in double quotes with an octal escape", b'session="' + good.replace(b".", b"\\056") + b'"')
    yield case("in double quotes with an escaped character", b'session="' + good.replace(b".", b"\\.", 1) + b'"')
    yield case("only an opening quote", b'session="' + good)
    yield case("a name in upper case is another name", b"SESSION=" + good)
    yield case("a name without a value", b"session")
    yield case("a name that ends like ours", b"my-session=" + good)
    yield case("beside a name that is not ASCII", "é=ü; ".encode() + of(good))
    yield case("another cookie name in the settings", b"session=x; sid=" + good, SESSION_COOKIE_NAME="sid")
    yield case("twice, the good one first", of(good) + b"; session=bad")
    yield case("twice, the bad one first", b"session=bad; " + of(good), costrel="loaded")
    yield case("twice, the first one empty", b"session=; " + of(good), costrel="loaded")
    yield case("twice, both good: the first", of(good) + b"; " + of(written({"user_id": 2})))

    # keys
    yield case("signed by another key", of(written(visit, {"SECRET_KEY": OLD})))
    yield case("signed by the only fallback", of(written(visit, {"SECRET_KEY": OLD})), SECRET_KEY_FALLBACKS=[OLD])
    yield case("signed by the first of two fallbacks", of(written(visit, {"SECRET_KEY": OLD})), SECRET_KEY_FALLBACKS=[OLD, OLDER])
    yield case("signed by the second of two fallbacks", of(written(visit, {"SECRET_KEY": OLDER})), SECRET_KEY_FALLBACKS=[OLD, OLDER])
    yield case("signed by none of the keys", of(written(visit, {"SECRET_KEY": "an entirely different key"})), SECRET_KEY_FALLBACKS=[OLD, OLDER])
    yield case("a key that is not ASCII", of(written(visit, {"SECRET_KEY": "schlüssel für schlösser"})), SECRET_KEY="schlüssel für schlösser")
    long = "a key longer than the block of the hash, " * 4
    yield case("a key longer than the hash's block", of(written(visit, {"SECRET_KEY": long})), SECRET_KEY=long)
    for digest in ("sha256", "sha512"):
        yield case(f"digest {digest}", of(written(visit, {"digest": digest})), digest=digest)
    for derivation in ("concat", "django-concat", "none"):
        yield case(f"derivation {derivation}", of(written(visit, {"key_derivation": derivation})), key_derivation=derivation)
    yield case("another salt", of(written(visit, {"salt": "other"})), salt="other")
    yield case("the wrong salt", of(written(visit, {"salt": "other"})))
    yield case("the wrong derivation", of(written(visit, {"key_derivation": "django-concat"})))
    yield case("the wrong digest", of(written(visit, {"digest": "sha256"})))

    # age
    yield case("as old as the lifetime", of(good), now=NOW + month)
    yield case("a second older than the lifetime", of(good), now=NOW + month + 1)
    yield case("a lifetime of an hour, to the second", of(good), now=NOW + 3600, PERMANENT_SESSION_LIFETIME=3600)
    yield case("a lifetime of an hour, a second late", of(good), now=NOW + 3601, PERMANENT_SESSION_LIFETIME=3600)
    yield case("a second in the future, within the leeway", of(written(visit, now=NOW + 1)), costrel="loaded")
    yield case("ten seconds in the future, the whole leeway", of(written(visit, now=NOW + 10)), costrel="loaded")
    yield case("eleven seconds in the future", of(written(visit, now=NOW + 11)))
    yield case("signed by a fallback and too old", of(written(visit, {"SECRET_KEY": OLD})), now=NOW + month + 1, SECRET_KEY_FALLBACKS=[OLD])
    yield case("a timestamp of the year 10000", of(signed(payload, now=253402300800)))
    yield case("a timestamp of 8 bytes", of(signed(payload, raw_timestamp=urlsafe(b"\xff" * 8))))
    yield case("a timestamp of 9 bytes", of(signed(payload, raw_timestamp=urlsafe(b"\0" * 9))))
    yield case("an empty timestamp", of(signed(payload, raw_timestamp=b"")))
    yield case("a timestamp with a leading zero byte", of(signed(payload, raw_timestamp=urlsafe(NOW.to_bytes(8, "big")))), costrel="refused")
    yield case("a timestamp with padding", of(signed(payload, raw_timestamp=base64.urlsafe_b64encode(NOW.to_bytes(4, "big")))), costrel="refused")

    # signatures
    yield case("one bit of the payload changed", of(b"f" + good[1:]))
    yield case("the timestamp changed", of(b".".join([payload, timestamp(NOW + 1), signature])))
    yield case("the signature cut by a character", of(good[:-1]))
    yield case("the signature cut off", of(payload + b"." + stamp))
    yield case("no timestamp", of(payload + b"." + urlsafe(hmac.digest(hmac.digest(KEY.encode(), b"cookie-session", sha1), payload, sha1))))
    yield case("an empty signature", of(payload + b"." + stamp + b"."))
    yield case("no point", of(b"x"))
    yield case("points only", of(b"....."))
    yield case("not ASCII", of("é.é.é".encode()))
    yield case("a signature with padding", of(good + b"="), costrel="refused")
    yield case("a signature with four spaces of junk", of(good + b"!!!!"), costrel="refused")
    for alphabet in range(1000):  # a signature that has both - and _, to be written with + and /
        s = written({"user_id": alphabet})
        tail = s.rsplit(b".", 1)[1]
        if b"-" in tail and b"_" in tail:
            standard = s.rsplit(b".", 1)[0] + b"." + tail.replace(b"-", b"+").replace(b"_", b"/")
            yield case("a signature in the standard alphabet", of(standard), costrel="refused")
            break
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    yield case("a signature whose unused bits are set", of(good[:-1] + last[last.index(chr(good[-1])) + 1].encode()), costrel="refused")

    # payloads, all with a good signature
    yield case("no values", of(signed_json("{}")))
    yield case("null is an empty session", of(signed_json("null")))
    yield case("an empty list is an empty session", of(signed_json("[]")))
    yield case("an empty string is an empty session", of(signed_json('""')))
    yield case("a list of pairs is a session", of(signed_json('[["a",1]]')))
    yield case("a number", of(signed_json("5")))
    yield case("a list of numbers", of(signed_json("[1]")))
    yield case("an empty payload", of(signed(b"")))
    yield case("broken base64", of(signed(b"A")))
    yield case("base64 with junk inside", of(signed(payload[:4] + b"!!!!" + payload[4:])), costrel="refused")
    yield case("base64 with padding", of(signed(payload + b"=" * (-len(payload) % 4) or payload + b"=")), costrel="refused")
    yield case("broken JSON", of(signed_json('{"a":')))
    yield case("two JSON values", of(signed_json("{}{}")))
    yield case("JSON with white space", of(signed_json(' {\n\t"a" : [ 1 , 2 ]\r}\n')))
    yield case("not UTF-8", of(signed(urlsafe(b'{"a":"\xff"}'))))
    yield case("JSON that is not ASCII", of(signed_json('{"ü":"ß €"}')))
    yield case("a byte order mark", of(signed_json('\ufeff{"a":1}')))
    yield case("a control character in a string", of(signed_json('{"a":"\x01"}')))
    yield case("a key twice: the last value", of(signed_json('{"a":1,"b":2,"a":3}')))
    yield case("a key twice, once with an escape", of(signed_json('{"a":1,"\\u0061":3}')))
    yield case("numbers on the edge", of(signed_json('{"a":-0,"b":-0.0,"c":1E400,"d":NaN,"e":-Infinity,"f":9223372036854775808,"g":1e2}')))
    yield case("an integer of 4300 digits", of(signed_json('{"a":' + "7" * 4300 + "}")))
    yield case("an integer of 4301 digits", of(signed_json('{"a":' + "7" * 4301 + "}")))
    yield case("a lone surrogate, escaped", of(signed_json('{"a":"\\ud800","\\udc00":1}')))
    yield case("a pair of escapes is one character", of(signed_json('{"a":"\\ud83d\\ude00"}')))
    yield case("an unknown tag stays a dict", of(signed_json('{"a":{" x":1}}')))
    yield case("a tag beside another key is no tag", of(signed_json('{"a":{" t":[1],"b":2}}')))
    yield case("a tag at the top", of(signed_json('{" t":[["a",1]]}')))
    yield case("a tag whose value is of another type", of(signed_json('{"a":{" u":5}}')), costrel="loaded")
    yield case("a date that can't be read is None", of(signed_json('{"a":{" d":"yesterday"}}')))
    yield case("a date in another zone", of(signed_json('{"a":{" d":"Fri, 02 Jan 2026 03:04:05 +0200"}}')))
    yield case("markup of a number", of(signed_json('{"a":{" m":5}}')))
    yield case("an escaped tag", of(signed_json('{"a":{" di":{" t__":{" t":[1]}}}}')))
    deep = 2000
    yield case("2000 levels of nesting", of(signed_json('{"a":' + "[" * deep + "]" * deep + "}")))
    yield case("100 levels of nesting", of(signed_json('{"a":' + "[" * 100 + "]" * 100 + "}")))

    # compressed payloads
    squeezed = zlib.compress(b'{"a":"' + b"x" * 100 + b'"}')
    yield case("compressed", of(signed(b"." + urlsafe(squeezed))))
    yield case("compressed at another level", of(signed(b"." + urlsafe(zlib.compress(b'{"a":"b"}', 0)))))
    yield case("compressed, broken", of(signed(b"." + urlsafe(b"\x78\x9cnothing"))))
    yield case("compressed, cut", of(signed(b"." + urlsafe(squeezed[:-5]))))
    yield case("compressed, the checksum changed", of(signed(b"." + urlsafe(squeezed[:-1] + bytes([squeezed[-1] ^ 1])))))
    yield case("compressed, with bytes after it", of(signed(b"." + urlsafe(squeezed + b"more"))), costrel="refused")
    raw = zlib.compressobj(wbits=-15)
    yield case("raw deflate", of(signed(b"." + urlsafe(raw.compress(b"{}") + raw.flush()))))
    yield case("a JSON that inflates to over 1 MiB", of(signed(b"." + urlsafe(zlib.compress(b'{"a":"' + b"x" * (1 << 20) + b'"}')))), costrel="refused")


def make_cookies():
    for name, header, now, costrel, config in cookies():
        oracle.Clock.now = now
        got = oracle.load(oracle.make_app(config), header)
        del got["cookies"]
        row = {"name": name, "config": config, "now": now, "header": b64(header)} | got
        values = row.pop("values", None)
        if values is not None and len(json.dumps(values)) < 10_000:  # an MiB of x need not be here twice
            row["values"] = values
        if costrel and costrel != got["outcome"]:
            row["costrel"] = costrel
        yield row


# --- sessions.json ---------------------------------------------------------------------------------------------------

def sessions():
    yield "empty", {}
    yield "a user", {"user_id": 12345}
    yield "every plain type", {"none": None, "yes": True, "no": False, "int": -7, "float": 1.5, "str": "text", "list": [1, [2]], "dict": {"a": {"b": 1}}}
    yield "every tag", {
        "tuple": (1, (2, "x"), []),
        "bytes": b"\x00\xff bytes",
        "markup": Markup("<b>bold</b>"),
        "uuid": UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        "datetime": datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
    }
    yield "empty containers", {"t": (), "l": [], "d": {}, "b": b"", "s": "", "m": Markup("")}
    yield "tags in tags", {"t": ({"a": (b"x", [Markup("<i>")])},), "l": [(UUID(int=0),)], "d": {"deep": {"deeper": (datetime(1999, 12, 31, 23, 59, 59, tzinfo=timezone.utc),)}}}
    yield "a time in another zone becomes UTC", {"d": datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=5, minutes=30)))}
    yield "a dict that looks like a tag", {"a": {" t": [1]}, "b": {" d": "x"}, "c": {" di": {" t": (1,)}}, "d": {" b": b"x"}}
    yield "dicts that only nearly look like a tag", {"a": {" x": 1}, "b": {" t": 1, "u": 2}, "c": {" t__": 1}, "d": {"t": 1}}
    yield "a session that looks like a tag", {" t": 1}
    yield "keys in the order of their code points", {"b": 1, "a": 2, "B": 3, "é": 4, "\uffff": 5, "\U00010000": 6, "": 7, " ": 8, "aa": 9, "a\x00": 10}
    yield "escapes", {"s": "\"\\/\b\f\n\r\t\x00\x1f\x7f\x80 <>&'\u2028\u2029é€\U0001f600"}
    yield "lone surrogates", {"s": "\ud800 \udfff", "\udc00": 1, "m": "a\udbffz"}
    yield "integers", {"a": 0, "b": 2**63 - 1, "c": -(2**63), "d": 2**63, "e": -(2**63) - 1, "f": 2**64, "g": 10**100}
    yield "floats", {chr(97 + i): f for i, f in enumerate([
        0.0, -0.0, 1.0, 0.1, 1e15, 1e16, 123456789012345678.0, 1e22, 1e-4, 1e-5, 5e-324, 1.7976931348623157e308, 1 / 3, 2.5e-7, 1e100])}
    yield "floats that are no numbers", {"a": float("inf"), "b": float("-inf"), "c": float("nan")}
    yield "a permanent session", {"_permanent": True, "user_id": 1}
    yield "flashed messages", {"_flashes": [("message", "saved"), ("error", Markup("<b>no</b>"))]}
    yield "what Flask-Login keeps", {"_user_id": "17", "_fresh": True, "_id": "ab" * 64}
    yield "long enough that Flask compresses it", {"text": "all work and no play " * 100}
    yield "where compressing hardly pays", {"text": "abcdefghij" * 6}
    yield "3 KB", {f"key_{i:03d}": {"id": i, "name": f"name {i * 7919 % 1000}", "on": i % 2 == 0} for i in range(60)}


def make_sessions():
    config = {"SECRET_KEY": KEY}
    oracle.Clock.now = NOW
    for name, values in sessions():
        got = oracle.dump(oracle.make_app(config), values)
        yield {"name": name, "config": config, "now": NOW, "values": oracle.typed(values)} | got


# --- responses.json --------------------------------------------------------------------------------------------------

def settings():
    """Cookie settings that both take. SameSite=None and Partitioned come only with Secure: costrel refuses them without."""
    axes = {
        "SESSION_COOKIE_DOMAIN": [None, ".Example.com"],
        "SESSION_COOKIE_PATH": [None, "/app/ü;x"],
        "SESSION_COOKIE_SECURE": [False, True],
        "SESSION_COOKIE_HTTPONLY": [True, False],
        "SESSION_COOKIE_SAMESITE": [None, "Strict", "lax", "None"],
        "SESSION_COOKIE_PARTITIONED": [False, True],
    }
    defaults = [values[0] for values in axes.values()]
    for choice in itertools.product(*axes.values()):
        config = {k: v for (k, v, d) in zip(axes, choice, defaults) if v != d}
        if (config.get("SESSION_COOKIE_SAMESITE") == "None" or "SESSION_COOKIE_PARTITIONED" in config) and "SESSION_COOKIE_SECURE" not in config:
            continue
        yield config


def responses():
    user = oracle.typed(12345)
    good = b"session=" + written({"user_id": 12345}, now=NOW - 60)
    permanent = b"session=" + written({"_permanent": True, "user_id": 12345}, now=NOW - 60)

    def case(name, steps, cookies=(), headers=None, **config):
        req = {"cookies": [b64(c) for c in cookies], "steps": steps}
        if headers:
            req["headers"] = headers
        return name, req, config

    for config in settings():
        said = ", ".join(f"{k.removeprefix('SESSION_COOKIE_').lower()} {v}" for k, v in config.items()) or "defaults"
        yield case(f"set: {said}", [["set", "user_id", user]], **config)
        yield case(f"set, permanent: {said}", [["set_permanent", True], ["set", "user_id", user]], **config)
        yield case(f"clear: {said}", [["clear"]], [good], **config)

    lives = {
        "untouched": [],
        "read": [["get", "user_id"]],
        "read what is not there": [["get", "nothing"]],
        "length": [["len"]],
        "has": [["has", "user_id"]],
        "is it permanent": [["permanent"]],
        "no flashes to show": [["flashes"]],
        "set": [["set", "n", oracle.typed(1)]],
        "set to the same value": [["set", "user_id", user]],
        "delete": [["delete", "user_id"]],
        "delete what is not there": [["delete", "nothing"]],
        "pop": [["pop", "user_id"]],
        "pop what is not there": [["pop", "nothing"]],
        "setdefault of what is there": [["setdefault", "user_id", oracle.typed(1)]],
        "setdefault of what is not there": [["setdefault", "n", oracle.typed(1)]],
        "update": [["update", oracle.typed({"n": 1, "m": 2})]],
        "update with nothing": [["update", oracle.typed({})]],
        "clear": [["clear"]],
        "clear and set": [["clear"], ["set", "n", oracle.typed(1)]],
        "set and delete": [["set", "n", oracle.typed(1)], ["delete", "n"]],
        "made permanent": [["set_permanent", True]],
        "made not permanent": [["set_permanent", False]],
        "said to be modified": [["set_modified"]],
        "flash": [["flash", oracle.typed("saved")], ["flash", oracle.typed(Markup("<b>")), "error"]],
    }
    for (life, steps), (held, sent), refresh in itertools.product(
        lives.items(),
        {"no cookie": [], "a cookie": [good], "a permanent cookie": [permanent], "a bad cookie": [b"session=bad"]}.items(),
        [True, False],
    ):
        config = {} if refresh else {"SESSION_REFRESH_EACH_REQUEST": False}
        yield case(f"{life}, with {held}{'' if refresh else ', no refresh'}", steps, sent, **config)

    flashes = b"session=" + written({"_flashes": [("message", "one"), ("error", "two")], "n": 1}, now=NOW - 60)
    yield case("flashes are shown once and stay readable", [["flashes"], ["flashes", "error"], ["len"]], [flashes])
    yield case("flashes of one category take all of them", [["flashes", "error"], ["flashes"]], [flashes])
    yield case("a flash after the flashes were shown waits", [["flashes"], ["flash", oracle.typed("next")], ["flashes"]], [flashes])
    nested = b"session=" + written({"cart": {"a": 1}}, now=NOW - 60)
    yield case("a change inside a value", [["put", "cart", "b", oracle.typed(2)]], [nested])
    old = b"session=" + written({"user_id": 12345}, {"SECRET_KEY": OLD}, now=NOW - 60)
    yield case("a fallback's session is not signed anew when read", [["get", "user_id"]], [old], SECRET_KEY_FALLBACKS=[OLD])
    yield case("a fallback's session is signed anew when written", [["set", "n", oracle.typed(1)]], [old], SECRET_KEY_FALLBACKS=[OLD])
    yield case("a name of its own", [["set", "n", oracle.typed(1)]], SESSION_COOKIE_NAME="__Host-session", SESSION_COOKIE_SECURE=True)
    yield case("the path of the application", [["set", "n", oracle.typed(1)]], APPLICATION_ROOT="/app")
    yield case("a lifetime with a fraction", [["set_permanent", True]], PERMANENT_SESSION_LIFETIME=90.75)
    yield case("several Cookie headers", [["get", "user_id"]], [b"a=1", good, b"b=2"])

    read = [["get", "user_id"]]
    for name, headers in {
        "a Vary of its own": [["Vary", "Accept-Encoding"]],
        "a Vary that has Cookie": [["Vary", "cookie, Accept"]],
        "a Vary of *": [["Vary", "*"]],
        "a Vary on two lines": [["Vary", "Accept"], ["Vary", "Origin"]],
        "a Vary with empty members": [["Vary", "Accept,, Origin ,"]],
        "a Vary in quotes": [["Vary", '"a b", c']],
        "an empty Vary": [["Vary", ""]],
        "a cookie of its own": [["Set-Cookie", "theme=dark; Path=/"]],
    }.items():
        yield case(f"{name}, read", read, [good], headers)
        yield case(f"{name}, set", [["set", "n", oracle.typed(1)]], [good], headers)
        yield case(f"{name}, untouched", [], [good], headers)


def make_responses():
    oracle.Clock.now = NOW
    for name, req, config in responses():
        config = {"SECRET_KEY": KEY} | config
        oracle.Clock.now = NOW
        got = oracle.respond(oracle.make_app(config), req)
        if got.pop("status") != 200:
            raise SystemExit(f"{name}: Flask failed")
        yield {"name": name, "config": config, "now": NOW} | req | got


def main():
    oracle.stop_clock()
    for file, rows in {"cookies": make_cookies(), "sessions": make_sessions(), "responses": make_responses()}.items():
        lines = [json.dumps(row, separators=(",", ":")) for row in rows]
        (here / f"{file}.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
        print(f"{file}.json: {len(lines)} cases")


if __name__ == "__main__":
    main()
