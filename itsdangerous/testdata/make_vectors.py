"""Makes vectors.json, the outcomes of Python's own itsdangerous.

    python3 -m venv .venv
    .venv/bin/pip install itsdangerous==2.2.0
    .venv/bin/python itsdangerous/testdata/make_vectors.py

Pinned: itsdangerous 2.2.0, on CPython 3.11 with zlib 1.2.13 or later. The output
is the same on every run. Texts that are bytes in Python are written as strings
whose characters U+0000 to U+00FF stand for one byte each. Keys stand current
first, as in Go; Python's own lists are oldest first.

"stricter" marks what Python accepts, or crashes on, and Go refuses on purpose;
its text is the kind of error that Go gives. A forged token may still say such a
timestamp: Python then tells its date, Go does not.
"""

import base64
import hashlib
import importlib.metadata
import json
import pathlib
import zlib

import itsdangerous
from itsdangerous import (
    BadData,
    NoneAlgorithm,
    Serializer,
    Signer,
    TimedSerializer,
    TimestampSigner,
    URLSafeSerializer,
    URLSafeTimedSerializer,
)
from itsdangerous.signer import HMACAlgorithm, SigningAlgorithm

assert importlib.metadata.version("itsdangerous") == "2.2.0"

NOW = 1_700_000_000
TimestampSigner.get_timestamp = lambda self: NOW


class Backwards(SigningAlgorithm):
    def get_signature(self, key, value):
        return (key + value)[::-1]


ALGORITHMS = {
    "none": NoneAlgorithm(),
    "backwards": Backwards(),
    "hmac-sha512": HMACAlgorithm(hashlib.sha512),
}


def text(b):
    return None if b is None else b.decode("latin-1")


def b64(b):
    return base64.urlsafe_b64encode(b).rstrip(b"=")


def signer_kwargs(sep=None, derivation=None, digest=None, algorithm=None):
    kwargs = {}
    if sep is not None:
        kwargs["sep"] = sep
    if derivation is not None:
        kwargs["key_derivation"] = derivation
    if digest is not None:
        kwargs["digest_method"] = getattr(hashlib, digest)
    if algorithm is not None:
        kwargs["algorithm"] = ALGORITHMS[algorithm]
    return kwargs


def oldest_first(keys):
    return [k.encode() for k in reversed(keys)]


def outcome(call):
    """Runs call and tells its result, or its exception with all that is on it."""
    try:
        return {"value": call()}
    except BadData as e:
        date = getattr(e, "date_signed", None)
        return {
            "error": type(e).__name__,
            "payload": text(getattr(e, "payload", None)),
            "date": None if date is None else int(date.timestamp()),
        }
    except Exception:  # ValueError or OSError: outside of Python's own family
        return {"error": "crash"}


def signing():
    for derivation in (None, "concat", "django-concat", "hmac", "none"):
        for digest in (None, "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256"):
            yield dict(derivation=derivation, digest=digest)
    for algorithm in ALGORITHMS:
        for derivation in ("django-concat", "hmac", "none"):
            yield dict(derivation=derivation, algorithm=algorithm)
    yield dict(digest="sha256", algorithm="hmac-sha512")
    for sep in ("+", ":", "..", "é", "-.", "|sep|"):
        yield dict(sep=sep)
    for salt in ("cookie-session", "itsdangerous", "wtf-csrf-token", "sält", " "):
        yield dict(salt=salt)
    for keys in (["new", "old"], ["k"], ["k" * 200], ["ключ"], ["\0\x7f"], ["a.b"]):
        yield dict(keys=keys)


def signers():
    values = [b"", b"value", b"a.b.c", b".", bytes(range(256)), b"x" * 1000]
    for i, settings in enumerate(signing()):
        settings = dict(settings)
        keys = settings.pop("keys", ["secret key"])
        salt = settings.pop("salt", None)
        kwargs = signer_kwargs(**settings)
        if salt is not None:
            kwargs["salt"] = salt
        signer = Signer(oldest_first(keys), **kwargs)
        timed = TimestampSigner(oldest_first(keys), **kwargs)
        value = values[i % len(values)]
        yield {
            **settings,
            "keys": keys,
            "salt": salt,
            "value": text(value),
            "derived": text(signer.derive_key()),
            "signature": text(signer.get_signature(value)),
            "signed": text(signer.sign(value)),
            "timed": text(timed.sign(value)),
        }


