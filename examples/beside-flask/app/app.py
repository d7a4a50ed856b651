"""The Flask application: what has not moved to Go yet. It knows nothing of Go."""

import logging
import signal
import sys
import threading
from importlib.metadata import version

from flask import Flask, flash, redirect, render_template, request, session
from werkzeug.serving import make_server

app = Flask(__name__)
app.config.from_prefixed_env()


@app.get("/")
def home():
    return render_template("home.html", flask=version("flask"))


@app.post("/login")
def login():
    name = request.form["name"].strip()[:40]
    if not name:
        flash("Please enter a name. Any will do.", "error")
        return redirect("/", 303)
    session["user"] = name
    session.permanent = "remember" in request.form
    flash("You are logged in: Flask wrote this, and Go reads it.")
    return redirect("/cart", 303)


@app.post("/logout")
def logout():
    session.clear()
    return redirect("/", 303)


if __name__ == "__main__":
    # ctrl-C is for the program that started this one, which then closes the
    # standard input; so does its end, whatever it was.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(server.port, flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
    server.serve_forever()
