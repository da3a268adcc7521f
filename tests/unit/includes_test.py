#!/usr/bin/env python3
"""Who may use whom, and the budgets of size, checked against the sources themselves.

ROOMS is the table of docs/architecture.md. An include that it does not allow is a design question, not a typo:
change the table and the page together, in a commit that says why.
"""

import os
import re
import sys
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SKIPPED_FOLDERS = {".git", "build", "var", "__pycache__", ".pytest_cache", "node_modules"}

STD = {
    "algorithm", "any", "array", "atomic", "barrier", "bit", "bitset", "cassert", "cctype", "cerrno", "charconv",
    "chrono", "cinttypes", "climits", "cmath", "compare", "complex", "concepts", "condition_variable", "coroutine",
    "csignal", "cstddef", "cstdint", "cstdio", "cstdlib", "cstring", "ctime", "deque", "exception", "filesystem",
    "format", "forward_list", "fstream", "functional", "future", "initializer_list", "iomanip", "ios", "iosfwd",
    "iostream", "istream", "iterator", "latch", "limits", "list", "locale", "map", "memory", "memory_resource",
    "mutex", "new", "numbers", "numeric", "optional", "ostream", "queue", "random", "ranges", "ratio", "regex",
    "semaphore", "set", "shared_mutex", "source_location", "span", "sstream", "stack", "stdexcept", "stop_token",
    "streambuf", "string", "string_view", "system_error", "thread", "tuple", "type_traits", "typeindex", "typeinfo",
    "unordered_map", "unordered_set", "utility", "valarray", "variant", "vector", "version",
}
# What a room that only computes has no business with.
IMPURE = {"barrier", "condition_variable", "csignal", "filesystem", "fstream", "future", "iostream", "latch", "mutex",
          "random", "semaphore", "shared_mutex", "stop_token", "thread"}
POSIX = r"(arpa|net|netinet|sys|linux)/\S+\.h|[a-z_]+\.h"
ABSL = r"absl/(status|strings|types|base|functional|container)/\S+"
CORE_LIBRARIES = [ABSL, r"openssl/\S+\.h", r"boost/json(\.hpp|/\S+)"]
PROTOS = [r"affidavit/v1/\S+\.pb\.h", r"google/(rpc|protobuf)/\S+\.h"]
GRPC = [r"grpc(pp)?/\S+"]
METRICS = [r"prometheus/\S+"]
BEAST = r"boost/(beast|asio)(\.hpp|/\S+)"
ARGUMENTS = r"CLI/\S+"
POSTGRES = r"pqxx/\S+|libpq-fe\.h|libpq/\S+"


class Room:
    """`own`: its folder. `uses`: other rooms' folders. `libraries`: what may stand beside the standard library."""

    def __init__(self, own, uses=(), libraries=(), pure=False):
        self.own, self.uses, self.pure = own, tuple(uses), pure
        self.libraries = re.compile("|".join(f"(?:{pattern})" for pattern in libraries) or r"(?!)")


