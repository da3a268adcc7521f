"""Holds leaf_reader.py to the vectors that the C++ code is held to, and docs/leaf-v1.md to both."""

import base64
import hashlib
import hmac
import json
import os
import unittest

import leaf_profiles
import leaf_reader

HERE = os.path.dirname(os.path.abspath(__file__))


def read(*path):
    with open(os.path.join(HERE, *path), encoding="utf-8") as file:
        return file.read()


FILE = json.loads(read("testdata", "leaf_vectors.json"))
PAGE = read("..", "..", "..", "docs", "leaf-v1.md")


def body_of(vector):
    return vector["body"].encode("utf-8") if "body" in vector else base64.b64decode(vector["body_base64"])


def leaf_of(vector):
    evidence = {**FILE["defaults"], **{name: vector[name] for name in vector if name in FILE["defaults"]}}
    return leaf_reader.rebuild_leaf(body_of(vector), kind=vector.get("kind"), **evidence)


class LeafReaderTest(unittest.TestCase):
    def test_every_vector_gives_its_leaf(self):
        self.assertGreaterEqual(len(FILE["vectors"]), 50)
        for vector in FILE["vectors"]:
            with self.subTest(vector["name"]):
                leaf = leaf_of(vector)
                self.assertEqual(leaf.decode("utf-8"), vector["leaf"])
                self.assertEqual(leaf_reader.leaf_hash(leaf).hex(), vector["leaf_hash"])

    def test_vectors_have_names_of_their_own(self):
        names = [vector["name"] for vector in FILE["vectors"]]
        self.assertEqual(len(names), len(set(names)))

    def test_the_worked_example_can_be_followed(self):
        vector = FILE["vectors"][0]
        secret = b"correct horse battery staple"
        evidence = vector["signature"]
        digest = hmac.new(secret, body_of(vector), hashlib.sha256).hexdigest()
        self.assertEqual(evidence["headers"], {"x-genesys-signature": digest})
        self.assertEqual(evidence["key_fingerprint"], leaf_reader.key_fingerprint(secret))
        for text in [secret.decode(), evidence["key_fingerprint"], digest, vector["body"], vector["leaf"],
                     vector["leaf_hash"], f"these {len(body_of(vector))} bytes"]:
            self.assertIn(text, PAGE)

    def test_every_member_and_profile_is_on_the_page(self):
        for vector in FILE["vectors"]:
            leaf = json.loads(vector["leaf"])
            for member in [*leaf, *leaf["signature"]]:
                self.assertIn(f"| `{member}` |", PAGE)
        for name, profile in leaf_profiles.PROFILES.items():
            self.assertIn(f"`{name}`", PAGE)
            for value in profile.values():
                for pointer in [value] if isinstance(value, str) else value:
                    if isinstance(pointer, str):
                        self.assertIn(f"`{pointer}`", PAGE)

    def test_the_reader_refuses_what_no_leaf_can_hold(self):
        with self.assertRaises(AssertionError):
            leaf_reader.rebuild_leaf(b"not json", kind="conflict", **FILE["defaults"])
        long_header = {**FILE["defaults"]["signature"], "headers": {"x": "a" * leaf_reader.LEAF_SIZE_MAX}}
        with self.assertRaises(AssertionError):
            leaf_reader.rebuild_leaf(b"{}", **{**FILE["defaults"], "signature": long_header})


if __name__ == "__main__":
    unittest.main()
