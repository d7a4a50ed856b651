"""What real Flask does with a session, asked over stdin and stdout.

One JSON request a line, one JSON answer a line:

    {"do": "load",    "config": C, "now": T, "headers": [H, ...]}   -> [outcome, ...]
    {"do": "dump",    "config": C, "now": T, "sessions": [V, ...]}  -> [{"cookie", "json"} or {"error"}, ...]
    {"do": "respond", "config": C, "now": T, "requests": [{"cookies": [H, ...], "steps": [S, ...]}, ...]}
                                                                    -> [{"status", "set_cookie", "vary", "results"}, ...]

C is Flask's configuration by its own names; the lower-case names "salt", "digest" and "key_derivation" set attributes
of SecureCookieSessionInterface. T is Unix time, at which the clock stands still. H is one Cookie header, base64 of its bytes.
V is a value with its type, see typed; S is a step, see STEPS.

testdata/make_vectors.py imports this file, so that vectors and live comparison come from the same code.
"""

import base64
import hashlib
import json
import sys
from datetime import datetime, timezone
from uuid import UUID

import flask.sessions
from flask import Flask, flash, get_flashed_messages, request, session
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner
from markupsafe import Markup


# --- values with their types -----------------------------------------------------------------------------------------

def typed(v):
    """A Python value as [type, content], so that no type is lost on the way through JSON.

    ["null"], ["bool", true], ["int", "decimal"], ["float", repr], ["str", text], ["wtf8", base64 of a text that holds
    lone surrogates], ["bytes", base64], ["markup", text], ["uuid", 32 hex digits], ["datetime", RFC 3339],
    ["tuple", [value, ...]], ["list", [value, ...]], ["dict", [[key as str or wtf8, value], ...]] in the dict's order.
    """
    if v is None:
        return ["null"]
    if isinstance(v, bool):
        return ["bool", v]
    if isinstance(v, int):
        return ["int", str(v)]
    if isinstance(v, float):
        return ["float", repr(v)]
    if isinstance(v, Markup):
        tag, text = typed(str(v))
        return ["markup", text] if tag == "str" else ["markup-wtf8", text]
    if isinstance(v, str):
        try:
            v.encode()
        except UnicodeEncodeError:
            return ["wtf8", b64(v.encode("utf-8", "surrogatepass"))]
        return ["str", v]
    if isinstance(v, bytes):
        return ["bytes", b64(v)]
    if isinstance(v, UUID):
        return ["uuid", v.hex]
    if isinstance(v, datetime):
        if v.tzinfo is None:
            v = v.replace(tzinfo=timezone.utc)
        return ["datetime", v.isoformat()]
    if isinstance(v, tuple):
        return ["tuple", [typed(x) for x in v]]
    if isinstance(v, list):
        return ["list", [typed(x) for x in v]]
    if isinstance(v, dict):
        return ["dict", [[typed(k), typed(x)] for k, x in v.items()]]
    raise TypeError(f"no type name for {type(v)}")


def untyped(t):
    """typed, reversed."""
    kind = t[0]
    if kind == "null":
        return None
    if kind in ("bool", "str"):
        return t[1]
    if kind == "int":
        return int(t[1])
    if kind == "float":
        return float(t[1])
    if kind == "wtf8":
        return base64.b64decode(t[1]).decode("utf-8", "surrogatepass")
    if kind == "bytes":
        return base64.b64decode(t[1])
    if kind == "markup":
        return Markup(t[1])
    if kind == "markup-wtf8":
        return Markup(base64.b64decode(t[1]).decode("utf-8", "surrogatepass"))
    if kind == "uuid":
        return UUID(t[1])
    if kind == "datetime":
        return datetime.fromisoformat(t[1])
    if kind == "tuple":
        return tuple(untyped(x) for x in t[1])
    if kind == "list":
        return [untyped(x) for x in t[1]]
    if kind == "dict":
        return {untyped(k): untyped(x) for k, x in t[1]}
    raise TypeError(f"no such type: {kind}")


def b64(b):
    return base64.b64encode(b).decode()


# --- a clock that stands still ---------------------------------------------------------------------------------------

class Clock:
    now = 0.0


