"""Flask at the same jobs: answers "job content n" with the nanoseconds that n repetitions took."""
import json
import sys
import time

import flask
import itsdangerous

contents = json.loads(sys.stdin.readline())
app = flask.Flask("bench")
app.secret_key = "0123456789abcdef0123456789abcdef"


@app.get("/set/<name>")
def set_(name):
    flask.session.update(contents[name])
    return "ok"


@app.get("/none touched")
def none():
    return "ok"


@app.get("/read one")
def read_one():
    assert flask.session["user_id"]
    return "ok"


@app.get("/read all")
def read_all():
    assert len(dict(flask.session))
    return "ok"


@app.get("/change one")
def change():
    flask.session["user_id"] += 1
    return "ok"


cookies = {}
for name in contents:
    answer = app.test_client().get("/set/" + name)
    cookies[name] = answer.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
versions = {"python": sys.version.split()[0]} | {
    name: __import__("importlib.metadata").metadata.version(name) for name in ("flask", "werkzeug", "itsdangerous")
}
print(json.dumps({"cookies": cookies, "versions": versions}), flush=True)

serializer = app.session_interface.get_signing_serializer(app)
signer = serializer.make_signer()
max_age = 31 * 24 * 60 * 60


def request(job, name):
    """A WSGI call, without a server or a socket."""
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/" + job, "SCRIPT_NAME": "", "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost", "HTTP_COOKIE": "session=" + cookies[name],
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": sys.stdin.buffer, "wsgi.errors": sys.stderr,
        "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }

    def start(status, headers):
        assert status == "200 OK", status

    def once():
        answer = app(environ.copy(), start)
        b"".join(answer)
        answer.close()

    return once


with app.app_context():
    for line in sys.stdin:
        job, name, n = line.rstrip("\n").split("\t")
        token = cookies[name].encode()
        content = contents[name]
        once = {
            "verify": lambda: signer.unsign(token, max_age=max_age),
            "load": lambda: serializer.loads(token, max_age=max_age),
            "produce": lambda: serializer.dumps(content),
        }.get(job) or request(job, name)
        start = time.perf_counter_ns()
        for _ in range(int(n)):
            once()
        print(time.perf_counter_ns() - start, flush=True)
