#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the recordings beside it. Each has the shape that one program gives its HARs; the traffic is invented."""
import gzip, json, zlib

UA = ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/156.0.0.0 Safari/537.36")
FORM = "application/x-www-form-urlencoded"
HTML = '<form method="post"><input type="hidden" name="_xsrf" value="T0k3n|1"></form>'
HOST = "hub.example.test"


def pairs(**fields):
    return [{"name": k.replace("_", "-"), "value": v} for k, v in fields.items()]


def log(creator, version, entries, **more):
    return {"log": {"version": "1.2", "creator": {"name": creator, "version": version}, **more, "entries": entries}}


def size(first, fields, end):
    return len(first) + 2 + sum(len(f["name"]) + len(f["value"]) + 4 for f in fields) + end


def chrome_entry(method, path, fields, status, reason, answer, cookies, set_cookies, body=None, **content):
    request = {"method": method, "url": f"http://{HOST}{path}", "httpVersion": "HTTP/1.1", "headers": fields,
               "queryString": [], "cookies": cookies,
               "headersSize": size(f"{method} {path} HTTP/1.1", fields, 0), "bodySize": len(body or "")}
    if body is not None:
        request["postData"] = {"mimeType": FORM, "text": body, "params": [
            dict(zip(("name", "value"), p.split("=", 1))) for p in body.split("&")]}
    response = {"status": status, "statusText": reason, "httpVersion": "HTTP/1.1", "headers": answer,
                "cookies": set_cookies, "content": content, "redirectURL": "",
                "headersSize": size(f"HTTP/1.1 {status} {reason}", answer, 2), "bodySize": 0,
                "_transferSize": 500, "_error": None, "_fetchedViaServiceWorker": False}
    return {"_connectionId": "976", "_initiator": {"type": "other", "stack": {"callFrames": [], "parent": {"callFrames": []}}},
            "_priority": "VeryHigh", "_resourceType": "document", "cache": {}, "connection": "80",
            "pageref": "page_1", "request": request, "response": response, "serverIPAddress": "[2001:db8::80]",
            "startedDateTime": "2026-11-22T07:28:07.250Z", "time": 31.5,
            "timings": {"blocked": 0.5, "dns": -1, "ssl": -1, "connect": -1, "send": 1, "wait": 20, "receive": 10,
                        "_blocked_queueing": 0.25}}


def chrome(sanitized):
    get = pairs(Accept="text/html", Host=HOST, User_Agent=UA)
    page = pairs(Content_Type="text/html; charset=UTF-8", Server="TornadoServer/6.4") + [
        {"name": "Set-Cookie", "value": "_xsrf=T0k3n; Path=/hub/"}, {"name": "Set-Cookie", "value": "lang=de,at; Path=/"}]
    post = pairs(Content_Length="53", Content_Type=FORM, Cookie="_xsrf=T0k3n; lang=de,at", Host=HOST, User_Agent=UA)
    entries = [
        chrome_entry("GET", "/hub/login", get, 200, "OK", page, [],
                     [{"name": "_xsrf", "value": "T0k3n", "path": "/hub/", "domain": HOST,
                       "expires": "2026-11-22T08:28:07.000Z", "httpOnly": False, "secure": False}],
                     size=len(HTML), mimeType="text/html", compression=0, text=HTML),
        chrome_entry("POST", "/hub/login", post, 403, "Forbidden", pairs(Content_Type="text/html"),
                     [{"name": "_xsrf", "value": "T0k3n", "path": "/hub/", "domain": HOST, "expires": "", "httpOnly": False, "secure": False}],
                     [], body="_xsrf=T0k3n%7C1&username=alice&password=not-a-secret",
                     size=3, mimeType="text/html", text="NDAz", encoding="base64"),
        blocked(),
        {"request": {"method": "GET", "url": "data:image/png;base64,AAAA", "headers": []}, "response": {"status": 200}},
    ]
    if sanitized:
        for message in (e[side] for e in entries for side in ("request", "response")):
            message["cookies"] = []
            message["headers"] = [f for f in message.get("headers", []) if f["name"] not in ("Cookie", "Set-Cookie")]
    return log("WebInspector", "537.36", entries, pages=[])


def blocked():
    entry = chrome_entry("GET", "/hub/static/a.css", [{"name": "Referer", "value": f"http://{HOST}/hub/login"}],
                         0, "", [], [], [], size=0, mimeType="x-unknown")
    entry["request"] |= {"httpVersion": "", "headersSize": -1}
    entry["response"] |= {"httpVersion": "", "headersSize": -1, "_error": "net::ERR_BLOCKED_BY_CLIENT"}
    entry["timings"] = {"blocked": 1, "dns": -1, "connect": -1, "send": 0, "wait": 0, "receive": 0}
    del entry["_connectionId"]
    return entry | {"serverIPAddress": ""}


