# SPDX-License-Identifier: Apache-2.0
"""Asks uvicorn itself: its protocol is fed with the bytes of a request, and its
proxy headers middleware stands before the application."""

import asyncio
import sys

import uvicorn
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

import oracle

SETTINGS = {
    "": "127.0.0.1",
    "trust=*": "*",
    "trust=10.0.0.0/8": "10.0.0.0/8",
    "trust=10.0.0.5": "10.0.0.5",
    "trust=10.0.0.5,10.0.0.9,1.1.1.1": "10.0.0.5,10.0.0.9,1.1.1.1",
    "trust=10.0.0.5,unknown,2001:db8::1": "10.0.0.5,unknown,2001:db8::1",
    "trust=127.0.0.1,10.0.0.0/8,::1,fd00::/8": "127.0.0.1,10.0.0.0/8,::1,fd00::/8",
    "trust=10.0.0.5/8": "10.0.0.5/8",  # host bits: not a network
    "trust=10.0.0.0/255.0.0.0": "10.0.0.0/255.0.0.0",
    "trust=::ffff:10.0.0.5,::ffff:127.0.0.0/104": "::ffff:10.0.0.5,::ffff:127.0.0.0/104",
    "trust=127.0.0.1,*": "127.0.0.1,*",
}


class Transport:
    def __init__(self, peer):
        self.peer, self.closed = peer, False

    def get_extra_info(self, key):
        return {"sockname": ("10.0.0.1", 80), "peername": (self.peer, 4711)}.get(key)

    def write(self, data):
        pass

    def close(self):
        self.closed = True

    def is_closing(self):
        return self.closed

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass

    def set_protocol(self, protocol):
        pass


async def ask(protocol_class, trust, peer, request):
    seen = []

    async def app(scope, receive, send):
        seen.append((scope["client"] or ("",))[0] or "")
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    if trust is not None:
        app = ProxyHeadersMiddleware(app, trusted_hosts=trust)
    config = Config(app=app, lifespan="off", log_config=None, proxy_headers=False)
    config.load()
    try:
        protocol = protocol_class(config=config, server_state=ServerState(), app_state={})
    except TypeError:
        protocol = protocol_class(config=config, server_state=ServerState())
    protocol.connection_made(Transport(peer))
    protocol.data_received(request)
    for _ in range(20):
        await asyncio.sleep(0)
    return seen[0] if seen else None


async def main():
    newest = "newest" in sys.argv
    version = "" if newest else "version=" + uvicorn.__version__
    for words, trust in list(SETTINGS.items()) + [("proxy-headers=off", None)]:
        for number, peer, request in oracle.inputs():
            answers = [await ask(p, trust, peer, request) for p in (HttpToolsProtocol, H11Protocol)]
            got = {a for a in answers if a is not None}  # a parser may refuse what the other takes
            assert len(got) < 2, (words, number, answers)
            oracle.emit("uvicorn", oracle.joined(words, version), "uvicorn " + uvicorn.__version__, number, got.pop() if got else None)


asyncio.run(main())
