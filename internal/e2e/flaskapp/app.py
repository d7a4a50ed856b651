"""A Flask application for the tests, configured by FLASK_* alone.

Its routes are those of the Go application in goapp_test.go, so that a test can send one browser to both. Steps are those
of ../oracle.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask, jsonify, request, session

from oracle import take, typed

app = Flask(__name__)
app.config.from_prefixed_env()


@app.get("/ready")
def ready():
    return "ready\n"


@app.post("/login")
def login():
    session.clear()
    session["user"] = request.form["name"]
    session.permanent = request.form.get("remember") == "on"
    return "in\n"


@app.post("/logout")
def logout():
    session.clear()
    return "out\n"


@app.get("/session")
def show():
    return jsonify(typed(dict(session)))


@app.post("/steps")
def steps():
    return jsonify(take(request.get_json()))
