#include "cli/fsck/entry_check.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/encoding.h"
#include "core/base/text.h"

namespace affidavit::cli {
namespace {

using Columns = std::array<std::optional<std::string>, db::kLeafColumns.size()>;

std::optional<std::string> TextOf(const std::string& member) {
  return member.empty() ? std::nullopt : std::optional(member);
}

std::optional<std::string> TimeOf(const std::optional<TimePoint>& time) {
  return time ? std::optional(std::to_string(time->time_since_epoch().count())) : std::nullopt;
}

// In the order of db::kLeafColumns.
Columns ColumnsOf(const LeafFields& leaf) {
  return {std::string(EntryKindName(leaf.kind)),
          TextOf(leaf.source),
          TextOf(leaf.event_id),
          TextOf(leaf.event_type),
          TextOf(leaf.schema_version),
          TextOf(leaf.channel),
          TextOf(leaf.direction),
          TextOf(leaf.message_id),
          TextOf(leaf.correlation_id),
          TextOf(leaf.adapter_id),
          TextOf(leaf.retention_class),
          TextOf(leaf.provenance),
          TimeOf(leaf.event_time),
          TimeOf(leaf.delivery_time),
          TimeOf(leaf.receive_time),
          TimeOf(leaf.retain_until),
          std::to_string(leaf.payload_size),
          HexEncode(AsBytes(leaf.payload_sha256))};
}

}  // namespace

CheckedEntry CheckEntryRow(const db::EntryRow& row) {
  CheckedEntry checked;
  checked.leaf_hash = LeafHash(row.leaf);
  if (AsBytes(checked.leaf_hash) != row.leaf_hash) {
    checked.problems.push_back("leaf_hash is not the hash of its leaf");
  }
  absl::StatusOr<LeafFields> leaf = DecodeLeaf(row.leaf);
  if (!leaf.ok()) {
    checked.problems.push_back(absl::StrCat("its leaf is not of version 1: ", leaf.status().message()));
    return checked;
  }
  const Columns expected = ColumnsOf(*leaf);
  for (size_t i = 0; i < expected.size(); ++i) {
    if (row.columns[i] != expected[i]) {
      checked.problems.push_back(Concat({"column ", db::kLeafColumns[i], " differs from its leaf"}));
    }
  }
  checked.leaf = *std::move(leaf);
  return checked;
}

std::optional<std::string> CheckPayloadBytes(const LeafFields& leaf, std::string_view raw) {
  if (static_cast<int64_t>(raw.size()) != leaf.payload_size) {
    return absl::StrCat("its payload has ", raw.size(), " bytes, its leaf says ", leaf.payload_size);
  }
  if (Sha256(raw) != leaf.payload_sha256) {
    return "its payload is not the one whose SHA-256 its leaf names";
  }
  return std::nullopt;
}

}  // namespace affidavit::cli