ROOMS = [
    Room("core", libraries=CORE_LIBRARIES, pure=True),
    Room("config", ["core"], [ABSL, r"toml\+\+/\S+"]),
    Room("ops", ["core/base"], [ABSL, POSIX, BEAST, r"boost/json(\.hpp|/\S+)", r"spdlog/\S+"] + METRICS),
    Room("db", ["core"], [ABSL, POSIX, POSTGRES]),
    Room("services/ledger", ["core", "db", "ops", "config", "services/schema"],
         CORE_LIBRARIES + PROTOS + GRPC + METRICS + [POSIX, ARGUMENTS, r"curl/\S+"]),
    Room("services/records", ["core", "config", "ops"], [ABSL] + PROTOS + GRPC),
    Room("services/timeouts", ["core", "db", "ops", "config", "services/records"], CORE_LIBRARIES + METRICS),
    Room("services/objectstore", ["core", "config", "ops"], CORE_LIBRARIES + [POSIX, r"curl/\S+", r"pugixml\.hpp"]),
    Room("services/mirror", ["core", "db", "ops", "services/objectstore"], CORE_LIBRARIES + METRICS),
    Room("services/siem", ["core", "db", "ops", "config"], CORE_LIBRARIES + METRICS + [POSIX]),
    Room("services/schema", ["core"], CORE_LIBRARIES + [r"re2/re2\.h", r"valijson/\S+"]),
    Room("services/projector", ["core", "db", "ops", "config", "services/schema"], [ABSL] + METRICS),
    Room("services/worker", ["core", "db", "ops", "config", "services/objectstore", "services/mirror", "services/projector",
                             "services/records", "services/siem", "services/timeouts"],
         [ABSL, ARGUMENTS]),
    Room("webhook-adapter", ["core/base", "core/envelope", "core/signature", "ops", "config"],
         CORE_LIBRARIES + PROTOS + GRPC + METRICS + [POSIX, BEAST, ARGUMENTS, r"sqlite3\.h"]),
    Room("cli/verify", ["core"], CORE_LIBRARIES + [r"unistd\.h", ARGUMENTS, r"cli/(files|progress|text)\.h"]),
    Room("cli", ["core", "db", "config", "ops", "services/objectstore", "services/projector"],
         CORE_LIBRARIES + PROTOS + GRPC + [POSIX, ARGUMENTS, r"curl/\S+"]),
    Room("examples/cpp", libraries=PROTOS + GRPC),
]

# Libraries so intrusive that single files are named: a Beast coroutine file compiles for the better part of a minute,
# and only one room speaks SQL.
ONLY_IN = [
    (re.compile(BEAST), re.compile(r"webhook-adapter/http_server\w*\.(cc|h)|ops/private_http\.cc|(bench|tests)/.*")),
    (re.compile(POSTGRES), re.compile(r"db/.*|(bench|tests)/.*")),
    (re.compile(ARGUMENTS), re.compile(r"cli/.*|(services/ledger|services/worker|webhook-adapter)/main\.cc|(bench|tests)/.*")),
    (re.compile(r"curl/\S+"), re.compile(r"cli/.*|services/ledger/publish/http_client\.cc|services/objectstore/http_\w+\.cc|"
                                         r"(bench|tests)/.*")),
    (re.compile(r"valijson/\S+"), re.compile(r"services/schema/(compiled_schema\.cc|valijson_\w+\.h)")),
    (re.compile(r"re2/\S+"), re.compile(r"services/schema/pattern\.cc")),
    (re.compile(r"spdlog/\S+"), re.compile(r"ops/log\.(cc|h)")),
    (re.compile(r"toml\+\+/\S+"), re.compile(r"config/.*|tests/.*")),
]

# Rooms inside services/ledger meet in Postgres and in server.cc, never in an include. wire/ is their common language.
LEDGER_ROOMS = {"append", "query", "wire", "publish", "evidence", "governance"}

# Must run under ThreadSanitizer, which cannot look through Debian's gRPC: nothing of it, not even generated code.
GRPC_FREE = re.compile(r"services/ledger/append/(?!append_service|security_notices)\w+\.(cc|h)|services/ledger/publish/\w+\.(cc|h)|"
                       r"services/ledger/evidence/(checkpoint_watch|proof_maker|tile_cache)\.(cc|h)|"
                       r"webhook-adapter/batcher\w*\.(cc|h)|(core|db|config|ops)/.*")

# C++ as clang-format keeps it; the rest, whose formatter is its author, a little wider.
COLUMNS_MAX, OTHER_COLUMNS_MAX, FILE_LINES_MAX, FUNCTION_LINES_MAX, MAIN_LINES_MAX = 120, 132, 400, 70, 120
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')


def source_files(*extensions):
    for folder, subfolders, names in os.walk(ROOT):
        subfolders[:] = sorted(name for name in subfolders if name not in SKIPPED_FOLDERS)
        for name in sorted(names):
            if name.endswith(extensions):
                yield os.path.relpath(os.path.join(folder, name), ROOT)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def includes(path):
    for number, line in enumerate(read(path).splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1) or found.group(2)


