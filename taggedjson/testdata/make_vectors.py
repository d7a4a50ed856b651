"""Make vectors.json: what Flask's TaggedJSONSerializer writes and reads.

    python -m venv venv
    venv/bin/pip install flask==3.1.3 werkzeug==3.1.8 itsdangerous==2.2.0
    venv/bin/python make_vectors.py > vectors.json

With --random N [SEED] the file has N values, mutated documents and dates instead
of the chosen ones, for a comparison of any length:

    venv/bin/python make_vectors.py --random 20000 > /tmp/vectors.json
    go test ./taggedjson -run Vectors -vectors /tmp/vectors.json

A value is described as ["int", "12"], ["float", bits in hex], ["str", UTF-8 with
surrogates in hex], ["bool", b], ["none"], ["list" or "tuple", [...]], ["dict",
[[key, value], ...] in order of the keys], ["bytes" or "uuid", hex], ["markup", as
str] or ["datetime", [Unix seconds, offset in seconds]].
"""

import json
import math
import random
import struct
import sys
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from uuid import UUID

from flask import Flask
from flask.json.tag import JSONTag, TaggedJSONSerializer
from markupsafe import Markup
from werkzeug.http import parse_date

PINNED = {"flask": "3.1.3", "werkzeug": "3.1.8", "itsdangerous": "2.2.0"}

app = Flask(__name__)
app.app_context().push()  # in one, as in a request, keys are sorted
flask = TaggedJSONSerializer()


def hexed(s):
    return s.encode("utf-8", "surrogatepass").hex()


