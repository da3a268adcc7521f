"""Object stores for the end-to-end tests, read by a client that is not ours: a Ceph RGW (boto3), and the worker's directory
(plain files). Both list every version of every object, so that tests can say "one, with these bytes, locked until then"."""

import datetime
import glob
import json
import os
import shlex
import subprocess
from collections import namedtuple

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))

# `md5` as the store lists it, or None; bodies are read when asked for.
Version = namedtuple("Version", "key version_id md5")


class Server:
    """A throw-away RGW, through the functions of scripts/lib/object_store.sh; the one of the environment where there is one."""

    def __init__(self, directory):
        self.directory, self.output_file, self.is_ours, self.values = str(directory), f"{directory}.out", False, {}

    def _call(self, function, *arguments, timeout=120):
        library = os.path.join(ROOT, "scripts", "lib", "object_store.sh")
        # Files, not pipes: the daemons inherit them and would keep a pipe open for ever.
        with open(self.output_file, "w+b") as output:
            script = f". {shlex.quote(library)} && {function} \"$@\""
            done = subprocess.run(["bash", "-c", script, "bash", self.directory, *arguments],
                                  stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, timeout=timeout)
            output.seek(0)
            text = output.read().decode()
        assert done.returncode == 0, f"{function}: {text}"
        return text

    def start(self):
        prefix = "AFFIDAVIT_TEST_S3_"
        if os.environ.get(prefix + "ENDPOINT"):
            self.values = {name[len(prefix):]: value for name, value in os.environ.items() if name.startswith(prefix)}
            self.directory = self.values["DIRECTORY"]
        else:
            self.is_ours = True
            self._call("object_store_start")
            lines = self._call("object_store_variables").splitlines()
            self.values = {line.partition("=")[0][len(prefix):]: line.partition("=")[2] for line in lines}
        return self

    def remove(self):
        if self.is_ours:
            self._call("object_store_remove")

    def stop_gateway(self):
        """An outage; everything is still there when it is over."""
        self._call("object_store_gateway_stop")

    def start_gateway(self):
        self._call("object_store_gateway_start")

    def client(self, who=""):
        import boto3  # a second of work, and only these tests need it
        from botocore.config import Config

        return boto3.client("s3", endpoint_url=self.values["ENDPOINT"], region_name=self.values["REGION"],
                            aws_access_key_id=self.values[who + "ACCESS_KEY"],
                            aws_secret_access_key=self.values[who + "SECRET_KEY"],
                            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 3}))

    def make_bucket(self, name, who=""):
        """With Object Lock, without a default retention. `who`="WRITER_": for a worker that can write and nothing else."""
        client = self.client()
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
        if who:
            arns, users = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"], "arn:aws:iam:::user/"
            client.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": [users + "writer"]}, "Resource": arns,
                 "Action": ["s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold"]},
                {"Effect": "Allow", "Principal": {"AWS": [users + "owner"]}, "Resource": arns, "Action": ["s3:*"]}]}))
        return Bucket(self, client, name, who)


class Bucket:
    is_worm = True

    def __init__(self, server, client, name, who=""):
        self.server, self.client, self.name, self.who = server, client, name, who

    def settings(self, directory):
        """[object_store] for it; the secret goes into a file of `directory`."""
        secret = os.path.join(directory, "s3-secret")
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(self.server.values[self.who + "SECRET_KEY"] + "\n")
        return {"kind": "s3", "endpoint": self.server.values["ENDPOINT"], "region": self.server.values["REGION"],
                "bucket": self.name, "path_style": True, "access_key_id": self.server.values[self.who + "ACCESS_KEY"],
                "secret_access_key_file": secret, "timeout_seconds": 5}

    def versions(self, prefix=""):
        found = []
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=self.name, Prefix=prefix):
            assert not page.get("DeleteMarkers"), page["DeleteMarkers"]
            found += [Version(version["Key"], version["VersionId"], version["ETag"].strip('"'))
                      for version in page.get("Versions", [])]
        return found

    def read(self, version):
        """(body, retain_until or None, legal hold, metadata) of one version; its lock is COMPLIANCE or none."""
        answer = self.client.get_object(Bucket=self.name, Key=version.key, VersionId=version.version_id)
        assert answer.get("ObjectLockMode") in (None, "COMPLIANCE"), answer
        return (answer["Body"].read(), answer.get("ObjectLockRetainUntilDate"),
                answer.get("ObjectLockLegalHoldStatus") == "ON",
                # RGW gives '-' back for the '_' of a name.
                {name.replace("-", "_"): value for name, value in answer["Metadata"].items()})

    def names_version(self, version, version_id):
        return version.version_id == version_id

    def refuses_delete(self, version):
        from botocore.exceptions import ClientError

        try:
            self.client.delete_object(Bucket=self.name, Key=version.key, VersionId=version.version_id)
            return False
        except ClientError as error:
            return error.response["Error"]["Code"] == "AccessDenied"


class Directory:
    """What the directory store keeps below .versions: a folder a key, and in it ID and ID.json for each version."""

    is_worm = False

    def __init__(self, path):
        self.path = str(path)

    def settings(self, _directory):
        return {"kind": "directory", "directory": self.path}

    def versions(self, prefix=""):
        found = []
        for path in glob.glob(os.path.join(glob.escape(self.path), ".versions", "**", "*.json"), recursive=True):
            try:
                with open(path, encoding="utf-8") as file:
                    record = json.load(file)
            except FileNotFoundError:
                continue  # an old version of what is replaced, such as log/checkpoint
            if record["key"].startswith(prefix):
                found.append(Version(record["key"], path[: -len(".json")], None))
        return found

    def names_version(self, version, version_id):
        return os.path.basename(version.version_id) == version_id

    def read(self, version):
        with open(version.version_id, "rb") as file:
            body = file.read()
        with open(version.version_id + ".json", encoding="utf-8") as file:
            record = json.load(file)
        until = record.get("retain_until")
        if until:
            until = datetime.datetime.fromisoformat(until.replace("Z", "+00:00"))
        return body, until, record["legal_hold"], record["metadata"]