def is_under(path, folder):
    return path.startswith(folder + "/")


def fault_of_include(room, path, included):
    """Why `path` of `room` may not include `included`; None when it may."""
    for library, places in ONLY_IN:
        if library.fullmatch(included):
            return None if places.fullmatch(path) else f"{included} belongs into {places.pattern} only"
    if included in STD:
        return f"{room.own} only computes: no <{included}>" if room.pure and included in IMPURE else None
    if any(is_under(included, folder) for folder in (room.own,) + room.uses) or room.libraries.fullmatch(included):
        return None
    return f"{room.own} may not use {included}"


def check_none(test, faults):
    if faults:
        test.fail("\n" + "\n".join(faults))


class IncludesTest(unittest.TestCase):
    def test_each_room_uses_only_what_the_table_allows(self):
        faults = []
        for path in source_files(".cc", ".h"):
            room = next((room for room in ROOMS if is_under(path, room.own)), None)
            if room is None:
                if not is_under(path, "tests") and not is_under(path, "bench"):
                    faults.append(f"{path}: lies in no room of the table")
                continue
            for number, included in includes(path):
                fault = fault_of_include(room, path, included)
                if fault:
                    faults.append(f"{path}:{number}: {fault}")
        check_none(self, faults)

    def test_the_check_itself_refuses_what_it_should(self):
        rooms = {room.own: room for room in ROOMS}
        for own, path, included in [
                ("core", "core/base/x.cc", "ops/log.h"), ("core", "core/base/x.cc", "thread"),
                ("core", "core/base/x.cc", "grpcpp/grpcpp.h"), ("core", "core/base/x.cc", "sys/socket.h"),
                ("db", "db/x.cc", "affidavit/v1/entry.pb.h"), ("cli", "cli/x.cc", "services/ledger/server.h"),
                ("cli", "cli/x.cc", "pqxx/pqxx"), ("cli/verify", "cli/verify/x.cc", "db/state.h"),
                ("cli/verify", "cli/verify/x.cc", "cli/ledger_client.h"), ("cli/verify", "cli/verify/x.cc", "sys/socket.h"),
                ("webhook-adapter", "webhook-adapter/x.cc", "db/state.h"),
                ("webhook-adapter", "webhook-adapter/batcher.cc", "boost/beast.hpp"),
                ("services/ledger", "services/ledger/server.cc", "libpq-fe.h")]:
            self.assertIsNotNone(fault_of_include(rooms[own], path, included), f"{path} includes {included}")
        self.assertIsNone(fault_of_include(rooms["db"], "db/x.cc", "pqxx/pqxx"))

    def test_rooms_inside_the_ledger_do_not_include_each_other(self):
        faults = []
        for path in source_files(".cc", ".h"):
            parts = path.split("/")
            if not is_under(path, "services/ledger") or len(parts) < 4:
                continue
            for number, included in includes(path):
                if not is_under(included, "services/ledger") or included.count("/") < 3:
                    continue
                other = included.split("/")[2]
                if other in LEDGER_ROOMS and other not in (parts[2], "wire"):
                    faults.append(f"{path}:{number}: {parts[2]} includes {included}")
        check_none(self, faults)

    def test_concurrent_parts_are_free_of_grpc(self):
        forbidden = re.compile("|".join(GRPC + PROTOS))
        faults = [f"{path}:{number}: {included} cannot run under ThreadSanitizer"
                  for path in source_files(".cc", ".h") if GRPC_FREE.fullmatch(path)
                  for number, included in includes(path) if forbidden.fullmatch(included)]
        check_none(self, faults)

    def test_includes_of_ours_name_files_from_the_root(self):
        folders = [room.own for room in ROOMS] + ["tests", "bench"]
        faults = [f"{path}:{number}: no such file: {included}"
                  for path in source_files(".cc", ".h") for number, included in includes(path)
                  if any(is_under(included, folder) for folder in folders)
                  and not os.path.exists(os.path.join(ROOT, included))]
        check_none(self, faults)