def chrome_http2():
    entry = chrome_entry("GET", "/hub/login", pairs(user_agent=UA), 200, "", pairs(vary="Cookie"), [], [], size=0, mimeType="x-unknown")
    for side in ("request", "response"):
        entry[side] |= {"httpVersion": "http/2.0", "headersSize": -1}
    entry["request"]["headers"] = [{"name": ":authority", "value": HOST}, {"name": ":method", "value": "GET"},
                                   {"name": ":path", "value": "/hub/login"}, {"name": ":scheme", "value": "https"}] + entry["request"]["headers"]
    entry["request"]["url"] = f"https://{HOST}/hub/login?next=%2Fhub%2F"
    return log("WebInspector", "537.36", [entry])


def plain_entry(started, method, url, fields, status, answer, content, post=None, timings=None, **more):
    request = {"bodySize": 0, "method": method, "url": url, "httpVersion": "HTTP/2", "headers": fields,
               "cookies": [], "queryString": [], "headersSize": 300}
    if post is not None:
        request["postData"] = post
    return {"startedDateTime": started, "request": request,
            "response": {"status": status, "statusText": "OK", "httpVersion": "HTTP/2", "headers": answer, "cookies": [],
                         "content": content, "redirectURL": "", "headersSize": 200, "bodySize": 0},
            "cache": {}, "timings": timings or {"blocked": 0, "dns": 1, "connect": 2, "ssl": 1, "send": 0, "wait": 7, "receive": 0},
            "time": 10, **more}


def firefox():
    fields = pairs(Host=HOST, User_Agent="Mozilla/5.0 Firefox/140.0", Cookie="_xsrf=T0k3n; _xsrf=other")
    entries = [
        plain_entry("2026-11-22T08:28:07.250+01:00", "POST", f"https://{HOST}/hub/login", fields, 302,
                    pairs(Location="/hub/", Set_Cookie="jupyterhub-session-id=1; HttpOnly; Path=/"),
                    {"mimeType": "text/html; charset=UTF-8", "size": 0, "text": ""},
                    post={"mimeType": FORM, "params": [{"name": "_xsrf", "value": "T0k3n|1"}], "text": "_xsrf=T0k3n%7C1"},
                    _securityState="secure", serverIPAddress="203.0.113.80", connection="443"),
        plain_entry("2026-11-22T08:28:08.000+01:00", "GET", f"https://{HOST}/hub/", fields, 200, pairs(Content_Type="text/html"),
                    {"mimeType": "text/html", "size": -1, "comment": "Response bodies are not included."},
                    _securityState="secure", serverIPAddress="203.0.113.80", connection="443"),
    ]
    return log("Firefox", "140.0", entries, browser={"name": "Firefox", "version": "140.0"}, pages=[])


def safari():
    joined = ("_xsrf=T0k3n; expires=Wed, 22 Jul 2026 08:28:07 GMT; Path=/hub/, jupyterhub-session-id=1; HttpOnly; Path=/, a=b")
    entry = plain_entry("2026-11-22T07:28:07.250Z", "GET", f"https://{HOST}/hub/login", pairs(Accept="text/html"), 200,
                        [{"name": "Set-Cookie", "value": joined}, {"name": "Vary", "value": "Cookie, Accept=x"}],
                        {"mimeType": "text/html", "size": 9, "text": "<p>hi</p>"},
                        _fetchType="Network Load", _serverPort=443, serverIPAddress="203.0.113.80")
    return log("WebKit Web Inspector", "1.0", [entry], pages=[{"id": "page_0"}])


def playwright():
    fields = pairs(Host=HOST, User_Agent=UA, Content_Length="3")
    ok = plain_entry("2026-11-22T07:28:07.250Z", "PUT", f"http://{HOST}/api", fields, 204, pairs(Date="Sun, 22 Nov 2026 07:28:07 GMT"),
                     {"size": -1, "mimeType": "x-unknown"}, post={"mimeType": "application/octet-stream", "text": "", "params": []},
                     serverIPAddress="203.0.113.80", _serverPort=80, _securityDetails={})
    failed = plain_entry("2026-11-22T07:28:08.250Z", "GET", f"http://{HOST}/gone", pairs(Referer=f"http://{HOST}/"), -1, [],
                         {"size": -1, "mimeType": "x-unknown"}, timings={"send": -1, "wait": -1, "receive": -1})
    failed["response"]["_failureText"] = "net::ERR_CONNECTION_REFUSED"
    return log("Playwright", "1.64.1", [ok, failed], browser={"name": "chromium", "version": "156.0"})