def separators():
    candidates = [
        ".", "..", "-", "_", "=", "-_=", "_=", "a", "z", "A", "9", "0", "ab", "xyz", "zA", "Z0",
        "9-", "abc.", "ba", "az", "==", "+", "/", " ", "é", ":", "\0", "a.", "019",
    ]
    for sep in candidates:
        try:
            Signer("k", sep=sep)
            yield {"separator": sep, "accepted": True}
        except ValueError:
            yield {"separator": sep, "accepted": False}
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_="
    yield {"separator": alphabet, "accepted": False}
    Signer("k", sep=alphabet[::-1])
    yield {"separator": alphabet[::-1], "accepted": True}


def unsign():
    keys = ["new", "old"]
    signer = Signer(oldest_first(keys))
    good = signer.sign(b"value")
    sig = good[6:]
    old = Signer("old").sign(b"value")
    # The signature's last symbol holds 4 bits of the 20 bytes and 2 unused ones.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    unused_bit = good[:-1] + alphabet[alphabet.index(chr(good[-1])) + 1].encode()
    cases = [
        ("signed with the current key", good, None),
        ("signed with the old key", old, None),
        ("signed with a key of nobody's", Signer("other").sign(b"value"), None),
        ("signed with another salt", Signer("new", salt="other").sign(b"value"), None),
        ("an empty value", signer.sign(b""), None),
        ("a value that ends in the separator", signer.sign(b"value."), None),
        ("nothing at all", b"", None),
        ("no separator", b"value", None),
        ("the separator alone", b".", None),
        ("many separators", b"." * 50, None),
        ("a value changed", b"Value." + sig, None),
        ("a signature changed", b"value.A" + sig[1:], None),
        ("a signature cut short", good[:-1], None),
        ("a signature with a symbol more", good + b"A", None),
        ("a signature left out", b"value.", None),
        ("a line break after the signature", good + b"\n", None),
        ("NUL and bytes that are not ASCII", b"\x00\xff\xfe.\x80\x81", None),
        ("padding after the signature", good + b"=", "BadSignature"),
        ("too much padding after the signature", good + b"=====", "BadSignature"),
        ("four bytes of junk after the signature", good + b"!!!!", "BadSignature"),
        ("four line breaks after the signature", good + b"\n\n\n\n", "BadSignature"),
        ("four bytes of junk within the signature", good[:10] + b"\xff\x00 !" + good[10:], "BadSignature"),
        ("data after the padding", good + b"=AAAA", "BadSignature"),
        ("a bit set that no byte uses", unused_bit, "BadSignature"),
    ]
    # A signature with a symbol that differs between the two alphabets.
    for i in range(1000):
        value = b"value%d" % i
        signed = signer.sign(value)
        if b"-" in signed and b"_" in signed:
            standard = signed.replace(b"-", b"+").replace(b"_", b"/")
            cases.append(("the standard alphabet", standard, "BadSignature"))
            break
    for name, signed, stricter in cases:
        result = outcome(lambda: text(signer.unsign(signed)))
        assert stricter is None or "value" in result, name
        yield {"name": name, "keys": keys, "signed": text(signed), "stricter": stricter, **result}


def timed():
    signer = TimestampSigner("key")
    plain = Signer("key")

    def at(seconds):
        return b"value." + b64(seconds.to_bytes(8, "big").lstrip(b"\0"))

    def forge(signed):
        return signed[:-4] + (b"AAAA" if signed[-4:] != b"AAAA" else b"BBBB")

    year_10000 = 253402300800
    day = 86400
    bad_time = "BadTimeSignature"
    cases = [
        # name, what was signed, max_age, stricter
        ("of any age", at(0), None, None),
        ("of the last second of the year 9999, of any age", at(year_10000 - 1), None, None),
        ("just now", at(NOW), 0, None),
        ("exactly as old as allowed", at(NOW - day), day, None),
        ("a second too old", at(NOW - day - 1), day, None),
        ("a second in the future", at(NOW + 1), day, None),
        ("a second in the future, of any age", at(NOW + 1), None, None),
        ("a negative age allowed", at(NOW), -1, None),
        ("centuries too old", at(0), day, None),
        ("millennia in the future", at(year_10000 - 1), day, None),
        ("an empty timestamp", b"value.", None, None),
        ("an empty timestamp, too old", b"value.", day, None),
        ("an empty value", b"." + b64(NOW.to_bytes(4, "big")), day, None),
        ("no timestamp", b"value", None, None),
        ("nothing", b"", None, None),
        ("separators alone", b"...", None, None),
        ("a timestamp of 9 bytes", b"value." + b64(b"\1" + bytes(8)), None, None),
        ("a timestamp of 9 bytes, 8 of them zero", b"value." + b64(bytes(9)), None, None),
        ("a timestamp that is no base64", b"value.A", None, None),
        ("a timestamp with a space", b"value." + b64(NOW.to_bytes(4, "big")) + b" ", None, None),
        ("a timestamp with a leading zero byte", b"value." + b64(NOW.to_bytes(5, "big")), day, bad_time),
        ("a timestamp of 8 zero bytes", b"value." + b64(bytes(8)), None, bad_time),
        ("a timestamp with padding", b"value." + b64(NOW.to_bytes(4, "big")) + b"==", day, bad_time),
        ("a timestamp of nothing but junk", b"value.!!!!", None, bad_time),
        ("a timestamp with a bit set that no byte uses", b"value.ZVPxAB", day, bad_time),
        ("a timestamp with junk", b"value.ZVPx\r\n\r\nAA", day, bad_time),
        ("the year 10000, of any age", at(year_10000), None, bad_time),
        ("the year 10000", at(year_10000), day, bad_time),
        ("the largest timestamp", at(2**64 - 1), None, bad_time),
        ("the largest signed timestamp", at(2**63 - 1), day, bad_time),
    ]
    for name, signed, max_age, stricter in cases:
        good = plain.sign(signed)
        for forged in (False, True):
            token = forge(good) if forged else good
            result = outcome(lambda: text(signer.unsign(token, max_age=max_age)))
            assert stricter is None or forged or "value" in result or result["error"] == "crash", name
            if "value" in result and not stricter:
                result["date"] = int.from_bytes(
                    itsdangerous.base64_decode(signed.rsplit(b".", 1)[1]), "big"
                )
            yield {
                "name": name + (", forged" if forged else ""),
                "signed": text(token),
                "now": NOW,
                "max_age": max_age,
                "stricter": stricter,
                **result,
            }
    for name, token in [("no separator at all", b"value"), ("nothing at all", b"")]:
        result = outcome(lambda: text(signer.unsign(token)))
        yield {"name": name, "signed": text(token), "now": NOW, "max_age": None, "stricter": None, **result}


