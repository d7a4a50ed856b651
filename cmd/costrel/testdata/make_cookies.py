"""Makes the cookies in testdata/script/*.txtar with the libraries that they are
meant to come from, all signed at one moment:

    pip install flask==3.1.3 flask-login==0.6.3 flask-wtf==1.2.2 \
        starlette==0.50.0 httpx==0.28.1 django==5.2.8 pyjwt==2.10.1
    python make_cookies.py
"""

import itertools
import secrets
import time
import uuid
from datetime import datetime, timezone
from unittest import mock

import django.conf
import django.core.signing
import flask
import flask_login
import jwt
import starlette.applications
import starlette.middleware
import starlette.middleware.sessions
import starlette.responses
import starlette.routing
import starlette.testclient
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer
from markupsafe import Markup

NOW = 1767225600  # 2026-01-01 00:00:00 UTC
KEY = "correct horse battery staple 2026"
OLD_KEY = "the key that came before it, 2025"


def session_cookie(fill, key=KEY, **config):
    """The session cookie of a response to a request that fills the session."""
    app = flask.Flask(__name__)
    app.config.update(SECRET_KEY=key, **config)
    flask_login.LoginManager(app)

    @app.get("/")
    def index():
        fill()
        return ""

    return app.test_client().get("/").headers["Set-Cookie"]


def value(set_cookie):
    return set_cookie.split("=", 1)[1].split(";")[0]


def login():
    user = flask_login.UserMixin()
    user.id = "42"
    flask_login.login_user(user)
    flask.flash("Welcome back!")
    flask.session["csrf_token"] = "b1946ac92492d2347c6235b4d2611184a1b2c3d4"
    flask.session.permanent = True


def every_type():
    flask.session.update(
        none=None,
        true=True,
        integer=42,
        large=2**70,
        real=1.0,
        text="héllo",
        escape="\x1b[31mred",
        bytes=b"\x00\xff",
        markup=Markup("<b>bold</b>"),
        uuid=uuid.UUID("12345678-1234-5678-1234-567812345678"),
        date=datetime(2026, 1, 31, 15, 4, 5, tzinfo=timezone.utc),
        pair=(1, "two"),
        cart=[{"name": "tea", "price": 2.5}, {"name": "milk", "price": 1.25}],
        empty=[],
    )


def large():
    flask.session["text"] = "abc" * 200


def csrf_token():
    app = flask.Flask(__name__)
    app.config["SECRET_KEY"] = KEY
    with app.test_request_context():
        flask.session["csrf_token"] = "b1946ac92492d2347c6235b4d2611184a1b2c3d4"
        return generate_csrf()


def starlette_cookie():
    async def index(request):
        request.session["user"] = "ada"
        return starlette.responses.PlainTextResponse("")

    app = starlette.applications.Starlette(
        routes=[starlette.routing.Route("/", index)],
        middleware=[
            starlette.middleware.Middleware(
                starlette.middleware.sessions.SessionMiddleware, secret_key=KEY
            )
        ],
    )
    return starlette.testclient.TestClient(app).get("/").headers["Set-Cookie"]


def remember_token():
    app = flask.Flask(__name__)
    app.config["SECRET_KEY"] = KEY
    with app.app_context():
        return flask_login.encode_cookie("42")


def flask_session_id():
    """What Flask-Session 0.8 sends with SESSION_USE_SIGNER."""
    from itsdangerous import Signer

    sid = "pGBaDkUuyNnBsYvzQVzRPMNl8bCkPcWBbGiE0yQ7lZI"
    return Signer(KEY, salt="flask-session", key_derivation="hmac").sign(sid).decode()


def set_user():
    flask.session["user_id"] = 42


def main():
    django.conf.settings.configure(SECRET_KEY=KEY)
    cookies = {
        "session": value(session_cookie(set_user)),
        "session by the old key": value(session_cookie(set_user, key=OLD_KEY)),
        "Set-Cookie": session_cookie(
            set_user, SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="Lax"
        ),
        "login": value(session_cookie(login)),
        "every type": value(session_cookie(every_type)),
        "large": value(session_cookie(large)),
        "csrf": csrf_token(),
        "link": URLSafeTimedSerializer(KEY).dumps("ada@example.com", salt="email-confirm"),
        "link without a time": URLSafeSerializer(KEY).dumps({"id": 7}),
        "starlette": starlette_cookie(),
        "django": django.core.signing.dumps({"user": 42}),
        "django without a time": django.core.signing.Signer().sign("ada"),
        "jwt": jwt.encode({"sub": "42", "iat": NOW}, KEY, algorithm="HS256"),
        "remember": remember_token(),
        "flask-session": flask_session_id(),
    }
    for name, cookie in cookies.items():
        print(f"{name}\n    {cookie}")


if __name__ == "__main__":
    with mock.patch.object(time, "time", lambda: float(NOW)):
        main()
