# SPDX-License-Identifier: Apache-2.0
"""Writes the requests that every rule is asked about: inputs.json for the tests,
and inputs.tsv (id, peer, announced, request in hexadecimal) for the generators.

A value is text of which each character is one byte of the wire (ISO 8859-1).
"""

import json
import pathlib

FAR = "6.6.6.6"
NEAR = "1.1.1.1"


def xff(*values):
    return [["X-Forwarded-For", v] for v in values]


def real(*values):
    return [["X-Real-IP", v] for v in values]


def true_client(*values):
    return [["True-Client-IP", v] for v in values]


def client_ip(*values):
    return [["Client-IP", v] for v in values]


def forwarded(*values):
    return [["Forwarded", v] for v in values]


ELEMENTS = {
    "address and port": "1.1.1.1:5555",
    "address and a word as port": "1.1.1.1:port",
    "address and no port": "1.1.1.1:",
    "address and two ports": "1.1.1.1:80:443",
    "IPv6": "2001:db8::1",
    "IPv6 in upper case": "2001:DB8::1",
    "IPv6 with zeros": "2001:0db8:0:0:0:0:0:1",
    "IPv6 in brackets": "[2001:db8::1]",
    "IPv6 in brackets with port": "[2001:db8::1]:443",
    "brackets with a word as port": "[2001:db8::1]:x",
    "text after brackets": "[2001:db8::1]443",
    "bracket that does not end": "[2001:db8::1",
    "IPv4 in brackets": "[1.1.1.1]:80",
    "mapped": "::ffff:1.1.1.1",
    "mapped in hexadecimal": "::ffff:101:101",
    "mapped with a short prefix": "::1.1.1.1",
    "zone": "fe80::1%eth0",
    "zone of a global address": "2001:db8::1%eth0",
    "zone in brackets": "[fe80::1%eth0]",
    "empty zone": "fe80::1%",
    "unknown": "unknown",
    "hyphen": "-",
    "obfuscated": "_hidden",
    "host name": "client.example",
    "localhost": "localhost",
    "asterisk": "*",
    "quoted": '"1.1.1.1"',
    "quoted with a port": '"1.1.1.1:80"',
    "quoted IPv6": '"[2001:db8::1]:443"',
    "quote within": '1.1"1".1',
    "quote that does not end": '"1.1.1.1',
    "escaped quote": '"1.1\\"1.1"',
    "backslash": "1.1\\.1.1",
    "leading zero": "010.1.1.1",
    "many zeros": "001.001.001.001",
    "two parts": "127.1",
    "hexadecimal": "0x7f.1",
    "hexadecimal octets": "0x1.0x1.0x1.0x1",
    "one number": "2130706433",
    "zero": "0",
    "number too large": "4294967296",
    "octet too large": "256.1.1.1",
    "three parts": "1.2.3",
    "five parts": "1.2.3.4.5",
    "unspecified address": "0.0.0.0",
    "unspecified IPv6": "::",
    "sign": "+1.1.1.1",
    "underscore in a number": "1_0.1.1.1",
    "colon": ":",
    "three colons": ":::",
    "IPv6 of nine groups": "1:2:3:4:5:6:7:8:9",
    "group too long": "2001:db8::12345",
    "address with prefix length": "1.1.1.1/32",
    "network": "1.1.1.0/24",
    "network with host bits": "1.1.1.1/24",
    "IPv6 with prefix length": "2001:db8::1/128",
    "two addresses with a space": "6.6.6.6 1.1.1.1",
    "semicolon": "6.6.6.6;1.1.1.1",
    "Latin-1 letter": "1.1.1.1\xe9",
    "byte FF": "\xff",
    "no-break space behind": "1.1.1.1\xa0",
    "no-break space in UTF-8": "1.1.1.1\xc2\xa0",
    "next line in Latin-1": "\x851.1.1.1",
    "Latin-1 letter alone": "\xe9",
    "Latin-1 in upper case": "\xc9",
    "markup": "<b>1.1.1.1</b>",
    "for= as in Forwarded": "for=1.1.1.1",
}

