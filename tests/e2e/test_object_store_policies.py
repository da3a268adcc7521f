"""deploy/s3: every file parses, says what docs/object-store.md says of it, and is applied to a real RGW as far as Ceph 16 goes:
bucket, policies of the roles and of the bucket, lifecycle. The roles are then tried out, the write-only mirror first of all."""

import datetime
import fnmatch
import glob
import json
import os
import random

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.validate import validate_parameters

pytestmark = pytest.mark.heavy  # files and a foreign server: nothing of ours runs

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
FOLDER = os.path.join(ROOT, "deploy", "s3")
ROLES = ["mirror", "mirror-write-only", "restore", "disposition", "doctor"]
OPERATIONS = {"create-bucket.json": "CreateBucket", "lifecycle.json": "PutBucketLifecycleConfiguration",
              "public-access-block.json": "PutPublicAccessBlock"}
EVENT, LOG_FILE, CANARY = "audit/2026-11-24/EMAIL/evt-1.json", "log/tile/0/000", "doctor/2026-11-24/1"


def load(name, bucket="BUCKET"):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return json.loads(file.read().replace("BUCKET", bucket))


def as_list(value):
    return value if isinstance(value, list) else [value]


def allows(policy, action, resource):
    """IAM's rule, for policies without conditions: an Allow, and no Deny."""
    effects = {statement["Effect"] for statement in policy["Statement"]
               if action in as_list(statement["Action"])
               and any(fnmatch.fnmatchcase(resource, pattern) for pattern in as_list(statement["Resource"]))}
    return effects == {"Allow"}


def test_every_file_is_known_and_parses():
    names = {os.path.relpath(path, FOLDER) for path in glob.glob(os.path.join(FOLDER, "**", "*.json"), recursive=True)}
    assert names == {f"iam/{role}.json" for role in ROLES} | set(OPERATIONS) | {"bucket-policy.json"}
    with open(os.path.join(ROOT, "docs", "object-store.md"), encoding="utf-8") as file:
        page = file.read()
    for name in sorted(names):
        load(name)
        assert name in page, f"docs/object-store.md does not say what {name} is for"


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_the_calls_are_what_the_api_takes(name):
    model = botocore.session.get_session().get_service_model("s3").operation_model(OPERATIONS[name])
    validate_parameters(load(name), model.input_shape)


def test_each_role_may_do_its_work_and_no_more():
    bucket = "arn:aws:s3:::BUCKET"
    event, log, canary = f"{bucket}/{EVENT}", f"{bucket}/{LOG_FILE}", f"{bucket}/{CANARY}"
    write = ["s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold"]
    read = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectRetention", "s3:GetObjectLegalHold"]
    lists = ["s3:ListBucket", "s3:ListBucketVersions"]
    look = ["s3:GetBucketVersioning", "s3:GetBucketObjectLockConfiguration"]
    delete = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    weaken = ["s3:BypassGovernanceRetention", "s3:PutBucketVersioning", "s3:PutBucketPolicy", "s3:PutLifecycleConfiguration",
              "s3:PutObjectAcl"]
    grants = {
        "mirror": [(write + read, event), (write + read, log), (lists + look, bucket)],
        "mirror-write-only": [(write, event), (write, log), (look, bucket)],
        "restore": [(read + ["s3:RestoreObject"], event), (read + ["s3:RestoreObject"], log), (lists + look, bucket)],
        "disposition": [(read + ["s3:DeleteObjectVersion"], event), (lists + look, bucket)],
        "doctor": [(write + read + delete + ["s3:BypassGovernanceRetention"], canary), (lists + look, bucket)],
    }
    for role in ROLES:
        policy = load(f"iam/{role}.json")
        granted = {(action, resource) for actions, resource in grants[role] for action in actions}
        asked = {(action, resource) for resource in (event, log, canary)
                 for action in write + read + delete + weaken + ["s3:RestoreObject"]}
        asked |= {(action, bucket) for action in lists + look + weaken}
        if role != "doctor":  # what the others may do with a canary does not matter
            asked = {pair for pair in asked if pair[1] != canary}
        for action, resource in sorted(asked | granted):
            assert allows(policy, action, resource) == ((action, resource) in granted), (role, action, resource)