def functions(text):
    """(line, length) of each block that looks like a function in clang-formatted code: opened at column 0 or 2, closed
    by a brace in the same column. Namespaces, classes and initialisers are not functions."""
    other = re.compile(r"(namespace|class|struct|enum|union|extern|constexpr|const|static const)\b")
    lines = text.splitlines()
    opened = {}
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip(" "))
        if indent not in (0, 2):
            continue
        body = line.strip()
        if re.match(r"\}[;,)]*$", body) and indent in opened:
            start = opened.pop(indent)
            yield start, number - start + 1
        elif body.endswith("{") and not other.match(body):
            opened[indent] = number
        elif body == "};":
            opened.pop(indent, None)


class BudgetTest(unittest.TestCase):
    TEXTS = (".cc", ".h", ".py", ".sh", ".proto", ".sql", ".cmake", "CMakeLists.txt", ".toml", ".yml")

    def our_texts(self):
        yield from source_files(*self.TEXTS)
        for name in sorted(os.listdir(os.path.join(ROOT, "scripts"))):
            if os.path.isfile(os.path.join(ROOT, "scripts", name)):
                yield "scripts/" + name

    def test_files_stay_short(self):
        check_none(self, [f"{path}: {len(read(path).splitlines())} lines, at most {FILE_LINES_MAX}"
                    for path in self.our_texts() if len(read(path).splitlines()) > FILE_LINES_MAX])

    def test_lines_stay_short(self):
        faults = []
        for path in self.our_texts():
            limit = COLUMNS_MAX if path.endswith((".cc", ".h")) else OTHER_COLUMNS_MAX
            faults += [f"{path}:{number}: {len(line)} columns, at most {limit}"
                       for number, line in enumerate(read(path).splitlines(), 1)
                       if len(line) > limit and "://" not in line]
        check_none(self, faults)

    def test_functions_fit_a_screen(self):
        check_none(self, [f"{path}:{start}: a function of {length} lines, at most {FUNCTION_LINES_MAX}"
                    for path in source_files(".cc", ".h") for start, length in functions(read(path))
                    if length > FUNCTION_LINES_MAX])

    def test_mains_only_assemble(self):
        check_none(self, [f"{path}: {len(read(path).splitlines())} lines, at most {MAIN_LINES_MAX}"
                    for path in source_files("main.cc") if len(read(path).splitlines()) > MAIN_LINES_MAX])

    def test_nothing_is_left_for_later(self):
        later = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b|\bDIS" + r"ABLED_|pytest\.mark\.(sk" + r"ip|xf" + r"ail)\b")
        check_none(self, [f"{path}:{number}: {line.strip()}"
                    for path in self.our_texts() for number, line in enumerate(read(path).splitlines(), 1)
                    if later.search(line)])


class RegisteredTest(unittest.TestCase):
    """A file that no build names is a test that nobody runs."""

    def test_every_source_is_built(self):
        builds = {os.path.dirname(path): "" for path in source_files("CMakeLists.txt", ".cmake")}
        for path in source_files("CMakeLists.txt", ".cmake"):
            builds[os.path.dirname(path)] += read(path)
        faults = []
        for path in source_files(".cc", "_test.py"):
            named = False
            for folder, text in builds.items():
                if folder == "" or is_under(path, folder):
                    relative = os.path.relpath(path, folder or ".")
                    stem = os.path.splitext(relative)[0] if folder == "tests/fuzz" else relative
                    named = named or re.search(r"(?<![\w./-])" + re.escape(stem) + r"(?![\w/-])", text) is not None
            if not named:
                faults.append(f"{path}: in no CMakeLists.txt")
        check_none(self, faults)

    def test_every_folder_of_tests_is_used(self):
        known = {"unit", "contract", "integration", "fault", "fuzz", "e2e", "support", "regression"}
        present = {name for name in os.listdir(os.path.join(ROOT, "tests"))
                   if os.path.isdir(os.path.join(ROOT, "tests", name)) and name not in SKIPPED_FOLDERS}
        self.assertLessEqual(present, known)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
