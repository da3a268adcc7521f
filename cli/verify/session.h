// What all forms of `affidavit-verify` share. One session is one run, on one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/verify/findings.h"
#include "core/checkpoint/key.h"

namespace CLI {
class App;
}

namespace affidavit::verify {

// --key, --witness, --witness-count as given.
struct KeyOptions {
  std::vector<std::string> log_keys, witness_keys;
  int witness_count = -1;  // not given: every given witness
};

// Whom the examiner trusts.
struct Trust {
  std::vector<VerifierKey> log_keys;  // empty: who signed stays unknown, and nothing is verified
  std::vector<VerifierKey> witness_keys;
  size_t witness_count_min = 0;
};

struct Session {
  std::ostream& out;
  std::ostream& err;
  Marks marks = Marks::kAscii;
  bool progress = false;  // stderr is a terminal
  std::string output = "text";

  // Set by the chosen form while the command line is parsed. DATA_LOSS: what was given is no evidence, so NOT VERIFIED;
  // every other error is of usage: an option, or a file that it names.
  std::function<absl::StatusOr<Findings>()> action;
};

// The options that several forms take.
void AddKeyOptions(CLI::App& app, KeyOptions& options);
void AddOutputOption(CLI::App& app, Session& session);

// INVALID_ARGUMENT when a key cannot be read, or fewer witnesses were given than are to be counted.
absl::StatusOr<Trust> ReadTrust(const KeyOptions& options);

// The forms: each adds its options to `app` and sets the session's action when it was chosen.
void AddBundle(CLI::App& app, Session& session);  // also the scan of a log; on the program itself
void AddTlogProof(CLI::App& app, Session& session);
void AddCheckpoint(CLI::App& app, Session& session);
void AddNote(CLI::App& app, Session& session);
void AddConsistency(CLI::App& app, Session& session);
void AddInclusion(CLI::App& app, Session& session);
void AddLog(CLI::App& app, Session& session);

}  // namespace affidavit::verify
