"""What a run of the simulator injected, told from its journal alone, by no code of ours."""

import base64
import collections
import json
import os

from stack import BIN


class Played:
    """One run of the simulator on one stack, all of it folded: the stack, what was injected, and the journal's events."""

    def __init__(self, stack, injected, journal):
        self.stack, self.injected = stack, injected
        self.events, self.conflicts = [], []
        seen = set()
        for line in journal:
            if line["sha256"] not in seen and line["expected"] in ("accepted", "conflict"):
                seen.add(line["sha256"])
                line["body"] = json.loads(base64.b64decode(line["body_b64"]))
                (self.events if line["expected"] == "accepted" else self.conflicts).append(line)
        self.messages = collections.defaultdict(list)
        for line in self.events:
            self.messages[line["body"]["message"]["id"]].append(line)

    def with_fault(self, name):
        return [line for line in self.events if name in line["injected"]]

    def statuses(self):
        """What must have become of each message, from its events alone."""
        found = {}
        for message_id, lines in self.messages.items():
            words = {line["body"]["message"]["status"] for line in lines}
            silent = any("silent" in line["injected"] for line in lines)
            found[message_id] = ("READ" if "read" in words else "FAILED" if "failed" in words else
                                 "DELIVERED" if "delivered" in words else "TIMED_OUT" if silent else "PENDING")
        return found


def simulation(stack, certificates, journal, seed, *arguments):
    return [os.path.join(BIN, "affidavit"), "simulate", "--url", stack.adapters[0].url, "--ca", certificates.ca, "--secret-file",
            stack.secret_file(), "--seed", str(seed), "--journal", journal, "--output", "json", *arguments]


def read_journal(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def shape_of(body):
    """docs/answers.md: pointers and JSON types; elements are "-"; members of message.metadata, whose keys are data, "*"."""
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
    fields = set()

    def walk(value, pointer):
        fields.add(f"{pointer} {names[type(value)]}")
        for key, member in value.items() if isinstance(value, dict) else ():
            walk(member, pointer + "/" + ("*" if pointer == "/message/metadata" else key))
        for member in value if isinstance(value, list) else ():
            walk(member, pointer + "/-")
    walk(body, "")
    return fields