class StoppedDatetime(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.fromtimestamp(Clock.now, tz)


def stop_clock():
    """Makes itsdangerous and flask.sessions, the two places that read the time, read Clock.now."""
    TimestampSigner.get_timestamp = lambda self: int(Clock.now)
    flask.sessions.datetime = StoppedDatetime


# --- a session's life in steps ---------------------------------------------------------------------------------------

def absent(f):
    try:
        return typed(f())
    except KeyError:
        return ["absent"]


def delete(k):
    if k in session:
        del session[k]


def put(k, inner, v):
    """A change inside a value: Flask has to be told of it."""
    session[k][inner] = v
    session.modified = True


STEPS = {
    "get": lambda k: absent(lambda: session[k]),
    "has": lambda k: typed(k in session),
    "len": lambda: typed(len(session)),
    "keys": lambda: typed(sorted(session)),
    "all": lambda: typed(dict(session)),
    "set": lambda k, v: session.__setitem__(k, untyped(v)),
    "delete": delete,
    "pop": lambda k: absent(lambda: session.pop(k)),
    "setdefault": lambda k, v: typed(session.setdefault(k, untyped(v))),
    "update": lambda v: session.update(untyped(v)),
    "clear": lambda: session.clear(),
    "put": lambda k, inner, v: put(k, inner, untyped(v)),
    "permanent": lambda: typed(bool(session.permanent)),
    "set_permanent": lambda v: setattr(session, "permanent", v),
    "set_modified": lambda: setattr(session, "modified", True),
    "flash": lambda message, category="message": flash(untyped(message), category),
    "flashes": lambda *categories: typed([tuple(f) for f in get_flashed_messages(True, categories)]),
}


def take(steps):
    """Does each step, [name, argument, ...], on the request's session; answers what each returned."""
    return [STEPS[name](*arguments) for name, *arguments in steps]


# --- applications ----------------------------------------------------------------------------------------------------

def make_app(config):
    app = Flask("oracle")
    app.config.update((k, v) for k, v in config.items() if k.isupper())

    class Interface(SecureCookieSessionInterface):
        salt = config.get("salt", "cookie-session")
        key_derivation = config.get("key_derivation", "hmac")
        digest_method = staticmethod(getattr(hashlib, config.get("digest", "sha1")))
        serializer = TaggedJSONSerializer()

    app.session_interface = Interface()

    @app.route("/", methods=["POST"])
    def steps():
        body = request.get_json()
        response = app.make_response(app.json.dumps(take(body["steps"])))
        for name, value in body.get("headers", []):
            response.headers.add(name, value)
        return response

    return app


def load(app, header):
    """What becomes of one Cookie header: absent, loaded, refused (a new session) or failed (Flask answers 500).

    With it, the values of every cookie of the session's name, of which Flask takes the first.
    """
    interface = app.session_interface
    with app.app_context():
        req = app.request_class({"HTTP_COOKIE": header.decode("latin-1"), "REQUEST_METHOD": "GET"})
        name = app.config["SESSION_COOKIE_NAME"]
        value, values = req.cookies.get(name), req.cookies.getlist(name)
        if not value:
            return {"outcome": "absent", "cookies": values}
        error = ""
        try:
            max_age = int(app.permanent_session_lifetime.total_seconds())
            interface.get_signing_serializer(app).loads(value, max_age=max_age)
        except Exception as e:
            error = type(e).__name__
        try:
            s = interface.open_session(app, req)
        except Exception as e:
            return {"outcome": "failed", "error": type(e).__name__, "cookies": values}
        if error:
            return {"outcome": "refused", "error": error, "cookies": values}
        return {"outcome": "loaded", "values": typed(dict(s)), "cookies": values}


def dump(app, values):
    """The JSON and the cookie value that Flask writes inside a request."""
    interface = app.session_interface
    with app.app_context():
        try:
            return {"json": interface.serializer.dumps(values), "cookie": interface.get_signing_serializer(app).dumps(values)}
        except Exception as e:
            return {"error": type(e).__name__}


def respond(app, req):
    """One whole request through the WSGI application."""
    headers = [("Cookie", base64.b64decode(h).decode("latin-1")) for h in req.get("cookies", [])]
    environ = {"HTTP_COOKIE": ";".join(h for _, h in headers)} if headers else {}
    with app.test_client(use_cookies=False) as client:
        r = client.post("/", json={"steps": req["steps"], "headers": req.get("headers", [])}, environ_overrides=environ)
    return {
        "status": r.status_code,
        "set_cookie": r.headers.getlist("Set-Cookie"),
        "vary": r.headers.getlist("Vary"),
        "results": json.loads(r.data) if r.status_code == 200 else None,
    }


def answer(q):
    app = make_app(q["config"])
    Clock.now = q["now"]
    if q["do"] == "load":
        return [load(app, base64.b64decode(h)) for h in q["headers"]]
    if q["do"] == "dump":
        return [dump(app, untyped(v)) for v in q["sessions"]]
    if q["do"] == "respond":
        return [respond(app, r) for r in q["requests"]]
    raise ValueError(q["do"])


def main():
    stop_clock()
    for line in sys.stdin:
        try:
            a = answer(json.loads(line))
        except Exception as e:
            a = {"error": f"{type(e).__name__}: {e}"}
        print(json.dumps(a), flush=True)


if __name__ == "__main__":
    main()