LISTS = {
    "one address": [NEAR],
    "two with a space": ["6.6.6.6, 1.1.1.1"],
    "two without a space": ["6.6.6.6,1.1.1.1"],
    "space before the comma": ["6.6.6.6 , 1.1.1.1"],
    "many spaces": ["6.6.6.6 ,   1.1.1.1"],
    "tabs": ["6.6.6.6\t,\t1.1.1.1"],
    "tab for a comma": ["6.6.6.6\t1.1.1.1"],
    "vertical tab": ["6.6.6.6,\x0b1.1.1.1"],
    "form feed": ["6.6.6.6,\x0c1.1.1.1"],
    "unit separator": ["6.6.6.6,\x1f1.1.1.1"],
    "two lines": ["6.6.6.6", "1.1.1.1"],
    "three lines": ["6.6.6.6", "5.5.5.5", "1.1.1.1"],
    "two lines of lists": ["7.7.7.7, 6.6.6.6", "5.5.5.5, 1.1.1.1"],
    "two equal lines": ["1.1.1.1", "1.1.1.1"],
    "first line empty": ["", "1.1.1.1"],
    "second line empty": ["1.1.1.1", ""],
    "first line a comma": [",", "1.1.1.1"],
    "first line broken": ["unknown", "1.1.1.1"],
    "second line broken": ["1.1.1.1", "unknown"],
    "empty": [""],
    "comma": [","],
    "commas": [", ,,"],
    "ends in a comma": ["6.6.6.6, 1.1.1.1,"],
    "begins with a comma": [",6.6.6.6, 1.1.1.1"],
    "empty element": ["6.6.6.6,, 1.1.1.1"],
    "element of spaces": ["6.6.6.6,  , 1.1.1.1"],
    "five elements": ["5.5.5.5, 4.4.4.4, 3.3.3.3, 2.2.2.2, 1.1.1.1"],
    "spoofed, then public, then a private proxy": ["6.6.6.6, 1.1.1.1, 10.0.0.9"],
    "private only": ["10.0.0.1, 10.0.0.2"],
    "all elements trusted": ["10.0.0.9, 10.0.0.9"],
    "spoofed private": ["10.9.9.9, 1.1.1.1"],
    "192.168 and 172.16": ["1.1.1.1, 192.168.1.1, 172.16.0.1"],
    "beside 172.16": ["6.6.6.6, 172.32.0.1"],
    "link-local": ["6.6.6.6, 169.254.1.1"],
    "link-local IPv6": ["6.6.6.6, fe80::9"],
    "shared address space": ["6.6.6.6, 100.64.0.1"],
    "unique local": ["6.6.6.6, fd00::9"],
    "loopback": ["6.6.6.6, 127.0.0.1"],
    "other loopback": ["6.6.6.6, 127.9.9.9"],
    "loopback IPv6": ["6.6.6.6, ::1"],
    "loopback IPv6 with zeros": ["6.6.6.6, 0:0:0:0:0:0:0:1"],
    "mapped private": ["6.6.6.6, ::ffff:10.0.0.9"],
    "mapped private in hexadecimal": ["6.6.6.6, ::ffff:a00:9"],
    "compatible private": ["6.6.6.6, ::10.0.0.9"],
    "mapped loopback": ["6.6.6.6, ::ffff:127.0.0.1"],
    "private with port": ["6.6.6.6, 10.0.0.9:4711"],
    "private in brackets": ["6.6.6.6, [fd00::9]"],
    "private in brackets with port": ["6.6.6.6, [fd00::9]:4711"],
    "private with zone": ["6.6.6.6, fe80::9%eth0"],
    "unique local with zone": ["6.6.6.6, fd00::9%eth0"],
    "private with leading zeros": ["6.6.6.6, 010.0.0.9"],
    "private in hexadecimal": ["6.6.6.6, 0xa.0.0.9"],
    "private as a number": ["6.6.6.6, 167772169"],
    "private as a network": ["6.6.6.6, 10.0.0.9/32"],
    "private network": ["6.6.6.6, 10.0.0.0/8"],
    "unknown in the middle": ["6.6.6.6, unknown, 10.0.0.9"],
    "unknown at the end": ["6.6.6.6, 1.1.1.1, unknown"],
    "broken at the left": ["unknown, 1.1.1.1"],
    "peer repeated": ["6.6.6.6, 10.0.0.5"],
    "quoted comma": ['"6.6.6.6, 5.5.5.5", 1.1.1.1'],
    "quoted comma at the end": ['1.1.1.1, "6.6.6.6, 5.5.5.5"'],
    "unclosed quote at the left": ['"6.6.6.6, 1.1.1.1'],
    "quoted empty": ['6.6.6.6, ""'],
    "quoted escape": ['6.6.6.6, "1.1.1\\.1"'],
    "quoted backslash": ['6.6.6.6, "1.1\\\\1.1"'],
    "part quoted": ['6.6.6.6, "1.1".1.1'],
    "part quoted escape": ['6.6.6.6, x"1\\.1"y'],
    "quoted with spaces inside": ['6.6.6.6, " 1.1.1.1 "'],
    "twenty elements": [", ".join(f"203.0.113.{i}" for i in range(20))],
    "long element": ["6.6.6.6, " + "1" * 300],
}

