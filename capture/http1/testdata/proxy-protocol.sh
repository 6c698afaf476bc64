#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Records proxy-protocol.pcap: nginx with and without "listen … proxy_protocol",
# and clients that do and do not send the header. Recorded with nginx 1.22.1 and
# curl 7.88.1 (Debian 12), as root.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p); rm -rf "$work"' EXIT
cat > "$work/nginx.conf" <<END
daemon off; pid $work/nginx.pid; error_log $work/error.log;
events {}
http { access_log off;
  server { listen 127.0.0.1:18081; location / { return 200 "plain\n"; } }
  server { listen 127.0.0.1:18082 proxy_protocol; location / { return 200 "pp \$proxy_protocol_addr\n"; } }
}
END
nginx -c "$work/nginx.conf" &
tcpdump -i lo -s 0 -U -w "$(dirname "$0")/proxy-protocol.pcap" 'tcp port 18081 or tcp port 18082' &
sleep 2
curl -s -m 3 --haproxy-protocol http://127.0.0.1:18082/ok
curl -s -m 3 --haproxy-protocol http://127.0.0.1:18081/sent-not-expected
curl -s -m 3 http://127.0.0.1:18082/expected-not-sent || true
python3 - <<'END'
import socket, time
block = b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xcb\x00\x71\x09\x7f\x00\x00\x01\xc3\x50\x46\xa2"
def say(port, *parts):
    s = socket.create_connection(("127.0.0.1", port))
    for part in parts:
        s.sendall(part)
        time.sleep(.3)
    s.recv(400)
    s.close()
say(18081, b"PROXY TCP4 203.0.113.9 127.0.0.1 50000 18081\r\n", b"GET /late HTTP/1.1\r\nHost: h\r\n\r\n")
say(18082, block + b"GET /v2 HTTP/1.1\r\nHost: h\r\n\r\n")
say(18081, block + b"GET /v2-sent-not-expected HTTP/1.1\r\nHost: h\r\n\r\n")
END
sleep 1