def mitmproxy():
    entry = plain_entry("2026-11-22T07:28:07.250123+00:00", "GET", f"https://{HOST}/user/alice/api/kernels/1/channels",
                        pairs(user_agent=UA), 101, pairs(upgrade="websocket"), {"size": 0, "compression": 0, "mimeType": "", "text": ""},
                        serverIPAddress="203.0.113.80", _resourceType="websocket",
                        _webSocketMessages=[{"type": "send", "time": 1.5, "opcode": 1, "data": "x" * 200}] * 5)
    failed = plain_entry("2026-11-22T07:28:08.250123+00:00", "GET", f"https://{HOST}/", pairs(user_agent=UA), 0, [], {})
    failed["response"]["_error"] = "Client disconnected."
    for e in (entry, failed):
        e["request"]["httpVersion"] = "HTTP/2.0"
    return log("mitmproxy", "12.0", [entry, failed], pages=[])


def charles():
    entry = plain_entry("2026-11-22T09:28:07.250+0200", "GET", f"https://{HOST}/?=", pairs(Host=HOST), 200,
                        pairs(Content_Type="application/json"), {"size": 8, "mimeType": "application/json", "text": "eyJhIjox\nfQ", "encoding": "BASE64"},
                        _charlesStatus="COMPLETE")
    return log("Charles Proxy", "5.0", [entry])


def fiddler():
    entry = plain_entry("2026-11-22T07:28:07.2501234Z", "POST", f"https://{HOST}/hub/login", pairs(Host=HOST, Content_Length="30"), 403,
                        pairs(Content_Length="5"), {"size": 5, "mimeType": "text/html", "text": "a\ufffdb"},
                        post={"mimeType": FORM, "params": [{"name": "_xsrf", "value": "T0k3n|1"}, {"name": "user", "value": "a b+c"}]})
    return log("Fiddler", "5.0", [entry])


def insomnia():
    entry = plain_entry("2026-11-22T07:28:07.250Z", "GET", f"https://{HOST}/hub/api", [], 200, pairs(Content_Length="2"),
                        {"size": 2, "mimeType": "application/json", "text": "{}"}, post={"mimeType": "", "text": "", "params": []},
                        settingEncodeUrl=True, comment="whoami")
    entry["request"]["cookies"] = [{"name": "session", "value": "1"}, {"name": "lang", "value": "de"}]
    entry["response"]["cookies"] = [{"name": "session", "value": "2", "path": "/", "domain": HOST, "expires": "2026-11-22T08:28:07.000Z",
                                     "httpOnly": True, "secure": True, "sameSite": "Lax"}]
    del entry["timings"]
    return log("Insomnia REST Client", "insomnia.desktop.app:v10", [entry])


def slack():
    entry = plain_entry("2026-11-22T07:28:07", "GET", f"https://{HOST}/", [["Host", HOST], ["Cookie", "a=1"]], "200",
                        [["Content-Length", 2], ["Set-Cookie", "a=2\nb=3; Expires=Wed, 22 Jul 2026 08:28:07 GMT"]],
                        {"size": "2", "mimeType": None, "text": "ok"}, time=None)
    return log("Slack", "4", [entry])


def write(name, document, pack=lambda b: b, encoding="utf-8", **style):
    with open(name, "wb") as file:
        file.write(pack(json.dumps(document, ensure_ascii=False, **style).encode(encoding)))


write("chrome.har", chrome(False), indent=2)
write("chrome-sanitized.har", chrome(True), indent=2)
write("chrome-sanitized-http2.har", chrome_http2(), indent=2)
write("firefox.har", firefox(), indent=2)
write("safari.har", safari(), indent=4)
write("playwright.har", playwright(), indent=2)
write("mitmproxy.har", mitmproxy(), indent=4)
write("charles.har", charles(), separators=(",", ":"))
write("fiddler.har", fiddler())
write("insomnia.har", insomnia(), indent=2)
write("slack-pairs.har", slack())
write("with-bom.har", firefox(), encoding="utf-8-sig")
write("utf16.har", firefox(), encoding="utf-16")
write("gzip.har", firefox(), pack=lambda b: gzip.compress(b, mtime=0))
write("zlib.har", mitmproxy(), pack=zlib.compress)