OTHERS = {
    "no fields": [],
    "the golden one": xff("6.6.6.6, 1.1.1.1") + real("9.9.9.9"),
    "X-Real-IP": real("9.9.9.9"),
    "X-Real-IP before the list": real("9.9.9.9") + xff("6.6.6.6, 1.1.1.1"),
    "X-Real-IP twice": real("9.9.9.9", "9.9.9.9"),
    "X-Real-IP twice, different": real("9.9.9.9", "8.8.8.8") + xff("1.1.1.1"),
    "X-Real-IP as a list": real("9.9.9.9, 8.8.8.8") + xff("1.1.1.1"),
    "X-Real-IP empty": real("") + xff("1.1.1.1"),
    "X-Real-IP empty, then not": real("", "9.9.9.9"),
    "X-Real-IP broken": real("unknown") + xff("1.1.1.1"),
    "X-Real-IP with port": real("9.9.9.9:80") + xff("1.1.1.1"),
    "X-Real-IP private": real("10.0.0.9") + xff("1.1.1.1"),
    "X-Real-IP mapped": real("::ffff:9.9.9.9"),
    "X-Real-IP with zone": real("fe80::9%eth0"),
    "X-Real-IP in Latin-1": real("9.9.9.9\xa0"),
    "True-Client-IP": true_client("8.8.8.8") + real("9.9.9.9") + xff("1.1.1.1"),
    "True-Client-IP twice": true_client("8.8.8.8", "7.7.7.7"),
    "True-Client-IP broken": true_client("unknown") + real("9.9.9.9"),
    "True-Client-IP empty": true_client("") + real("9.9.9.9"),
    "True-Client-IP empty, then not": true_client("", "8.8.8.8") + real("9.9.9.9"),
    "CF-Connecting-IP": [["CF-Connecting-IP", "8.8.8.8"]] + xff("1.1.1.1"),
    "Client-IP": client_ip("8.8.8.8"),
    "Client-IP that is in the list": client_ip("6.6.6.6") + xff("6.6.6.6, 1.1.1.1"),
    "Client-IP that is not in the list": client_ip("8.8.8.8") + xff("6.6.6.6, 1.1.1.1"),
    "Client-IP beside a private list": client_ip("8.8.8.8") + xff("10.0.0.9"),
    "Client-IP private": client_ip("10.0.0.9"),
    "Client-IP and a list, both private": client_ip("10.0.0.8") + xff("10.0.0.8"),
    "Client-IP broken": client_ip("unknown") + xff("1.1.1.1"),
    "Client-IP empty": client_ip("") + xff("1.1.1.1"),
    "Client-IP as a list": client_ip("8.8.8.8, 7.7.7.7"),
    "Client-IP twice": client_ip("8.8.8.8", "7.7.7.7"),
    "Client-IP as a list beside a list": client_ip("6.6.6.6, 1.1.1.1") + xff("6.6.6.6, 1.1.1.1"),
    "X-Client-IP": [["X-Client-IP", "8.8.8.8"]],
    "name in lower case": [["x-forwarded-for", "6.6.6.6, 1.1.1.1"]],
    "name in upper case": [["X-FORWARDED-FOR", "6.6.6.6, 1.1.1.1"]],
    "names in two cases": [["X-Forwarded-For", "6.6.6.6"], ["x-forwarded-for", "1.1.1.1"]],
    "name with underscores": [["X_Forwarded_For", "1.1.1.1"]],
    "name with underscores too": xff("6.6.6.6") + [["X_Forwarded_For", "1.1.1.1"]],
    "scheme, host and port": xff("1.1.1.1") + [["X-Forwarded-Proto", "https"], ["X-Forwarded-Host", "app.example"], ["X-Forwarded-Port", "443"]],
    "scheme as a list": xff("1.1.1.1") + [["X-Forwarded-Proto", "https,http"]],
    "port that is none": xff("1.1.1.1") + [["X-Forwarded-Port", "https"]],
    "port too large": xff("1.1.1.1") + [["X-Forwarded-Port", "70000"]],
    "port empty": xff("1.1.1.1") + [["X-Forwarded-Port", ""]],
    "ports as a list": xff("1.1.1.1") + [["X-Forwarded-Port", "443, 80"]],
    "host that is none": xff("1.1.1.1") + [["X-Forwarded-Host", "app.example:x"]],
    "prefix": xff("1.1.1.1") + [["X-Forwarded-Prefix", "/app"]],
    "prefix alone": [["X-Forwarded-Prefix", "/app"]],
    "prefix and Forwarded": [["X-Forwarded-Prefix", "/app"]] + forwarded("for=4.4.4.4"),
    "scheme alone": [["X-Forwarded-Proto", "https"]],
    "X-Forwarded-Ssl alone": [["X-Forwarded-Ssl", "on"]],
    "X-Forwarded-Ssl and a list": [["X-Forwarded-Ssl", "on"]] + xff("1.1.1.1"),
    "schemes that contradict": xff("1.1.1.1") + [["X-Forwarded-Proto", "https"], ["X-Forwarded-Ssl", "off"]],
    "Forwarded": forwarded("for=4.4.4.4"),
    "Forwarded and a list": forwarded("for=4.4.4.4") + xff("1.1.1.1"),
    "Forwarded list": forwarded("for=5.5.5.5, for=4.4.4.4"),
    "Forwarded list without a space": forwarded("for=5.5.5.5,for=4.4.4.4"),
    "Forwarded in two lines": forwarded("for=5.5.5.5", "for=4.4.4.4"),
    "Forwarded in two lines, the first without for": forwarded("proto=https", "for=4.4.4.4"),
    "Forwarded with scheme": forwarded("for=4.4.4.4;proto=https;by=10.0.0.9"),
    "Forwarded with scheme first": forwarded("proto=https;for=4.4.4.4;host=app.example"),
    "Forwarded with spaces": forwarded("for=4.4.4.4 ; proto=https"),
    "Forwarded with spaces around =": forwarded("for = 4.4.4.4"),
    "Forwarded quoted": forwarded('for="4.4.4.4"'),
    "Forwarded with port": forwarded('for="4.4.4.4:4711"'),
    "Forwarded with port, unquoted": forwarded("for=4.4.4.4:4711"),
    "Forwarded with a port that is none": forwarded('for="4.4.4.4:_port"'),
    "Forwarded with a port too large": forwarded('for="4.4.4.4:70000"'),
    "Forwarded IPv6": forwarded('for="[2001:db8::4]"'),
    "Forwarded IPv6 with port": forwarded('for="[2001:db8::4]:4711"'),
    "Forwarded IPv6, unquoted": forwarded("for=[2001:db8::4]"),
    "Forwarded IPv6 without brackets": forwarded("for=2001:db8::4"),
    "Forwarded unknown": forwarded("for=unknown"),
    "Forwarded obfuscated": forwarded("for=_hidden"),
    "Forwarded in upper case": forwarded("FOR=4.4.4.4"),
    "Forwarded without for": forwarded("proto=https"),
    "Forwarded without for, and a list": forwarded("proto=https") + xff("1.1.1.1"),
    "Forwarded whose second element has a for": forwarded("proto=https, for=4.4.4.4"),
    "Forwarded, private last": forwarded("for=4.4.4.4, for=10.0.0.9"),
    "Forwarded empty": forwarded(""),
    "Forwarded empty, and a list": forwarded("") + xff("1.1.1.1"),
    "Forwarded with an empty for": forwarded("for="),
    "Forwarded with an empty quoted for": forwarded('for=""'),
    "Forwarded broken": forwarded("for"),
    "Forwarded broken, and a list": forwarded("garbage") + xff("1.1.1.1"),
    "Forwarded with two for": forwarded("for=5.5.5.5;for=4.4.4.4"),
    "Forwarded in single quotes": forwarded("for='4.4.4.4'"),
    "Forwarded with a quote that does not end": forwarded('for="4.4.4.4'),
    "Forwarded with a word that ends in for": forwarded("xfor=4.4.4.4"),
    "Forwarded with a comma in quotes": forwarded('by="a,b";for=4.4.4.4'),
    "Forwarded with Latin-1": forwarded("for=4.4.4.4\xe9"),
    "Forwarded with host": forwarded("host=app.example:8443;for=4.4.4.4"),
    "Forwarded with a host that is none": forwarded("host=app.example:x;for=4.4.4.4"),
    "Forwarded and Client-IP": forwarded("for=4.4.4.4") + client_ip("8.8.8.8"),
    "Forwarded and X-Real-IP": forwarded("for=4.4.4.4") + real("9.9.9.9"),
    "Forwarded with a network": forwarded("for=4.4.4.0/24"),
    "other fields": [["Via", "1.1 proxy"], ["X-Forwarded", "for=1.1.1.1"], ["X-Original-Forwarded-For", "1.1.1.1"], ["X-Forwarded-By", "10.0.0.9"]],
}

