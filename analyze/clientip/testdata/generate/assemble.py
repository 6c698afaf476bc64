# SPDX-License-Identifier: Apache-2.0
"""Makes the vectors of each rule out of what the generators printed (the files named
as arguments, by rule). Versions that answer alike share a group."""

import json
import pathlib
import sys

VECTORS = pathlib.Path(__file__).parent / "../vectors"
PEERS = {str(i["id"]): i["peer"] for i in json.loads((VECTORS / "inputs.json").read_text())["inputs"]}


def groups(files):
    answers = {}  # (setting, source) to its lines
    for file in files:
        for line in pathlib.Path(file).read_text().splitlines():
            rule, setting, source, number, state, text = line.split("\t")
            answers.setdefault(rule, {}).setdefault((setting, source), []).append((number, state, bytes.fromhex(text).decode("latin-1")))
    for rule, of in sorted(answers.items()):
        alike = {}
        for (setting, source), lines in of.items():
            assert len({number for number, _, _ in lines}) == len(lines), (rule, setting, source)
            alike.setdefault(tuple(lines), []).append((setting, source))
        yield rule, alike


def numbers(lines, state):
    return [int(number) for number, s, _ in lines if s == state]


def write(rule, alike):
    out = []
    for lines, asked in alike.items():
        group = {
            "settings": list(dict.fromkeys(setting for setting, _ in asked)),
            "sources": list(dict.fromkeys(source for _, source in asked)),
            "asked": [min(int(n) for n, _, _ in lines), max(int(n) for n, _, _ in lines)],
            "unspecified": numbers(lines, "unspecified"),
            "refused": numbers(lines, "refused"),
            "results": {n: text for n, state, text in lines if state == "ok" and text != PEERS[n]},
        }
        out.append(json.dumps(group, ensure_ascii=True))
    text = '{"rule": "%s", "groups": [\n%s\n]}\n' % (rule, ",\n".join(out))
    (VECTORS / (rule + ".json")).write_text(text)
    print(rule, len(out), "groups", sum(len(lines) for lines in alike))


for rule, alike in groups(sys.argv[1:]):
    write(rule, alike)
