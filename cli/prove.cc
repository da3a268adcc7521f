// prove: a message's proof bundle, or one entry's inclusion proof, as files for whoever does not trust us.
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "CLI/App.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "boost/json/object.hpp"
#include "boost/json/serialize.hpp"
#include "cli/files.h"
#include "cli/ledger_client.h"
#include "cli/proof_files.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

struct ProveOptions {
  std::string message_id, correlation_id, event_id, source;
  std::optional<int64_t> inclusion;
  std::string folder, file;
  int wait_ms = 5'000;
};

struct Output {
  std::string path;
  std::string content;
};

std::string InFolder(const ProveOptions& options, const std::string& name) {
  return options.folder.empty() ? name : (std::filesystem::path(options.folder) / name).string();
}

// Writes all or nothing: a half of what was asked for must not look like the whole.
absl::Status WriteAll(const std::vector<Output>& outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    // They hold what was said to a customer: for the one who asked alone.
    absl::Status status = WriteSecretFile(outputs[i].path, outputs[i].content);
    if (!status.ok()) {
      for (size_t written = 0; written < i; ++written) {
        std::error_code ignored;
        std::filesystem::remove(outputs[written].path, ignored);
      }
      return status;
    }
  }
  return absl::OkStatus();
}

// The facts of one proof and the command that checks it.
void Report(Session& session, boost::json::object facts, const std::vector<Output>& outputs,
            const std::string& command) {
  if (session.Format() == OutputFormat::kJson) {
    facts["verify"] = command;
    session.out << boost::json::serialize(facts) << "\n";
    return;
  }
  for (const Output& output : outputs) {
    session.out << "wrote " << Printable(output.path) << " ("
                << WithThousands(static_cast<int64_t>(output.content.size())) << " bytes)\n";
  }
  session.out << "check it anywhere:\n  " << Printable(command) << "\n";
}

void SayWhoseKey(Session& session) {
  if (session.Format() == OutputFormat::kTable) {
    session.out << "The key is what this ledger says of itself: compare it with the one that its operator publishes.\n";
  }
}

absl::StatusOr<std::vector<std::string>> VerifierKeys(LedgerClient& client) {
  ASSIGN_OR_RETURN(const v1::GetCheckpointResponse response, client.GetCheckpoint(v1::GetCheckpointRequest()));
  return std::vector<std::string>(response.verifier_keys().begin(), response.verifier_keys().end());
}

absl::Status ProveInclusion(Session& session, const ProveOptions& options, LedgerClient& client) {
  v1::GetInclusionProofRequest request;
  request.set_leaf_index(*options.inclusion);
  request.set_wait_max_ms(options.wait_ms);
  ASSIGN_OR_RETURN(const v1::GetInclusionProofResponse response, client.GetInclusionProof(request));
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, VerifierKeys(client));
  const std::string name = absl::StrCat("entry-", response.leaf_index());
  const std::vector<Output> outputs = {{InFolder(options, name + ".leaf"), response.leaf()},
                                       {InFolder(options, name + ".tlog-proof"), response.tlog_proof()}};
  RETURN_IF_ERROR(WriteAll(outputs));
  Report(session,
         {{"leaf_file", outputs[0].path},
          {"proof_file", outputs[1].path},
          {"leaf_index", response.leaf_index()},
          {"tree_size", response.tree_size()}},
         outputs, VerifyCommand({"tlog-proof", outputs[0].path, outputs[1].path}, keys));
  SayWhoseKey(session);
  return absl::OkStatus();
}

std::string BundlePath(const ProveOptions& options, const v1::GetProofOfDeliveryResponse::Bundle& bundle) {
  if (!options.file.empty()) {
    return options.file;
  }
  return InFolder(options, bundle.message_id().empty()
                               ? ProofFileName("event", bundle.event_id(), bundle.source())
                               : ProofFileName("message", bundle.message_id(), bundle.source()));
}

