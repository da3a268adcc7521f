#include "cli/verify/message_scan.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "boost/json/array.hpp"
#include "cli/progress.h"
#include "cli/text.h"
#include "core/base/text.h"
#include "core/base/time.h"

namespace affidavit::verify {

MessageScan::MessageScan(const LogCopy& copy, std::string message_id, std::string source,
                         const std::optional<Shown>& shown)
    : leaves_(std::move(message_id), std::move(source)), scan_(copy), shown_(shown) {
  if (!shown_.has_value()) {
    return;
  }
  for (const auto& [index, leaf] : shown_->leaves) {
    if (const absl::StatusOr<LeafFields> fields = DecodeLeaf(leaf); fields.ok()) {
      leaves_.KnowEvent(*fields);
    }
  }
}

void MessageScan::Run(const Checkpoint& checkpoint, const Session& session, Findings& findings) {
  const uint64_t size = checkpoint.tree_size;
  scan_.WantRoot(size);
  if (shown_.has_value()) {
    scan_.WantRoot(shown_->checkpoint.tree_size);
  }
  cli::Progress progress(session.err, session.progress, size);
  const absl::Status status = scan_.Run(
      size, [this](uint64_t index, std::string_view leaf) { return Look(index, leaf); },
      [&progress](uint64_t leaf_count) { progress.Show(leaf_count); });
  if (!status.ok()) {
    findings.Fail(absl::StrCat("The copy of the log cannot be relied on: ", status.message()));
    return;
  }
  CompareRoot(checkpoint, findings);
  TellTiles(findings);
  TellFound(findings);
  if (shown_.has_value()) {
    CompareShown(size, findings);
  }
}

absl::Status MessageScan::Look(uint64_t index, std::string_view leaf) {
  if (shown_.has_value()) {
    const auto shown = shown_->leaves.find(index);
    if (shown != shown_->leaves.end() && shown->second != leaf) {
      return absl::DataLossError(absl::StrCat("its leaf ", index, " is not the one in the bundle"));
    }
  }
  return leaves_.Look(index, leaf);
}

void MessageScan::CompareRoot(const Checkpoint& checkpoint, Findings& findings) const {
  if (scan_.Root(checkpoint.tree_size) != checkpoint.root_hash) {
    findings.Fail(absl::StrCat("The ", checkpoint.tree_size,
                               " leaves of the copy do not make the root hash of the checkpoint: a leaf was changed, "
                               "or the copy is of another log."));
    return;
  }
  findings.Pass(absl::StrCat("The copy is complete and unchanged: its ", checkpoint.tree_size,
                             " leaves make the root hash of the checkpoint."));
}

void MessageScan::TellTiles(Findings& findings) const {
  if (scan_.tiles_absent() > 0) {
    findings.Skip(absl::StrCat(scan_.tiles_absent(),
                               " tiles are not in the copy; they are made from the leaves, so nothing hangs on them."));
  }
  if (scan_.tiles_compared() > 0) {
    findings.Pass(absl::StrCat(scan_.tiles_compared(), " tiles of the copy agree with its leaves."));
  }
}

void MessageScan::TellFound(Findings& findings) const {
  findings.Pass(leaves_.found().empty() ? "No leaf of the log concerns the message."
                                        : absl::StrCat(leaves_.found().size(), " leaves concern the message."));
  findings.Tell(leaves_.found().empty() ? "The log holds nothing about the message."
                                        : "All that the log holds about the message:");
  boost::json::array facts;
  for (const MessageLeaves::Found& found : leaves_.found()) {
    const LeafFields& fields = found.fields;
    findings.Tell(Concat(
        {"  leaf ", absl::StrCat(found.index), ": ", EntryKindName(fields.kind), " ", fields.event_type, " of source ",
         fields.source, ", received ", FormatRfc3339(fields.receive_time), ", event ", fields.event_id,
         found.names_message ? "" : " (the same event's id with other content, which names another message)"}));
    const std::string kind(EntryKindName(fields.kind));
    facts.push_back(boost::json::object{{"leaf_index", found.index},
                                        {"kind", kind},
                                        {"names_message", found.names_message},
                                        {"source", cli::Printable(fields.source)},
                                        {"event_type", cli::Printable(fields.event_type)},
                                        {"event_id", cli::Printable(fields.event_id)},
                                        {"receive_time", FormatRfc3339(fields.receive_time)}});
  }
  findings.facts()["leaves"] = std::move(facts);
}

void MessageScan::CompareShown(uint64_t size, Findings& findings) const {
  const Checkpoint& checkpoint = shown_->checkpoint;
  if (checkpoint.tree_size > size) {
    findings.Fail(absl::StrCat("The copy has ", size, " leaves, fewer than the ", checkpoint.tree_size,
                               " that the bundle's checkpoint speaks for: take a newer copy and its checkpoint."));
    return;
  }
  if (scan_.Root(checkpoint.tree_size) != checkpoint.root_hash) {
    findings.Fail(absl::StrCat("The bundle's checkpoint speaks for another log: with ", checkpoint.tree_size,
                               " leaves, this one had another root hash."));
    return;
  }
  findings.Pass(absl::StrCat("The bundle's checkpoint, of ", checkpoint.tree_size, " leaves, is of this same log."));
  TellOmissions(checkpoint.tree_size, findings);
}

void MessageScan::TellOmissions(uint64_t shown_size, Findings& findings) const {
  std::string omitted, later;
  boost::json::array indexes;
  for (const MessageLeaves::Found& found : leaves_.found()) {
    if (found.names_message && !shown_->leaves.contains(found.index)) {
      std::string& list = found.index < shown_size ? omitted : later;
      absl::StrAppend(&list, list.empty() ? "" : ", ", found.index);
      indexes.push_back(found.index);
    }
  }
  if (!omitted.empty()) {
    findings.Fail(Concat({"The bundle leaves out what concerns the message: leaf ", omitted, "."}));
  }
  if (!later.empty()) {
    findings.Fail(Concat({"The log has gone on about the message since the bundle was made: leaf ", later,
                          ". Ask for a newer bundle."}));
  }
  if (indexes.empty()) {
    findings.Pass("The bundle leaves nothing out: it holds every leaf that names the message.");
  }
  findings.facts()["omitted"] = std::move(indexes);
}

}  // namespace affidavit::verify