def test_the_lifecycle_moves_events_after_a_year_and_the_log_never():
    for rule in load("lifecycle.json")["LifecycleConfiguration"]["Rules"]:
        prefix = rule["Filter"]["Prefix"]
        for transition in rule.get("Transitions", []):
            assert prefix in ("audit/", "records/") and transition["Days"] >= 365, rule
        if prefix != "doctor/":  # nothing else ever ends by age: locks do that, and disposition
            assert "Expiration" not in rule, rule
        assert rule.get("NoncurrentVersionExpiration") is None or prefix in ("log", "doctor/"), rule


class Cloud:
    """A bucket made of the files, and a user for each role with its policy."""

    def __init__(self, server):
        self.server, self.bucket = server, f"policies-{random.randrange(1 << 40):010x}"
        self.owner = self._client("s3", server.values["ACCESS_KEY"], server.values["SECRET_KEY"])
        self.iam = self._client("iam", server.values["ACCESS_KEY"], server.values["SECRET_KEY"])
        self.owner.create_bucket(**load("create-bucket.json", self.bucket))
        self.clients = {}

    def _client(self, service, access_key, secret_key):
        values = self.server.values
        return boto3.client(service, endpoint_url=values["TLS_ENDPOINT"], verify=values["CA_FILE"],
                            region_name=values["REGION"], aws_access_key_id=access_key, aws_secret_access_key=secret_key,
                            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}))

    def role(self, name):
        if name not in self.clients:
            user = f"{name}-{self.bucket}"
            keys = self.server._call("object_store_add_user", user, "--max-buckets=-1").split()
            document = json.dumps(load(f"iam/{name}.json", self.bucket))
            self.iam.put_user_policy(UserName=user, PolicyName=name, PolicyDocument=document)
            self.clients[name] = self._client("s3", *keys)
        return self.clients[name]

    def put(self, client, key, seconds=None, body=b"{}"):
        lock = {}
        if seconds is not None:
            until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
            lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
        return client.put_object(Bucket=self.bucket, Key=key, Body=body, **lock)["VersionId"]


@pytest.fixture(scope="module")
def cloud(s3_server):
    return Cloud(s3_server)


def refused(call, *arguments, **options):
    with pytest.raises(ClientError) as raised:
        call(*arguments, **options)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403, raised.value


def test_the_write_only_mirror_writes_and_nothing_else(cloud):
    writer = cloud.role("mirror-write-only")
    others = cloud.put(cloud.owner, EVENT, 86400)
    own = cloud.put(writer, EVENT + "-own", 86400)
    again = cloud.put(writer, EVENT, 86400)
    for key, version in ((EVENT, others), (EVENT + "-own", own), (EVENT, again)):
        name = {"Bucket": cloud.bucket, "Key": key}
        for options in (name, {**name, "VersionId": version}):
            refused(writer.get_object, **options)
            refused(writer.head_object, **options)
            refused(writer.delete_object, **options)
            refused(writer.get_object_retention, **options)
        refused(writer.put_object_acl, ACL="public-read", **name)
        tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        refused(writer.put_object_retention, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": tomorrow}, **name,
                VersionId=version)
    refused(writer.list_objects_v2, Bucket=cloud.bucket)
    refused(writer.list_object_versions, Bucket=cloud.bucket)
    refused(writer.put_bucket_versioning, Bucket=cloud.bucket, VersioningConfiguration={"Status": "Suspended"})
    refused(writer.delete_bucket, Bucket=cloud.bucket)
    refused(writer.create_bucket, Bucket=cloud.bucket + "-2")
    assert writer.get_bucket_versioning(Bucket=cloud.bucket)["Status"] == "Enabled"
    assert writer.get_object_lock_configuration(Bucket=cloud.bucket)["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled"}