PEERS = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:10.0.0.5", "::ffff:127.0.0.1", "198.51.100.7", "fd00::5", "2001:db8::5", "192.168.1.5", "169.254.5.5", "fe80::5"]

FOR_PEERS = {
    "no fields": [],
    "one address": xff(NEAR),
    "the golden one": xff("6.6.6.6, 1.1.1.1") + real("9.9.9.9"),
    "spoofed, then public, then a private proxy": xff("6.6.6.6, 1.1.1.1, 10.0.0.9"),
    "two lines": xff("6.6.6.6", "1.1.1.1"),
    "private only": xff("10.0.0.1, 10.0.0.2"),
    "Forwarded": forwarded("for=4.4.4.4"),
    "Client-IP": client_ip("8.8.8.8"),
}


def inputs():
    made = []

    def add(comment, fields, peer="10.0.0.5", announced=""):
        made.append({"id": len(made) + 1, "comment": comment, "peer": peer, "announced": announced, "fields": fields})

    for comment, fields in OTHERS.items():
        add(comment, fields)
    for comment, lines in LISTS.items():
        add("list: " + comment, xff(*lines))
    for comment, element in ELEMENTS.items():
        add("element: " + comment, xff(element))
        add("last element: " + comment, xff("6.6.6.6, " + element))
        add("X-Real-IP: " + comment, real(element))
    for peer in PEERS:
        for comment, fields in FOR_PEERS.items():
            add(f"peer {peer}: {comment}", fields, peer)
    for comment, fields in FOR_PEERS.items():
        add("announced: " + comment, fields, "127.0.0.1", "203.0.113.9")
    add("announced IPv6", [], "10.0.0.5", "2001:db8::9")
    return made


def request(i):
    head = b""
    if i["announced"]:
        family, target = ("TCP6", "::1") if ":" in i["announced"] else ("TCP4", "127.0.0.1")
        head = f"PROXY {family} {i['announced']} {target} 4711 80\r\n".encode()
    head += b"GET / HTTP/1.1\r\nHost: app.example\r\n"
    for name, value in i["fields"]:
        head += f"{name}: {value}\r\n".encode("latin-1")
    return head + b"Connection: close\r\n\r\n"


def write():
    here = pathlib.Path(__file__).parent
    made = inputs()
    lines = [json.dumps({k: v for k, v in i.items() if v != ""}, ensure_ascii=True) for i in made]
    (here / "../vectors/inputs.json").write_text('{"inputs": [\n' + ",\n".join(lines) + "\n]}\n")
    table = ["\t".join([str(i["id"]), i["peer"], i["announced"], request(i).hex()]) for i in made]
    pathlib.Path("inputs.tsv").write_text("\n".join(table) + "\n")
    print(len(made), "inputs")


if __name__ == "__main__":
    write()
