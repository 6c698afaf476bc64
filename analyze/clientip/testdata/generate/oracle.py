# SPDX-License-Identifier: Apache-2.0
"""What the generators in Python share: the inputs, and the lines that they print.

A line is: rule, setting, source, number of the input, state, address in hexadecimal;
the state is "ok", "refused" by the rule, or "unspecified" (the server did not come as
far as asking it).
"""

import pathlib


def inputs(announced=False):
    for line in pathlib.Path("inputs.tsv").read_text().splitlines():
        number, peer, source, request = line.split("\t")
        if announced or not source:
            yield number, peer, bytes.fromhex(request)


def emit(rule, setting, source, number, address):
    """address is None where the server refused the request; "" is no address."""
    state = "unspecified" if address is None else "ok"
    text = (address or "").encode("latin-1").hex()
    print("\t".join([rule, setting, source, number, state, text]))


def joined(*settings):
    return ",".join(s for s in settings if s)
