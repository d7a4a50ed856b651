"""A Flask application that logs its users in with Flask-Login and guards its forms with Flask-WTF, configured by FLASK_* alone."""

from flask import Flask, abort, jsonify, request
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from flask_wtf.csrf import CSRFProtect, generate_csrf

app = Flask(__name__)
app.config.from_prefixed_env()

logins = LoginManager(app)
csrf = CSRFProtect(app)


class User(UserMixin):
    def __init__(self, id):
        self.id = id


@logins.user_loader
def load(id):
    return User(id)


@app.get("/ready")
def ready():
    return "ready\n"


@app.post("/login")
@csrf.exempt
def login():
    if not request.form.get("name"):
        abort(400)
    login_user(User(request.form["name"]), remember="remember" in request.form)
    return "in\n"


@app.post("/logout")
@csrf.exempt
def logout():
    logout_user()
    return "out\n"


@app.get("/me")
@login_required
def me():
    return jsonify(current_user.get_id())


@app.get("/csrf")
def token():
    return generate_csrf()


@app.post("/guarded")
def guarded():
    return "passed\n"
