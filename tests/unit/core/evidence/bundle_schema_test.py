"""docs/proof-bundle.schema.json accepts the bundle that is kept and refuses what is none; docs/proof-bundle.md names the
members that the schema has, and the words that the code knows."""

import copy
import json
import os
import re
import unittest

import jsonschema

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "..", ".."))


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


SCHEMA = json.loads(read("docs", "proof-bundle.schema.json"))
PAGE = read("docs", "proof-bundle.md")
BUNDLE = json.loads(read("tests", "unit", "core", "evidence", "testdata", "delivered.json"))


def table(heading):
    """The rows, as lists of cells, of the page's table whose first heading is `heading`."""
    rows = PAGE.split(f"\n| {heading} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


class BundleSchemaTest(unittest.TestCase):
    def setUp(self):
        self.validator = jsonschema.Draft202012Validator(SCHEMA)

    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_accepts_the_kept_bundle_and_its_variants(self):
        without_raw = copy.deepcopy(BUNDLE)
        del without_raw["entries"][0]["raw"]
        without_message = copy.deepcopy(BUNDLE)
        del without_message["message_id"]
        for bundle in (BUNDLE, without_raw, without_message, {**BUNDLE, "timestamps": []}):
            self.validator.validate(bundle)

    def test_refuses_everything_else(self):
        def entry(**members):
            return {**BUNDLE, "entries": [{**BUNDLE["entries"][0], **members}]}

        def without(name):
            return {key: value for key, value in BUNDLE.items() if key != name}

        proof = BUNDLE["entries"][0]["tlog_proof"]
        faults = [
            [], "bundle", {}, entry(status="DELIVERED"), entry(leaf=None), entry(leaf="leaf"), entry(leaf="{" + "x" * 65534 + "}"),
            entry(raw=None), entry(raw="AP8"), entry(raw="AP8=="), entry(raw="AP9="), entry(raw="AP-_"), entry(raw="AP8K\n\n"),
            entry(tlog_proof=proof.replace("\nindex", "\nextra AA==\nindex")), entry(tlog_proof=proof.replace("index ", "index 0")),
            entry(tlog_proof="c2sp.org/tlog-proof@v1\n"),
            {**BUNDLE, "entries": []}, {**BUNDLE, "entries": [7]}, {**BUNDLE, "format": "affidavit-proof-bundle@v2"},
            {**BUNDLE, "message_id": ""}, {**BUNDLE, "message_id": None}, {**BUNDLE, "source": ""}, {**BUNDLE, "status": "READ"},
            {**BUNDLE, "timestamps": ["MAF="]}, {**BUNDLE, "timestamps": [{"token": "MAE="}]}, {**BUNDLE, "timestamps": None},
            {**BUNDLE, "checkpoint": "note\n"}, {**BUNDLE, "checkpoint": BUNDLE["checkpoint"].rstrip("\n") + " \n"},
        ] + [without(name) for name in SCHEMA["required"]]
        for bundle in faults:
            with self.subTest(json.dumps(bundle)[:100]):
                self.assertFalse(self.validator.is_valid(bundle))

    def test_page_and_schema_name_the_same_members(self):
        self.assertEqual([row[0].strip("`") for row in table("member")], sorted(SCHEMA["properties"]))
        self.assertEqual([row[0].strip("`") for row in table("member of an entry")],
                         sorted(SCHEMA["$defs"]["entry"]["properties"]))

    def test_page_and_code_know_the_same_words(self):
        on_page = {}
        for words, status in table("words"):
            if status.isupper():
                on_page.update({word.replace("-", ""): status for word in re.findall(r"`([a-z-]+)`", words)})
        names = {"Pending": "PENDING", "Delivered": "DELIVERED", "Read": "READ", "Failed": "FAILED", "TimedOut": "TIMED_OUT"}
        in_code = re.findall(r'\{"([a-z]+)", MessageStatus::k(\w+)\}', read("core", "evidence", "status_word.cc"))
        self.assertEqual(on_page, {word: names[status] for word, status in in_code})


if __name__ == "__main__":
    unittest.main()