KINDS = {
    "Serializer": Serializer,
    "TimedSerializer": TimedSerializer,
    "URLSafeSerializer": URLSafeSerializer,
    "URLSafeTimedSerializer": URLSafeTimedSerializer,
}


def dumps():
    values = [
        None, True, 0, -1, 1.5, "", "id", [], {}, [1, "two", [3]], {"id": 5}, {"a": {"b": [None, False]}},
        "sch\u00f6n \u2028\u2029 <&> \U0001f9ed", '"\\\b\f\n\r\t\x01\x7f/', "x" * 100, ["ab"] * 50,
    ]
    for kind, cls in KINDS.items():
        for value in values:
            for salt in (None, "other"):
                serializer = cls(["old", "new"], **({} if salt is None else {"salt": salt}))
                token = serializer.dumps(value)
                yield {
                    "kind": kind, "keys": ["new", "old"], "salt": salt, "value": value, "token": token,
                    "compressed": token.startswith("."),
                }


def loads():
    keys = ["new", "old"]
    fallbacks = [
        [],
        [dict(derivation="hmac", digest="sha512")],
        [dict(digest="sha256"), dict(derivation="concat", sep="+")],
    ]

    def make(kind, fallback):
        return KINDS[kind](
            oldest_first(keys), fallback_signers=[signer_kwargs(**f) for f in fallback]
        )

    def case(kind, name, token, fallback=(), max_age=None, stricter=None):
        serializer = make(kind, fallback)
        kwargs = {"max_age": max_age} if "Timed" in kind else {}
        if isinstance(token, str):
            token = token.encode()
        result = outcome(lambda: serializer.loads(token, **kwargs))
        assert stricter is None or "value" in result or result["error"] == "crash", name
        unsafe = outcome(lambda: serializer.loads_unsafe(token, **kwargs))
        if "value" in unsafe:
            unsafe = {"valid": unsafe["value"][0], "value": unsafe["value"][1]}
        return {
            "kind": kind, "name": name, "keys": keys, "fallbacks": list(fallback), "token": text(token),
            "now": NOW, "max_age": max_age, "stricter": stricter, **result, "unsafe": unsafe,
        }

    for kind, cls in KINDS.items():
        timed = "Timed" in kind
        signer_class = TimestampSigner if timed else Signer
        safe = kind.startswith("URLSafe")

        def sign(payload, key="new", **settings):
            settings = signer_kwargs(**settings)
            return signer_class(key, salt="itsdangerous", **settings).sign(payload)

        payload = b64(b'{"id":5}') if safe else b'{"id":5}'
        yield case(kind, "signed with the current key", sign(payload))
        yield case(kind, "signed with the old key", sign(payload, "old"))
        yield case(kind, "signed with another key", sign(payload, "other"))
        yield case(kind, "another salt", cls("new", salt="other").dumps({"id": 5}))
        yield case(kind, "no separator", b"abc")
        yield case(kind, "nothing", b"")
        yield case(kind, "one separator", b"abc.def")
        yield case(kind, "dots", b"." * 10)
        for fallback in fallbacks:
            for key in ("new", "old", "other"):
                for settings in fallback:
                    yield case(kind, f"a fallback's token, {key} key", sign(payload, key, **settings), fallback)
            yield case(kind, f"{len(fallback)} fallbacks, none fits", sign(payload, "other"), fallback)
            yield case(kind, f"{len(fallback)} fallbacks, no separator", b"abc", fallback)
            yield case(kind, f"{len(fallback)} fallbacks, not JSON", sign(b64(b"{") if safe else b"{"), fallback)
        if timed:
            for fallback in fallbacks[:2]:
                yield case(kind, "expired", sign(payload), fallback, max_age=-1)
                yield case(kind, "not yet expired", sign(payload), fallback, max_age=0)
            plain = Signer("new", salt="itsdangerous")
            yield case(kind, "no timestamp", plain.sign(payload))
            yield case(kind, "the year 10000", plain.sign(payload + b"." + b64((253402300800).to_bytes(8, "big").lstrip(b"\0"))), stricter="BadTimeSignature")

        def packed(data):
            return b64(data) if safe else data

        for name, data in [
            ("empty", b""), ("not JSON", b"{"), ("JSON and more", b"{}{}"), ("not UTF-8", b'"\xff"'),
            ("spaces around", b' {"id" : 5}\n'), ("a byte order mark", b"\xef\xbb\xbf{}"),
            ("a key twice", b'{"a":1,"a":2}'), ("a control character", b'"\x01"'), ("single quotes", b"'a'"),
        ]:
            yield case(kind, "a payload that is " + name, sign(packed(data)))
        for name, data in [("NaN", b"NaN"), ("a number too large", b"1e400")]:
            entry = case(kind, "a payload that is " + name, sign(packed(data)), stricter="BadPayload")
            # JSON has no words for these values.
            entry["value"] = entry["unsafe"]["value"] = None
            yield entry

        if safe:
            data = b'{"list":[' + b"1," * 20 + b"1]}"
            for level in (0, 1, 6, 9):
                yield case(kind, f"compressed at level {level}", sign(b"." + b64(zlib.compress(data, level))))
            small = zlib.compressobj(9, zlib.DEFLATED, 9)
            yield case(kind, "compressed with a small window", sign(b"." + b64(small.compress(data) + small.flush())))
            stream = zlib.compress(data)
            yield case(kind, "cut short", sign(b"." + b64(stream[:-1])))
            yield case(kind, "a checksum that does not match", sign(b"." + b64(stream[:-1] + b"\0")))
            yield case(kind, "raw deflate", sign(b"." + b64(stream[2:-4])))
            yield case(kind, "an empty stream", sign(b"."))
            yield case(kind, "a stream of no data", sign(b"." + b64(zlib.compress(b""))))
            yield case(kind, "an impossible length", sign(b"A"))
            yield case(kind, "bytes after the stream", sign(b"." + b64(stream + b"\0")), stricter="BadPayload")
            yield case(kind, "padding", sign(base64.urlsafe_b64encode(b'{"id":"5"}')), stricter="BadPayload")
            yield case(kind, "junk", sign(payload[:5] + b"!\n \xff" + payload[5:]), stricter="BadPayload")
            yield case(kind, "the standard alphabet", sign(base64.b64encode(b'"\xc3\xbf?>"').rstrip(b"=")), stricter="BadPayload")
            yield case(kind, "a bit set that no byte uses", sign(b"NR"), stricter="BadPayload")
            yield case(kind, "a dot in the payload", sign(payload + b"." + b64(b"")))
            yield case(kind, "two dots in front", sign(b".." + b64(stream)))
            yield case(kind, "four spaces before the stream", sign(b".    " + b64(stream)), stricter="BadPayload")


vectors = {
    "about": "Made by make_vectors.py from Python's itsdangerous 2.2.0.",
    "now": NOW,
    "signers": list(signers()),
    "separators": list(separators()),
    "unsign": list(unsign()),
    "timed": list(timed()),
    "dumps": list(dumps()),
    "loads": list(loads()),
}

lines = ["{"]
for i, (name, rows) in enumerate(vectors.items()):
    comma = "," if i < len(vectors) - 1 else ""
    if isinstance(rows, list):
        rows = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]"
    else:
        rows = json.dumps(rows)
    lines.append(f"{json.dumps(name)}: {rows}{comma}")
lines.append("}")
pathlib.Path(__file__).with_name("vectors.json").write_text("\n".join(lines) + "\n")
print({name: len(rows) for name, rows in vectors.items() if isinstance(rows, list)})
