// One row of affidavit.entries against the leaf in it, which is the record. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.h"
#include "core/envelope/leaf.h"
#include "db/fsck_store.h"

namespace affidavit::cli {

struct CheckedEntry {
  std::optional<LeafFields> leaf;     // nothing when the leaf cannot be read
  Digest leaf_hash{};                 // of the leaf as it lies there
  std::vector<std::string> problems;  // "column channel differs from its leaf"
};

CheckedEntry CheckEntryRow(const db::EntryRow& row);

// What is wrong with the bytes that are stored as the payload of `leaf`; nothing when they are the ones it names.
std::optional<std::string> CheckPayloadBytes(const LeafFields& leaf, std::string_view raw);

}  // namespace affidavit::cli
