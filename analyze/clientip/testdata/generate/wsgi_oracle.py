# SPDX-License-Identifier: Apache-2.0
"""Asks what runs under gunicorn: gunicorn's parser makes the environment of WSGI,
and Werkzeug's ProxyFix or Django reads it."""

import sys
from importlib.metadata import version

from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser

import oracle


class Sock:
    def send(self, data):
        pass

    def getsockname(self):
        return ("127.0.0.1", 80)


def environ(peer, request, **settings):
    config = Config()
    for name, value in settings.items():
        config.set(name, value)
    address = (peer, 4711)
    try:
        parsed = next(RequestParser(config, iter([request]), address))
        _, env = wsgi.create(parsed, Sock(), address, ("127.0.0.1", 80), config)
    except Exception as refused:  # gunicorn answers 400
        print(refused, file=sys.stderr)
        return None
    return env


def remote_addr(app_of, peer, request, **settings):
    env = environ(peer, request, **settings)
    if env is None:
        return None
    seen = []

    def app(env, start_response):
        seen.append(env["REMOTE_ADDR"])
        return []

    app_of(app)(env, lambda *_: None)
    return seen[0]


def gunicorn():
    source = "gunicorn " + version("gunicorn")
    trusting = {"forwarded_allow_ips": "*", "proxy_allow_ips": "*"}
    for words, settings in {
        "": {},
        "proxy-protocol=on": {"proxy_protocol": True, **trusting},
    }.items():
        for number, peer, request in oracle.inputs(announced="proxy_protocol" in settings):
            oracle.emit("gunicorn", words, source, number, remote_addr(lambda app: app, peer, request, **settings))


def proxyfix(newest):
    from werkzeug.middleware.proxy_fix import ProxyFix

    of = "" if newest else "version=" + version("werkzeug")
    source = f"werkzeug {version('werkzeug')} under gunicorn {version('gunicorn')}"
    for hops in range(5):
        for number, peer, request in oracle.inputs():
            got = remote_addr(lambda app: ProxyFix(app, x_for=hops, x_proto=1, x_host=1, x_port=1), peer, request)
            oracle.emit("proxyfix", oracle.joined(f"for={hops}", of), source, number, got)


def django():
    import django
    from django.conf import settings

    settings.configure(USE_X_FORWARDED_HOST=True, USE_X_FORWARDED_PORT=True, ALLOWED_HOSTS=["*"], SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
    from django.core.handlers.wsgi import WSGIRequest

    source = f"django {django.__version__} under gunicorn {version('gunicorn')}"
    for number, peer, request in oracle.inputs():
        env = environ(peer, request)
        oracle.emit("django", "", source, number, None if env is None else WSGIRequest(env).META["REMOTE_ADDR"])


if "proxyfix" in sys.argv:
    proxyfix("newest" in sys.argv)
if "django" in sys.argv:
    django()
if "gunicorn" in sys.argv:
    gunicorn()
