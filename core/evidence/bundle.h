// The proof bundle: one self-contained file about one message, which an examiner checks on a laptop without a network.
// RFC 8785 JSON; docs/proof-bundle.md is the contract. It holds no summary, nor anything else that no proof covers:
// what it shows is derived by whoever reads it. Pure, thread-safe. Any input is safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace affidavit {

inline constexpr std::string_view kBundleFormat = "affidavit-proof-bundle@v1";

struct BundleEntry {
  std::string leaf;                // the exact bytes that are hashed; JSON, so carried as a string
  std::string tlog_proof;          // c2sp.org/tlog-proof@v1, with the bundle's checkpoint verbatim, without extra data
  std::optional<std::string> raw;  // the exact bytes that were posted; absent only when lawfully disposed of

  bool operator==(const BundleEntry&) const = default;
};

struct ProofBundle {
  std::string source;
  std::string message_id;               // or empty: the entries of one event id without a message id
  std::string checkpoint;               // the signed note, with all signatures and cosignatures
  std::vector<std::string> timestamps;  // RFC 3161 TimeStampTokens, DER; imprint: SHA-256 of the checkpoint's note text
  std::vector<BundleEntry> entries;     // by ascending leaf_index

  bool operator==(const ProofBundle&) const = default;
};

// Without a line end. INVALID_ARGUMENT when a text (anything but raw and timestamps) is not UTF-8.
absl::StatusOr<std::string> EncodeBundle(const ProofBundle& bundle);

// Strict: INVALID_ARGUMENT unless `file` is exactly what EncodeBundle makes of the result (one optional line end at the
// end). Nothing is verified: see verify_bundle.h.
absl::StatusOr<ProofBundle> DecodeBundle(std::string_view file);

}  // namespace affidavit
