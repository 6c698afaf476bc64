# SPDX-License-Identifier: Apache-2.0
"""Asks tornado's own HTTP server."""

import collections
import collections.abc
import socket
import sys

collections.MutableMapping = collections.abc.MutableMapping  # tornado 5 on a newer Python

import tornado
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream

import oracle

OF = "" if "newest" in sys.argv else "version=" + tornado.version

SETTINGS = {
    "": {"xheaders": True},
    "trusted=10.0.0.9": {"xheaders": True, "trusted_downstream": ["10.0.0.9"]},
    "trusted=1.1.1.1,10.0.0.9,6.6.6.6": {"xheaders": True, "trusted_downstream": ["1.1.1.1", "10.0.0.9", "6.6.6.6"]},
    "trusted=10.0.0.0/8": {"xheaders": True, "trusted_downstream": ["10.0.0.0/8"]},
    "xheaders=off": {"xheaders": False},
}


async def ask(server, seen, listener, peer, request):
    seen.clear()
    client = socket.create_connection(listener.getsockname())
    accepted, _ = listener.accept()
    accepted.setblocking(False)
    client.setblocking(False)
    server.handle_stream(IOStream(accepted), (peer, 4711))
    stream = IOStream(client)
    await stream.write(request)
    try:
        await stream.read_until_close()
    finally:
        stream.close()
    return seen[0] if seen else None


async def main():
    listener = socket.create_server(("127.0.0.1", 0))
    for words, settings in SETTINGS.items():
        seen = []

        def app(request):
            seen.append(request.remote_ip)
            request.connection.write_headers(tornado.httputil.ResponseStartLine("HTTP/1.1", 204, "No Content"), tornado.httputil.HTTPHeaders())
            request.connection.finish()

        server = HTTPServer(app, **settings)
        for number, peer, request in oracle.inputs():
            oracle.emit("tornado", oracle.joined(words, OF), "tornado " + tornado.version, number, await ask(server, seen, listener, peer, request))


IOLoop.current().run_sync(main)
