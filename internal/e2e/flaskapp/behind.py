"""A Flask application behind a gateway: it logs its users in with Flask-Login, configured by FLASK_* alone, and shows whom
the gateway takes them for."""

import os
from collections import Counter

from flask import Flask, jsonify, redirect, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from itsdangerous import BadData, URLSafeTimedSerializer

app = Flask(__name__)
app.config.from_prefixed_env()
logins = LoginManager(app)
identities = URLSafeTimedSerializer(os.environ.get("IDENTITY_KEY", "no key"), salt="costrel.identity")
requests = Counter()


class User(UserMixin):
    def __init__(self, id):
        self.id = id


@logins.user_loader
def load(id):
    return User(id)


@app.before_request
def count():
    requests[request.path] += 1


@app.get("/ready")
def ready():
    return "ready\n"


@app.get("/login")
def form():
    return "<form method=post>"


@app.post("/login")
def login():
    login_user(User(request.form["name"]))
    session["role"] = request.form.get("role", "user")
    # Not checked: the gateway must send nothing but a path of this site.
    return redirect(request.args.get("next", "/whoami"))


@app.post("/logout")
def logout():
    logout_user()
    return "out\n"


@app.route("/whoami", methods=["GET", "POST"])
@app.get("/public/whoami", endpoint="public")
def whoami():
    try:
        identity = identities.loads(request.headers.get("X-Identity", ""), max_age=30)
    except BadData:
        identity = None
    return jsonify(
        # Every variable that a header of the client could have become.
        headers={name: value for name, value in request.environ.items() if "USER" in name or "IDENTITY" in name},
        identity=identity,
        login=current_user.get_id(),
        path=request.path,
        query=request.query_string.decode(),
        forwarded={name: request.headers.get(name) for name in ("X-Forwarded-For", "X-Forwarded-Proto")},
        body=len(request.get_data()),
    )


@app.get("/public/upgrade", endpoint="plain")
@app.get("/public/upgrade", websocket=True)
def upgrade():
    # In a header, since Envoy leaves out the body where it waits for another protocol.
    return "", {"X-Upgrade": request.headers.get("Upgrade", "none")}


@app.get("/public/requests")
def show():
    return jsonify(requests)


@app.get("/check")
def check():
    """What the gateway does, in Flask: the rules of the load comparison."""
    return "", 204 if current_user.is_authenticated else 401
