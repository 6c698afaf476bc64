# SPDX-License-Identifier: Apache-2.0
"""Writes networks.json: what JupyterHub's own _anonymous_xsrf_id hashes when
JUPYTERHUB_XSRF_ANONYMOUS_IP_CIDRS is set. Needs jupyterhub/_xsrf_utils.py of
JupyterHub 5.3.0 or later and tornado; give the folder that holds jupyterhub.

    python3 networks.py FOLDER VERSION > part.json
"""

import importlib.util
import json
import os
import pathlib
import sys
import types

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

CASES = [
    ("10.244.0.0/16", "10.244.3.17"),
    ("10.244.0.0/16", "10.245.3.17"),
    ("10.244.0.0/16", "::ffff:10.244.3.17"),
    ("::ffff:10.244.0.0/112", "::ffff:10.244.3.17"),
    ("10.0.0.0/8;10.244.0.0/16", "10.244.3.17"),
    ("10.244.3.0/24;10.0.0.0/8", "10.244.3.17"),
    ("10.244.3.0/24;10.0.0.0/8", "10.244.5.42"),
    ("10.244.3.16/30", "10.244.3.17"),
    ("10.0.0.0/255.0.0.0", "10.244.3.17"),
    ("100.64.0.0/10", "100.71.2.3"),
    ("172.16.0.0/12", "172.20.1.2"),
    ("192.168.64.0/18", "192.168.100.1"),
    ("198.51.100.0/24", "198.51.100.23"),
    ("198.51.96.0/20", "198.51.100.23"),
    ("0.0.0.0/0", "198.51.100.23"),
    ("0.0.0.0/0", "2001:db8::1"),
    ("::/0", "2001:db8::1"),
    ("::/0", "::ffff:198.51.100.23"),
    ("2001:db8::/32", "2001:db8:1:2::3"),
    ("2001:db8:1::/48", "2001:db8:1:2::3"),
    ("2001:db8:1:2::/64", "2001:db8:1:2::3"),
    ("fd00::/8", "fd12:3456::1"),
    ("10.244.0.0/16", "fe80::1%eth0"),
    ("fe80::/10", "fe80::1%eth0"),
    ("10.0.0.0/8", "127.1"),
]


def load(folder, cidrs):
    os.environ["JUPYTERHUB_XSRF_ANONYMOUS_IP_CIDRS"] = cidrs
    path = pathlib.Path(folder) / "jupyterhub/_xsrf_utils.py"
    spec = importlib.util.spec_from_file_location("xsrf_utils", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    folder, version = sys.argv[1:]
    out = []
    for cidrs, ip in CASES:
        request = types.SimpleNamespace(remote_ip=ip, headers={"User-Agent": USER_AGENT})
        identity = load(folder, cidrs)._anonymous_xsrf_id(types.SimpleNamespace(request=request))
        out.append({"cidrs": cidrs, "ip": ip, "id": identity, "source": f"JupyterHub {version}, Python {sys.version.split()[0]}"})
    print(json.dumps(out))


main()