absl::Status ProveDelivery(Session& session, const ProveOptions& options, LedgerClient& client) {
  v1::GetProofOfDeliveryRequest request;
  if (!options.message_id.empty()) {
    request.set_message_id(options.message_id);
  } else if (!options.correlation_id.empty()) {
    request.set_correlation_id(options.correlation_id);
  } else {
    request.set_event_id(options.event_id);
  }
  request.set_source(options.source);
  request.set_wait_max_ms(options.wait_ms);
  ASSIGN_OR_RETURN(v1::GetProofOfDeliveryResponse response, client.GetProofOfDelivery(request));
  if (response.bundles_size() > 1 && !options.file.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(response.bundles_size(), " messages have this id: name a folder with --output-dir, not --out"));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, VerifierKeys(client));
  std::vector<Output> outputs;
  for (auto& bundle : *response.mutable_bundles()) {
    outputs.push_back({BundlePath(options, bundle), std::move(*bundle.mutable_bundle())});
  }
  RETURN_IF_ERROR(WriteAll(outputs));
  for (int i = 0; i < response.bundles_size(); ++i) {
    const auto& bundle = response.bundles(i);
    const Output& output = outputs[static_cast<size_t>(i)];
    boost::json::object facts{{"file", output.path}, {"source", bundle.source()}};
    if (bundle.message_id().empty()) {
      facts["event_id"] = bundle.event_id();
    } else {
      facts["message_id"] = bundle.message_id();
    }
    facts["size_bytes"] = output.content.size();
    Report(session, std::move(facts), {output}, VerifyCommand({output.path}, keys));
  }
  SayWhoseKey(session);
  return absl::OkStatus();
}

absl::Status Prove(Session& session, const ProveOptions& options) {
  const int named = static_cast<int>(!options.message_id.empty()) + static_cast<int>(!options.correlation_id.empty()) +
                    static_cast<int>(!options.event_id.empty()) + static_cast<int>(options.inclusion.has_value());
  if (named != 1) {
    return absl::InvalidArgumentError(
        "say what to prove: one of --message-id ID, --correlation-id ID, --event-id ID, --inclusion LEAF_INDEX");
  }
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  absl::Status status =
      options.inclusion ? ProveInclusion(session, options, *client) : ProveDelivery(session, options, *client);
  // The bounds of one answer: trying again changes nothing.
  return absl::IsResourceExhausted(status) && absl::StartsWith(std::string(status.message()), "PROOF_TOO_LARGE")
             ? absl::OutOfRangeError(status.message())
             : status;
}

}  // namespace

void AddProve(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("prove", "Write the proof bundle of a message, for whoever does not trust us");
  AddCommonOptions(*verb, session);
  AddLedgerOptions(*verb, session);
  const auto options = std::make_shared<ProveOptions>();
  verb->add_option("--message-id", options->message_id, "What became of this message")->type_name("ID");
  verb->add_option("--correlation-id", options->correlation_id, "Of every message with it: a bundle each")
      ->type_name("ID");
  verb->add_option("--event-id", options->event_id, "Of the message that this event belongs to")->type_name("ID");
  CLI::Option* inclusion =
      verb->add_option("--inclusion", options->inclusion, "Only that this entry is in the log: a leaf and a tlog-proof")
          ->type_name("LEAF_INDEX")
          ->check(CLI::NonNegativeNumber);
  verb->add_option("--source", options->source, "The source that the id belongs to")->excludes(inclusion);
  CLI::Option* folder =
      verb->add_option("--output-dir", options->folder, "The folder to write to (default: this one)")->type_name("DIR");
  verb->add_option("--out", options->file, "The file to write, for a single bundle")
      ->type_name("FILE")
      ->excludes(folder)
      ->excludes(inclusion);
  verb->add_option("--wait", options->wait_ms, "Longest wait for a checkpoint that covers it all (default 5000)")
      ->type_name("MS")
      ->check(CLI::Range(0, 30'000));
  SetAction(*verb, session, [&session, options] { return Prove(session, *options); });
}

}  // namespace affidavit::cli
