"""The ledger's gRPC services through clients that protoc makes here and now from protos/: nothing of ours in between."""

import os
import subprocess
import sys

import grpc

from stack import ROOT

PROTOS = ("affidavit/v1/entry.proto", "affidavit/v1/query_service.proto", "affidavit/v1/governance_service.proto")
DEADLINE_SECONDS = 20


def make_stubs(directory):
    os.makedirs(directory, exist_ok=True)
    plugin = "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin"
    subprocess.run(["protoc", "-I", os.path.join(ROOT, "protos"), f"--python_out={directory}", f"--grpc_out={directory}", plugin,
                    *PROTOS], check=True, stdin=subprocess.DEVNULL, timeout=60)
    if directory not in sys.path:
        sys.path.insert(0, directory)


class Ledger:
    """Calls one ledger. REQUIRES: make_stubs."""

    def __init__(self, target):
        from affidavit.v1 import governance_service_pb2, governance_service_pb2_grpc, query_service_pb2, query_service_pb2_grpc
        self.query, self.governance = query_service_pb2, governance_service_pb2
        self.channel = grpc.insecure_channel(target)
        self.query_stub = query_service_pb2_grpc.QueryServiceStub(self.channel)
        self.governance_stub = governance_service_pb2_grpc.GovernanceServiceStub(self.channel)

    def custody(self, **key):
        """Every chain, over all pages."""
        request, chains = self.query.GetCustodyChainRequest(**key), []
        while True:
            answer = self.query_stub.GetCustodyChain(request, timeout=DEADLINE_SECONDS)
            chains += answer.chains
            if not answer.next_page_token:
                return chains
            request.page_token = answer.next_page_token

    def entries(self, **members):
        """Every entry that the filter matches, over all pages."""
        request = self.query.ListEntriesRequest(filter=self.query.EntryFilter(**members), page_size=1_000)
        found = []
        while True:
            answer = self.query_stub.ListEntries(request, timeout=DEADLINE_SECONDS)
            found += answer.entries
            if not answer.next_page_token:
                return found
            request.page_token = answer.next_page_token

    def schema_versions(self):
        """{(event_type, schema_version): (version, {shape_id: shape})}; shapes of one version may lie on several pages."""
        request = self.governance.ListSchemaVersionsRequest(view=self.governance.SCHEMA_VERSION_VIEW_FULL, page_size=1_000)
        found = {}
        while True:
            answer = self.governance_stub.ListSchemaVersions(request, timeout=DEADLINE_SECONDS)
            for version in answer.versions:
                shapes = found.setdefault((version.event_type, version.schema_version), (version, {}))[1]
                shapes.update({shape.shape_id: shape for shape in version.shapes})
            if not answer.next_page_token:
                return found
            request.page_token = answer.next_page_token

    def status(self):
        return self.query_stub.GetStatus(self.query.GetStatusRequest(), timeout=DEADLINE_SECONDS)

    def message_counts(self):
        """{"READ": 3, …} of the projected messages, without zeros."""
        return {self.query.MessageStatus.Name(count.status).removeprefix("MESSAGE_STATUS_"): count.message_count
                for count in self.status().facts.messages if count.message_count}

    def close(self):
        self.channel.close()
