// What a bundle's entries are worth by themselves: well-formed, about one message, in order, with the bytes they speak
// of, in the log.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "core/base/digest.h"
#include "core/base/text.h"
#include "core/evidence/verify_steps.h"
#include "core/merkle/verify.h"

namespace affidavit::evidence {
namespace {

std::string Entries(size_t count) {
  return CountOf(count, "entry", "entries");
}

std::optional<TlogProof> OpenProof(const ProofBundle& bundle, const BundleEntry& file, const std::string& name,
                                   Report& report) {
  absl::StatusOr<TlogProof> proof = ParseTlogProof(file.tlog_proof);
  if (!proof.ok()) {
    report.Fail(Concat({"The proof of ", name, " cannot be read: ", std::string(proof.status().message()), "."}));
    return std::nullopt;
  }
  if (proof->extra) {
    report.Fail(Concat({"The proof of ", name, " holds extra data, which nobody signed."}));
  }
  if (proof->checkpoint != bundle.checkpoint) {
    report.Fail(Concat({"The proof of ", name, " is for another checkpoint than the file's."}));
  }
  return *std::move(proof);
}

OpenedEntry OpenEntry(const ProofBundle& bundle, size_t position, Report& report) {
  OpenedEntry entry{.file = &bundle.entries[position], .name = Concat({"entry ", std::to_string(position + 1)})};
  entry.proof = OpenProof(bundle, *entry.file, entry.name, report);
  if (entry.proof) {
    entry.name += Concat({" (leaf_index ", std::to_string(entry.proof->index), ")"});
  }
  absl::StatusOr<LeafFields> leaf = DecodeLeaf(entry.file->leaf);
  if (!leaf.ok()) {
    report.Fail(Concat({"The leaf of ", entry.name, " is not in the one form of leaf version 1."}));
    return entry;
  }
  entry.leaf = *std::move(leaf);
  if (!entry.leaf->signature && !IsRecord(entry.leaf->kind)) {
    report.Fail(
        Concat({"The leaf of ", entry.name, " claims to come from the platform and states no signature of it."}));
  }
  return entry;
}

// All of one source; of the file's message or, when it names none, of one event without a message.
bool IsAbout(const LeafFields& leaf, const ProofBundle& bundle, std::string_view event_id) {
  const bool same = bundle.message_id.empty() ? !event_id.empty() && leaf.event_id == event_id : true;
  return same && leaf.source == bundle.source && leaf.message_id == bundle.message_id;
}

void CheckSubject(const ProofBundle& bundle, const std::vector<OpenedEntry>& entries, Report& report) {
  const auto first = std::find_if(entries.begin(), entries.end(), [](const auto& entry) { return entry.leaf; });
  const std::string event_id = first == entries.end() ? "" : first->leaf->event_id;
  const std::string subject = bundle.message_id.empty() ? Concat({"event ", Quoted(event_id), " without a message id"})
                                                        : Concat({"message ", Quoted(bundle.message_id)});
  const size_t failures = report.FailureCount();
  for (const OpenedEntry& entry : entries) {
    if (entry.leaf && !IsAbout(*entry.leaf, bundle, event_id)) {
      report.Fail(
          Concat({"The leaf of ", entry.name, " is not about ", subject, " of source ", Quoted(bundle.source), "."}));
    }
  }
  if (report.FailureCount() == failures && first != entries.end()) {
    report.Pass(Concat({"What the file is about: ", subject, " of source ", Quoted(bundle.source), "; all ",
                        Entries(entries.size()), " say so."}));
  }
}

void CheckOrder(const std::vector<OpenedEntry>& entries, Report& report) {
  const auto is_misplaced = [](const OpenedEntry& before, const OpenedEntry& after) {
    return before.proof && after.proof && before.proof->index >= after.proof->index;
  };
  const auto found = std::adjacent_find(entries.begin(), entries.end(), is_misplaced);
  if (found != entries.end()) {
    report.Fail(Concat({"The entries are not in the order of the log, each once: ", std::next(found)->name,
                        " comes after ", found->name, "."}));
  }
}

}  // namespace

std::vector<OpenedEntry> OpenEntries(const ProofBundle& bundle, Report& report) {
  if (bundle.entries.empty()) {
    report.Fail("The file holds no entry: it proves nothing.");
    return {};
  }
  const size_t failures = report.FailureCount();
  std::vector<OpenedEntry> entries;
  for (size_t i = 0; i < bundle.entries.size(); ++i) {
    entries.push_back(OpenEntry(bundle, i, report));
  }
  CheckOrder(entries, report);
  if (report.FailureCount() == failures) {
    report.Pass(Concat({"It holds ", Entries(entries.size()),
                        ", in the order of the log, each once, with a leaf and a proof in their one form."}));
  }
  CheckSubject(bundle, entries, report);
  return entries;
}

void CheckPayloads(std::span<const OpenedEntry> entries, Report& report) {
  size_t good = 0;
  for (const OpenedEntry& entry : entries) {
    if (!entry.leaf) {
      continue;
    }
    const std::optional<std::string>& raw = entry.file->raw;
    if (!raw) {
      report.Skip(Concat({"The posted bytes of ", entry.name,
                          " are absent, as after a lawful disposal: only what its leaf says is shown."}));
    } else if (static_cast<int64_t>(raw->size()) != entry.leaf->payload_size) {
      report.Fail(Concat({"The posted bytes of ", entry.name, " are ", std::to_string(raw->size()),
                          " in number; its leaf says ", std::to_string(entry.leaf->payload_size), "."}));
    } else if (Sha256(*raw) != entry.leaf->payload_sha256) {
      report.Fail(
          Concat({"The posted bytes of ", entry.name, " are not those that its leaf was made from: another SHA-256."}));
    } else {
      ++good;
    }
  }
  if (good > 0) {
    report.Pass(
        Concat({"The posted bytes of ", Entries(good),
                " have the size and the SHA-256 that the leaf states: they are what was received, to the byte."}));
  }
}

void CheckInclusion(std::span<const OpenedEntry> entries, const Checkpoint& checkpoint, Report& report) {
  size_t good = 0;
  for (const OpenedEntry& entry : entries) {
    if (!entry.proof) {
      continue;
    }
    const absl::Status included = VerifyInclusion(entry.proof->index, checkpoint.tree_size, LeafHash(entry.file->leaf),
                                                  entry.proof->hashes, checkpoint.root_hash);
    if (included.ok()) {
      ++good;
    } else {
      report.Fail(Concat({"The checkpoint's log does not hold ", entry.name,
                          " as it stands here: ", std::string(included.message()), "."}));
    }
  }
  if (good > 0 && good == entries.size()) {
    report.Pass(Concat({"The hashes lead from each of ", Entries(good),
                        " to the checkpoint's root: this log holds these leaves, unaltered, at these places."}));
  }
}

}  // namespace affidavit::evidence
