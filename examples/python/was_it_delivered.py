#!/usr/bin/env python3
"""Asks a ledger what became of a message, and prints each of its messages as a line, and its events below it.

    was_it_delivered.py --target 127.0.0.1:7443 --message MESSAGE_ID
    was_it_delivered.py --target ledger.example.com:7443 --ca ca.crt --correlation CORRELATION_ID

Exit code: 0 delivered or read (all of them, if there are several), 1 not, 2 wrong usage, 3 the ledger cannot be asked, 4 nothing
is known of it. Needs python3-grpcio, protobuf-compiler and protobuf-compiler-grpc: the client is made of protos/ at each start. A
service of your own makes it once, when it is built.
"""

import argparse
import os
import subprocess
import sys
import tempfile

PROTOS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "protos")
DELIVERED, NOT_DELIVERED, USAGE, UNREACHABLE, UNKNOWN = range(5)
DEADLINE_SECONDS = 10

# Python's own exit code for whatever is missing would be 1: not delivered.
try:
    import grpc
except ImportError:
    print("python3-grpcio is missing", file=sys.stderr)
    sys.exit(UNREACHABLE)


def make_client(protos, directory):
    subprocess.run(["protoc", "-I", protos, f"--python_out={directory}", f"--grpc_out={directory}",
                    "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin", "affidavit/v1/entry.proto",
                    "affidavit/v1/query_service.proto"], check=True)
    sys.path.insert(0, directory)
    from affidavit.v1 import query_service_pb2, query_service_pb2_grpc
    return query_service_pb2, query_service_pb2_grpc


def ask(stub, messages, key):
    """Every chain, over all pages."""
    request, chains = messages.GetCustodyChainRequest(**key), []
    while True:
        answer = stub.GetCustodyChain(request, timeout=DEADLINE_SECONDS)
        chains += answer.chains
        if not answer.next_page_token:
            return chains
        request.page_token = answer.next_page_token


def name(messages, status):
    return messages.MessageStatus.Name(status).removeprefix("MESSAGE_STATUS_")


def show(messages, chain):
    late = ", after it had been given up" if chain.late_delivery else ""
    print(f"{chain.message_id or chain.event_id}  {chain.channel}  {name(messages, chain.status)}{late}")
    for event in chain.events:
        entry = event.entry
        clock = entry.event_time if entry.HasField("event_time") else entry.receive_time
        print(f"  {clock.ToJsonString()}  {entry.event_type:24}  {name(messages, event.status):10}  entry {entry.leaf_index}")


def parse_arguments():
    parser = argparse.ArgumentParser(description="Was it delivered?")
    parser.add_argument("--target", default="127.0.0.1:7443", help="the ledger: host:port or unix:/path")
    parser.add_argument("--ca", help="certificates to trust: TLS")
    parser.add_argument("--source", default="", help="only of this source")
    parser.add_argument("--protos", default=PROTOS, help="the folder with affidavit/v1/")
    key = parser.add_mutually_exclusive_group(required=True)
    key.add_argument("--message", dest="message_id", metavar="ID")
    key.add_argument("--correlation", dest="correlation_id", metavar="ID")
    key.add_argument("--event", dest="event_id", metavar="ID")
    return parser.parse_args()


def open_channel(target, ca):
    if not ca:
        return grpc.insecure_channel(target)
    with open(ca, "rb") as file:
        return grpc.secure_channel(target, grpc.ssl_channel_credentials(file.read()))


def main():
    arguments = parse_arguments()
    key = {member: getattr(arguments, member) for member in ("message_id", "correlation_id", "event_id")
           if getattr(arguments, member)}
    with tempfile.TemporaryDirectory() as directory, open_channel(arguments.target, arguments.ca) as channel:
        try:
            messages, services = make_client(arguments.protos, directory)
            chains = ask(services.QueryServiceStub(channel), messages, {**key, "source": arguments.source})
        except (ImportError, OSError, subprocess.CalledProcessError) as error:
            print(f"no client could be made of {arguments.protos}: {error}", file=sys.stderr)
            return UNREACHABLE
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr)
            if error.code() == grpc.StatusCode.NOT_FOUND:
                return UNKNOWN
            wrong = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION)  # an id of several messages, say
            return USAGE if error.code() in wrong else UNREACHABLE
    for chain in chains:
        show(messages, chain)
    arrived = (messages.MESSAGE_STATUS_DELIVERED, messages.MESSAGE_STATUS_READ)
    return DELIVERED if all(chain.status in arrived for chain in chains) else NOT_DELIVERED


if __name__ == "__main__":
    sys.exit(main())