def test_the_mirror_reads_back_and_does_not_delete(cloud):
    mirror, key = cloud.role("mirror"), "audit/mirror"
    version = cloud.put(mirror, key, 86400, b"body")
    answer = mirror.get_object(Bucket=cloud.bucket, Key=key, VersionId=version)
    assert (answer["Body"].read(), answer["ObjectLockMode"]) == (b"body", "COMPLIANCE")
    mirror.put_object_legal_hold(Bucket=cloud.bucket, Key=key, VersionId=version, LegalHold={"Status": "ON"})
    assert mirror.list_object_versions(Bucket=cloud.bucket, Prefix=key)["Versions"][0]["VersionId"] == version
    unlocked = cloud.put(mirror, key)
    for options in ({"VersionId": version}, {"VersionId": unlocked}, {}):
        refused(mirror.delete_object, Bucket=cloud.bucket, Key=key, **options)


def test_restore_reads_everything_and_writes_nothing(cloud):
    restore = cloud.role("restore")
    for writer in (cloud.owner, cloud.role("mirror"), cloud.role("mirror-write-only")):
        version = cloud.put(writer, "audit/restore", 86400, b"kept")
        answer = restore.get_object(Bucket=cloud.bucket, Key="audit/restore", VersionId=version)
        assert answer["Body"].read() == b"kept"
        refused(restore.delete_object, Bucket=cloud.bucket, Key="audit/restore", VersionId=version)
    assert restore.list_object_versions(Bucket=cloud.bucket)["Versions"]
    refused(restore.put_object, Bucket=cloud.bucket, Key="audit/restore", Body=b"")


def test_disposition_deletes_what_is_expired_and_never_the_log(cloud):
    disposition, mirror = cloud.role("disposition"), cloud.role("mirror")
    locked, free, log = cloud.put(mirror, EVENT, 86400), cloud.put(mirror, EVENT), cloud.put(mirror, LOG_FILE)
    refused(disposition.delete_object, Bucket=cloud.bucket, Key=EVENT, VersionId=locked)
    refused(disposition.delete_object, Bucket=cloud.bucket, Key=LOG_FILE, VersionId=log)
    refused(disposition.delete_object, Bucket=cloud.bucket, Key=EVENT)
    refused(disposition.put_object, Bucket=cloud.bucket, Key=EVENT, Body=b"")
    disposition.delete_object(Bucket=cloud.bucket, Key=EVENT, VersionId=free)
    left = {version["VersionId"] for version in mirror.list_object_versions(Bucket=cloud.bucket, Prefix=EVENT)["Versions"]}
    assert locked in left and free not in left


def test_the_doctor_has_only_the_lock_against_it(cloud):
    doctor = cloud.role("doctor")
    locked, free = cloud.put(doctor, CANARY, 86400), cloud.put(doctor, CANARY)
    refused(doctor.delete_object, Bucket=cloud.bucket, Key=CANARY, VersionId=locked, BypassGovernanceRetention=True)
    doctor.delete_object(Bucket=cloud.bucket, Key=CANARY, VersionId=free)
    refused(doctor.put_object, Bucket=cloud.bucket, Key=EVENT, Body=b"")


def test_the_bucket_takes_its_policy_its_lifecycle_and_its_privacy(cloud):
    """Over TLS, as the policy wants it; Ceph 16 does not tell a policy that a request came without."""
    cloud.owner.put_bucket_policy(Bucket=cloud.bucket, Policy=json.dumps(load("bucket-policy.json", cloud.bucket)))
    cloud.owner.put_bucket_lifecycle_configuration(**load("lifecycle.json", cloud.bucket))
    rules = cloud.owner.get_bucket_lifecycle_configuration(Bucket=cloud.bucket)["Rules"]
    assert {rule["ID"] for rule in rules} == {rule["ID"] for rule in load("lifecycle.json")["LifecycleConfiguration"]["Rules"]}
    cloud.put(cloud.owner, EVENT, 86400)
    cloud.owner.put_public_access_block(**load("public-access-block.json", cloud.bucket))
    assert cloud.owner.get_public_access_block(Bucket=cloud.bucket)["PublicAccessBlockConfiguration"]["BlockPublicPolicy"]