def describe(v):
    if v is None:
        return ["none"]
    if isinstance(v, bool):
        return ["bool", v]
    if isinstance(v, int):
        return ["int", str(v)]
    if isinstance(v, float):
        return ["float", struct.pack(">d", v).hex()]
    if isinstance(v, Markup):
        return ["markup", hexed(str(v))]
    if isinstance(v, str):
        return ["str", hexed(v)]
    if isinstance(v, bytes):
        return ["bytes", v.hex()]
    if isinstance(v, UUID):
        return ["uuid", v.hex]
    if isinstance(v, datetime):
        seconds = (v - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(seconds=1)
        return ["datetime", [seconds, int(v.utcoffset().total_seconds())]]
    if isinstance(v, tuple):
        return ["tuple", [describe(x) for x in v]]
    if isinstance(v, list):
        return ["list", [describe(x) for x in v]]
    if isinstance(v, dict):
        return ["dict", [[hexed(k), describe(x)] for k, x in sorted(v.items())]]
    raise TypeError(type(v))


def write(name, value, serializer=flask):
    return {"name": name, "value": describe(value), "json": serializer.dumps(value)}


def read(name, data, strict=None, serializer=flask):
    """strict says why Go refuses what Python reads."""
    if isinstance(data, str):
        data = data.encode()
    row = {"name": name}
    try:
        row["json"] = data.decode()
    except UnicodeDecodeError:
        row["hex"] = data.hex()
    try:
        row["value"] = describe(serializer.loads(data.decode("utf-8")))
    except Exception as e:
        row["error"] = type(e).__name__
    if strict:
        assert "value" in row, name
        row["strict"] = strict
    return row


# ---------------------------------------------------------------- chosen values

UTC = timezone.utc
WHEN = datetime(2006, 1, 2, 15, 4, 5, tzinfo=UTC)
ID = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


def nested(depth, kind):
    v = 1
    for _ in range(depth):
        v = {"list": [v], "tuple": (v,), "dict": {"k": v}}[kind]
    return v


def writes():
    yield write("nothing", None)
    yield write("booleans are no integers", [True, False, 1, 0])
    yield write("small integers", [0, -1, 255, 256, -256])
    yield write("the edges of int64", [2**63 - 1, -(2**63)])
    yield write("beyond int64", [2**63, -(2**63) - 1, 2**64 - 1, 2**64, 10**40])
    yield write("an integer of 4300 digits", 10**4300 - 1)
    yield write("a negative integer of 4300 digits", 1 - 10**4300)
    yield write("a string", "hello")
    yield write("an empty string", "")
    yield write("every ASCII character", "".join(map(chr, range(128))))
    yield write("characters beyond ASCII", "\x80\xa0é߿ࠀ\ud7ff\ue000￿")
    yield write("characters beyond the basic plane", "\U00010000\U0001f600\U0010ffff")
    yield write("half of a surrogate pair", ["\ud800", "a\udfffb", "\ude00\ud83d"])
    yield write("what browsers mind and JSON does not", "</script>&'\u2028\u2029/")
    yield write("a long string with one escape at each place", ["x" * i + '"' + "y" * (20 - i) for i in range(20)])
    yield write("empty containers", [[], {}, (), b"", Markup("")])
    yield write("keys in the order of code points", {"b": 1, "a": 2, "Z": 3, "": 4, "é": 5, "￿": 6, "\U00010000": 7, "aa": 8, "\ud800": 9})
    yield write("keys that need escapes", {'"': 1, "\\": 2, "\n": 3, "\x7f": 4})
    yield write("a tuple", (1, "a", (2,)))
    yield write("bytes", [b"a", b"ab", b"abc", bytes(range(256))])
    yield write("markup", Markup("<b>é</b>"))
    yield write("a UUID", ID)
    yield write("dates", [WHEN, datetime(100, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC)])
    yield write("every tag in every container", {"l": [(1,), b"x", Markup("m"), ID, WHEN], "t": ((1,), b"x", Markup("m"), ID, WHEN), "d": {"t": (1,), "b": b"x", "m": Markup("m"), "u": ID, "d": WHEN}})
    for key in (" di", " t", " b", " m", " u", " d"):
        yield write(f"a dict whose one key is the tag {key!r}", {key: 1})
        yield write(f"such a dict inside, key {key!r}", [{key: [1]}, {"a": {key: (1,)}}, {key: {key: {key: None}}}])
        yield write(f"a dict with the key {key!r} and another", {key: 1, "a": 2})
    yield write("keys that are nearly tags", [{" t__": 1}, {" x": 1}, {"t": 1}, {" ": 1}, {" T": 1}, {" di__": 1}, {"  t": 1}])
    yield write("a dict that looks as if it were escaped", {" di": {" t__": 1}})
    yield write("flashed messages", {"_flashes": [("message", "Hello"), ("error", Markup("<i>no</i>"))]})
    yield write("a session of Flask-Login", {"_fresh": True, "_id": "ab" * 64, "_user_id": "1", "_permanent": True, "csrf_token": "65b1"})
    for kind in ("list", "tuple", "dict"):
        yield write(f"40 levels of {kind}", nested(40, kind))


def floats():
    values = [0.0, -0.0, 1.0, -1.0, 0.1, 1.5, 100.0, 1e15, 1e16, 1e17, 123456789012345680.0, 9999999999999998.0, 1e21, 1e22, 1e23, 1e100, 1e308,
              1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 1e-4, 0.00012345, 9.999e-5, 1e-5, 1e-10, 1e-100, 0.30000000000000004, 2**53.0, 2**53 + 2.0,
              3.141592653589793, 299792458.0, 1 / 3, 2 / 3, 1e15 + 0.5, float("nan"), float("inf"), float("-inf")]
    rng = random.Random(1)
    for _ in range(300):
        values.append(struct.unpack(">d", rng.randbytes(8))[0])
        values.append(rng.uniform(-1, 1) * 10.0 ** rng.randint(-8, 20))
        values.append(float(rng.randint(-(10**17), 10**17)))
    for f in values:
        if math.isnan(f):
            f = float("nan")
        yield {"bits": struct.pack(">d", f).hex(), "json": flask.dumps(f)}


def reads():
    yield read("whitespace around everything", ' \t\r\n{ "a" : [ 1 , { } , [ ] ] , "b" : null } \n')
    for word in ("true", "false", "null", "NaN", "Infinity", "-Infinity"):
        yield read(f"the word {word}", word)
    for bad in ("True", "nan", "-NaN", "Inf", "+1", "infinity", "nul", "truex", "tru", "-", "-I", "-Infinit", "- 1", "undefined", "'a'"):
        yield read(f"no value: {bad}", bad)
    for good in ("0", "-0", "12", "-12", "1.5", "-0.0", "1e2", "1E+2", "1e-2", "1.5e300", "1E400", "-1e400", "1e-400", "0.1e1", "0e5", "9223372036854775808", "-9223372036854775809", "123456789012345678901234567890"):
        yield read(f"the number {good}", good)
    for bad in ("01", "-01", "1.", ".5", "1.e5", "1e", "1e+", "0x10", "1_000", "--1", "1.5.5", "00", "1e5.5", "٣"):
        yield read(f"no number: {bad}", bad)
    yield read("an integer of 4300 digits", "9" * 4300)
    yield read("a negative integer of 4300 digits", "-" + "9" * 4300)
    yield read("an integer of 4301 digits", "1" + "0" * 4300)
    yield read("an integer of 4301 digits inside", '{"a":[' + "1" * 4301 + "]}")
    yield read("a float of 5000 digits", "1" * 5000 + ".0")
    yield read("every escape", r'"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\uFFFF"')
    yield read("a surrogate pair", r'"\ud83d\ude00"')
    yield read("half a surrogate pair", r'["\ud83d","\ude00","\ud83dx","\ude00\ud83d","\ud83d\ud83d\ude00","\ud83d\u0041","\ud83d\n"]')
    yield read("half a surrogate pair as a key", r'{"\ud83d":1}')
    yield read("raw characters beyond ASCII", '"\x7f\x80é€\U0001f600"')
    for bad in (r'"\x41"', r'"\u12"', r'"\u12g4"', r'"\u"', r'"\U0041"', r'"\a"', r'"\0"', r'"\'"', r'"\ud83d\u12"', '"\\', '"\\"', '"\\u004', '"\n"', '"\t"', '"\x00"', '"\x1f"', '"a', '"', r'"\u0x41"', r'"\u 041"', r'"\u+041"'):
        yield read(f"no string: {bad!r}", bad)
    for bad in (b'"\xff"', b'"\xc3"', b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"abcdefgh\x80"', b'{"\xc3\x28":1}', b"\xff", b'\xef\xbb\xbf{}', b'\xe9'):
        yield read(f"no UTF-8: {bad!r}", bad)
    for bad in ("", " ", "{", "}", "[", "]", "{}}", "[]]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{,"a":1}', '{"a" 1}', '{"a":1]', "{1:2}", "{a:1}", '{"a":1 "b":2}', "{} {}", "1 2", "[] x", '{"a":}', '{"a"::1}', '{"a":1,,"b":2}', "[1,,2]", "/**/1", "[1//\n]", "\x0b1", "\xa01"):
        yield read(f"malformed: {bad!r}", bad)
    yield read("the last of equal keys counts", '{"a":1,"b":2,"a":3}')
    yield read("equal keys with different escapes", r'{"a":1,"\u0061":2}')
    yield read("equal keys that are a tag are one key", '{" t":1," t":[2]}')
    yield read("equal keys that are a tag, and another", '{" t":[1]," t":[2],"a":1}')
    yield read("a tag in escapes", r'{"\u0020t":[1]}')
    yield read("unknown tags pass", '[{" x":[1]},{" T":1},{"t":[1]},{" t ":[1]}]')
    yield read("a dict with a tag and another key", '{" t":[1],"a":1}')
    yield read("malformed in a value that an equal key replaces", '{"a":{" t":5},"a":1}', strict="values are read as they come")
    # Tags.
    yield read("a tuple", '{" t":[1,{" t":[]}]}')
    yield read("a tuple in a tuple's tag", '{" t":{" t":[1]}}')
    for bad in ("1", "true", "null", "1.5"):
        yield read(f"a tuple of {bad}", '{" t":%s}' % bad)
    yield read("a tuple of a string", '{" t":"ab"}', strict="Flask never writes it")
    yield read("a tuple of an object", '{" t":{"a":1,"b":2}}', strict="Flask never writes it")
    yield read("a tuple of bytes", '{" t":{" b":"YQ=="}}', strict="Flask never writes it")
    yield read("a tuple of markup", '{" t":{" m":"ab"}}', strict="Flask never writes it")
    for text in ("", "YQ==", "YWI=", "YWJj", "+/+/"):
        yield read(f"bytes: {text!r}", '{" b":"%s"}' % text)
    for bad in ('"QQ"', '"QQ="', '"A"', '"é"', "1", "null", "[]", "{}", "true"):
        yield read(f"no bytes: {bad}", '{" b":%s}' % bad)
    for junk in ('"!"', '"-_-_"', '"Q Q = ="', '"YQ==YQ=="', '"YR=="', '"YQ==\\n"', '"YWJj\\r\\n"'):
        yield read(f"bytes with what is not base64: {junk}", '{" b":%s}' % junk, strict="Python drops it")
    yield read("bytes in bytes", '{" b":{" b":"WVE9PQ=="}}', strict="Flask never writes it")
    yield read("markup", '{" m":"<b>"}')
    for odd in ("5", "-0", "9223372036854775808", "null", "true", "false", "1.0", "1e16", "NaN", "Infinity", "-Infinity", '{" m":"x"}', '{" d":null}'):
        yield read(f"markup of {odd}", '{" m":%s}' % odd)
    for odd in ("[1]", '{"a":1}', '{" b":"YQ=="}', '{" t":[]}', '{" u":"%s"}' % ID.hex, '{" d":"%s"}' % "Mon, 02 Jan 2006 15:04:05 GMT"):
        yield read(f"markup of {odd}", '{" m":%s}' % odd, strict="Python calls str() on it")
    for text in (ID.hex, ID.hex.upper(), str(ID), ID.urn, "{%s}" % ID, "urn:uuid:" + ID.hex, "{{" + ID.hex + "}}", "6ba7b8109dad-11d180b400c04fd430c8-", "uuid:" + ID.hex[:16] + "urn:" + ID.hex[16:]):
        yield read(f"the UUID {text}", '{" u":"%s"}' % text)
    for bad in ('""', '"%s"' % ID.hex[1:], '"%s0"' % ID.hex, '"%sg"' % ID.hex[1:], "1", "null", "[]", "true", '"x{%s}"' % ID):
        yield read(f"no UUID: {bad}", '{" u":%s}' % bad)
    for odd in ('"0x%s"' % ID.hex[2:], '" %s "' % ID.hex[2:], '"+%s"' % ID.hex[1:], '"%s_%s"' % (ID.hex[:15], ID.hex[16:]), '"٣%s"' % ID.hex[1:]):
        yield read(f"a UUID by int(): {odd}", '{" u":%s}' % odd, strict="only hexadecimal digits")
    yield read("a date", '{" d":"Mon, 02 Jan 2006 15:04:05 GMT"}')
    yield read("a date with an offset", '{" d":"Mon, 02 Jan 2006 15:04:05 +0200"}')
    yield read("a date that can't be understood", '{" d":"yesterday"}')
    yield read("an empty date", '{" d":""}')
    yield read("no date", '{" d":null}')
    for bad in ("1", "true", "[1]", '{"a":1}', "1.5"):
        yield read(f"a date of {bad}", '{" d":%s}' % bad)
    for odd in ("0", "false", "[]", "{}", "0.0", '{" b":""}'):
        yield read(f"a date of {odd}", '{" d":%s}' % odd, strict="Flask never writes it")
    yield read("an escaped dict", '{" di":{" t__":[1]}}')
    yield read("an escaped dict of a tag unknown here", '{" di":{" x__":1}}')
    yield read("an escaped dict in one", '{" di":{" di__":{" di":{" t__":1}}}}')
    for bad in ("{}", "[]", "1", "null", '"ab"', "true", "[1]"):
        yield read(f"an escaped dict of {bad}", '{" di":%s}' % bad)
    for odd in ('{"a":1}', '{"ab":1}', '{" t__":1,"a":2}', '{"__":1,"a":2}', '{" di":{" t__":1}}'):
        yield read(f"an escaped dict of {odd}", '{" di":%s}' % odd, strict="Python drops the last two characters of the first key, whatever they are")
    for kind in ("list", "tuple", "dict"):
        yield read(f"100 levels of {kind}", flask.dumps(nested(100, kind)))


DATES = """Mon, 02 Jan 2006 15:04:05 GMT
Tue, 02 Jan 2006 15:04:05 GMT
Mon,02 Jan 2006 15:04:05 GMT
Mon 02 Jan 2006 15:04:05 GMT
mon 02 jan 2006 15:04:05 gmt
Monday, 02-Jan-06 15:04:05 GMT
Monday, 02-Jan-2006 15:04:05 GMT
02-Jan-06 15:04:05 GMT
Mon Jan  2 15:04:05 2006
Mon Jan 2 15:04:05 GMT 2006
Mon Jan 2 15:04:05 EST 2006
2 Jan 2006 15:04:05
2 Jan 2006 15:04
02 Jan 2006 15:04:05 GMT
Jan 02 2006 15:04:05 GMT
02 January 2006 15:04:05 GMT
02 SEPTEMBER 2006 15:04:05 GMT
02 May 2006 15:04:05 GMT
02 Sept 2006 15:04:05 GMT
Mon, 02 Jan 2006 15:04:05 +0200
Mon, 02 Jan 2006 15:04:05 -0330
Mon, 02 Jan 2006 15:04:05 +0000
Mon, 02 Jan 2006 15:04:05 -0000
Mon, 02 Jan 2006 15:04:05 +2359
Mon, 02 Jan 2006 15:04:05 +2400
Mon, 02 Jan 2006 15:04:05 -2400
Mon, 02 Jan 2006 15:04:05 +0260
Mon, 02 Jan 2006 15:04:05 +99999
Mon, 02 Jan 2006 15:04:05 +2
Mon, 02 Jan 2006 15:04:05 0200
Mon, 02 Jan 2006 15:04:05+0200
Mon, 02 Jan 2006 15:04:05-0200
Mon, 02 Jan 2006 15:04:05 EST
Mon, 02 Jan 2006 15:04:05 pdt
Mon, 02 Jan 2006 15:04:05 CET
Mon, 02 Jan 2006 15:04:05 Z
Mon, 02 Jan 2006 15:04:05 A
Mon, 02 Jan 2006 15:04:05 UT
Mon, 02 Jan 2006 15:04:05
Mon, 02 Jan 2006 15:04 GMT
Mon, 02 Jan 2006 15.04.05 GMT
Mon, 02 Jan 2006 15.04 GMT
Mon, 02 Jan 2006 15 GMT
Mon, 02 Jan 2006 15:04:05.5 GMT
Mon, 02 Jan 2006 1:2:3 GMT
Mon, 02 Jan 2006 24:00:00 GMT
Mon, 02 Jan 2006 23:59:60 GMT
Mon, 02 Jan 2006 23:60:00 GMT
Mon, 32 Jan 2006 15:04:05 GMT
Mon, 00 Jan 2006 15:04:05 GMT
Wed, 29 Feb 2006 15:04:05 GMT
Wed, 29 Feb 2008 15:04:05 GMT
Mon, 02 Jan 0001 00:00:00 GMT
Mon, 02 Jan 0000 00:00:00 GMT
Mon, 02 Jan 0099 00:00:00 GMT
Mon, 02 Jan 0100 00:00:00 GMT
Mon, 02 Jan 68 00:00:00 GMT
Mon, 02 Jan 69 00:00:00 GMT
Mon, 02 Jan 99 00:00:00 GMT
Mon, 02 Jan 100 00:00:00 GMT
Mon, 02 Jan 9999 23:59:59 GMT
Mon, 02 Jan 10000 00:00:00 GMT
Mon, 02 Jan 2_006 00:00:00 GMT
Mon, 02 Jan 2__006 00:00:00 GMT
Mon, 02 Jan _2006 00:00:00 GMT
Mon, 02 Jan 2006_ 00:00:00 GMT
Mon, +2 Jan 2006 15:04:05 GMT
Mon, -2 Jan 2006 15:04:05 GMT
Mon, 02 Jan +2006 15:04:05 GMT
Mon, 02 Jan 2006 +15:04:05 GMT
Mon, 02 Jan 2006 15:04:05 GMT and more
Mon, 02, Jan 2006 15:04:05 GMT
Mon, 02 Jan, 2006 15:04:05 GMT
Mon, Jan 02, 2006 15:04:05 GMT
Jan 02, 2006, 15:04:05, GMT
02 Jan 15:04:05 2006 GMT
02 Jan 15:04:05 GMT 2006
02 Jan GMT 15:04:05 2006
02 Jan GMT 15:04:05 -500
x,02 Jan 2006 15:04:05 GMT
a,b,02 Jan 2006 15:04:05 GMT
2006-01-02T15:04:05Z
2006-01-02 15:04:05
2006-01-02T15:04:05+02:00
01/02/2006
02 Jan 2006
02 Jan
Mon,
Mon
,
, ,
,,,,,
a b c d e
1 2 3 4 5
Mon, 02 Foo 2006 15:04:05 GMT
Mon, xx Jan 2006 15:04:05 GMT
Mon, 02 Jan xxxx 15:04:05 GMT
Mon, 02 Jan 2006 xx:04:05 GMT
Mon, 02 Jan 2006 15:04:05:06 GMT
Mon, 02 Jan 2006 15:04: GMT
Mon, 02 Jan 2006 : GMT
Mon, 02 Jan 99999999999999999999 15:04:05 GMT
Mon, 02 Jan 2006 15:04:05 99999999999999999999
Mon, 02 Jan 2006 15:04:05 2399999999999
Mon, 02 Jan 2006 15:04:05 2400000000000
Mon, 02 Jan 2006 15:04:05 -2400000000000
Mon, 02 Jan 2006 15:04:2147483647 GMT
Mon, 02 Jan 2006 15:04:2147483648 GMT
Mon, 2147483648 Jan 2006 15:04:05 GMT
Mon, 2147483648 Jan 2006 15:04:05 +9999
Mon, 2147483648 Jan 2006 15:04:x GMT
yesterday
now
0""".split("\n") + ["", " ", "\t02\tJan\n2006 15:04:05\rGMT ", "02\u00a0Jan\u20032006 15:04:05 GMT", "02\x1cJan\x1f2006 15:04:05 GMT"]


def dates(texts=DATES):
    for text in texts:
        try:
            value = parse_date(text)
        except OverflowError as e:  # of a number beyond a C int: a 500 in Flask
            yield {"text": text, "value": None, "error": type(e).__name__}
            continue
        yield {"text": text, "value": None if value is None else describe(value)[1]}


class TagSet(JSONTag):
    """A tag for what no other takes."""

    key = " s"

    def check(self, value):
        return isinstance(value, set)

    def to_json(self, value):
        return [self.serializer.tag(item) for item in sorted(value)]

    def to_python(self, value):
        return set(value)


class TagPair(JSONTag):
    """A special case of a list, to be asked first."""

    key = " p"

    def check(self, value):
        return isinstance(value, list) and len(value) == 2

    def to_json(self, value):
        return {"a": self.serializer.tag(value[0]), "b": self.serializer.tag(value[1])}

    def to_python(self, value):
        return [value["a"], value["b"]]


def custom():
    """What a serializer with " s" registered last and " p" first makes of values."""
    serializer = TaggedJSONSerializer()
    serializer.register(TagSet)
    serializer.register(TagPair, index=0)
    for name, value in [
        ("a set", {"set": {"b", "a"}}),
        ("a pair", [1, 2]),
        ("pairs in pairs, with tags", [[(1,), b"x"], [[1, 2], {" p": 1}]]),
        ("a list that is no pair", [1, 2, 3]),
        ("a dict whose one key is a custom tag", {" s": 1}),
        ("a dict whose one key is another's tag", {" x": 1}),
        ("a set in a tuple", ({"a"},)),
    ]:
        text = serializer.dumps(value)
        assert serializer.loads(text) == value
        yield {"name": name, "json": text}


# ---------------------------------------------------------------- random values


def random_string(rng):
    alphabet = [chr(c) for c in range(0x20, 0x7F)] * 3 + [chr(c) for c in range(0x20)] + list('\x7f\x80é߿ࠀ\ud7ff\ud800\udbff\udc00\udfff\ue000￿\U00010000\U0001f600\U0010ffff"\\/')
    s = "".join(rng.choice(alphabet) for _ in range(rng.choice([0, 1, 2, 5, 9, 30])))
    return s.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # joins pairs, as JSON does


def random_value(rng, depth=4):
    kind = rng.randrange(14 if depth else 10)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.randint(-1000, 1000)
    if kind == 2:
        return rng.randint(-(2 ** rng.randint(1, 200)), 2 ** rng.randint(1, 200))
    if kind == 3:
        return rng.choice([rng.uniform(-1, 1) * 10.0 ** rng.randint(-330, 308), float(rng.randint(-(10**18), 10**18)), rng.randint(-99, 99) / 4, float("inf"), float("-inf"), -0.0])
    if kind in (4, 5):
        return random_string(rng)
    if kind == 6:
        return rng.randbytes(rng.randint(0, 20))
    if kind == 7:
        return Markup(random_string(rng))
    if kind == 8:
        return UUID(bytes=rng.randbytes(16))
    if kind == 9:
        return datetime(100, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(312413759999))
    size = rng.choice([0, 1, 1, 1, 2, 3, 6])
    if kind == 10:
        return [random_value(rng, depth - 1) for _ in range(size)]
    if kind == 11:
        return tuple(random_value(rng, depth - 1) for _ in range(size))
    keys = [" di", " t", " b", " m", " u", " d", " t__", " x"]
    return {rng.choice(keys) if rng.random() < 0.4 else random_string(rng): random_value(rng, depth - 1) for _ in range(size)}


def mutated(rng, text):
    data = bytearray(text.encode())
    pieces = [b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b" ", b"\n", b"\x00", b"\x7f", b"\xff", b"\xc3\xa9", b"\xed\xa0\x80", b"0", b"-", b"1.", b"e9", b"NaN", b"Infinity", b"null",
              b'{" t":', b'{" b":', b'{" u":', b'{" d":', b'{" di":', b'{" m":', b"\\u", b"\\ud83d", b"true", b"=", b"__", b'"a":1,']
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at = rng.randint(0, len(data))
        match rng.randrange(4):
            case 0:
                data[at:at] = rng.choice(pieces)
            case 1:
                del data[at : at + rng.choice([1, 1, 2, 5])]
            case 2:
                data[at : at + 1] = rng.choice(pieces)
            case 3:
                start = rng.randint(0, len(data))
                data[at:at] = data[start : start + rng.randint(1, 12)]
    return bytes(data)


def random_date(rng):
    words = [word for text in rng.sample(DATES, 3) for word in text.split()]
    if rng.random() < 0.7:
        words = [rng.choice(["Mon,", "mon", "x,"]), str(rng.randint(0, 32)), rng.choice(["Jan", "feb", "MARCH"]), str(rng.choice([rng.randint(0, 120), rng.randint(1900, 2100), 9999])),
                 f"{rng.randint(0, 24)}:{rng.randint(0, 60)}:{rng.randint(0, 60)}", rng.choice(["GMT", "", "EST", f"{rng.choice('+-')}{rng.randint(0, 2500):04}"])]
        for _ in range(rng.randint(0, 2)):
            i, j = rng.randrange(6), rng.randrange(6)
            words[i], words[j] = words[j], words[i]
    else:
        words = rng.sample(words, min(len(words), rng.randint(3, 7)))
    text = rng.choice([" ", "  ", " ", "\t"]).join(words)
    if rng.random() < 0.3:
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice([",", ":", "-", "+", ".", " ", "_", "0", "9", ""]) + text[at + rng.randint(0, 1) :]
    return text


def main():
    for package, pinned in PINNED.items():
        if version(package) != pinned:
            sys.exit(f"{package} {pinned} is needed, not {version(package)}")
    if sys.argv[1:2] == ["--random"]:
        n = int(sys.argv[2])
        rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
        values = [random_value(rng) for _ in range(n)]
        out = {
            "write": [write(str(i), v) for i, v in enumerate(values)],
            "read": [read(str(i), mutated(rng, flask.dumps(v))) for i, v in enumerate(values)],
        }
        out["dates"] = list(dates(random_date(rng) for _ in range(n)))
    else:
        out = {"write": list(writes()), "floats": list(floats()), "read": list(reads()), "dates": list(dates()), "custom": list(custom())}
    out["made_with"] = PINNED
    for kind, rows in out.items():
        if kind != "made_with":
            names = [row.get("name", "") for row in rows if "name" in row]
            assert len(names) == len(set(names)), f"a name stands twice in {kind}: {[n for n in names if names.count(n) > 1][:1]}"
    sys.stdout.write("{\n" + ",\n".join(
        json.dumps(kind) + (": [\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]" if isinstance(rows, list) else ": " + json.dumps(rows))
        for kind, rows in out.items()) + "\n}\n")


main()
