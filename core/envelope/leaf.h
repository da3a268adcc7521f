// Leaf v1: the bytes that the log hashes, RFC 8785 JSON. The one format that can never change; docs/leaf-v1.md is the
// contract for readers. Nothing that is known only under the log's lock is in it. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/base/time.h"
#include "core/envelope/entry_kind.h"
#include "core/merkle/hash.h"  // LeafHash, which readers of a leaf need next

namespace affidavit {

inline constexpr size_t kLeafSizeMax = 65'535;  // C2SP tlog-tiles: entries are length-prefixed with 16 bits

struct SignatureEvidence {
  std::string scheme;
  std::string key_id;
  std::string key_fingerprint;                               // 8 raw bytes; lower-case hex in the leaf
  std::vector<std::pair<std::string, std::string>> headers;  // lower-case name (each once), value as received

  bool operator==(const SignatureEvidence&) const = default;
};

// Every member of the leaf but `v` (1) and `payload_digest_alg` ("sha256"). Empty strings, absent optionals and an
// empty flag list are left out of the JSON.
struct LeafFields {
  EntryKind kind = EntryKind::kEnvelope;
  std::string source;
  std::string event_id;
  std::string event_type;
  std::string schema_version;
  std::string channel;
  std::string direction;
  std::string message_id;
  std::string correlation_id;
  std::optional<TimePoint> event_time;
  std::optional<TimePoint> delivery_time;
  TimePoint receive_time;
  std::string adapter_id;
  Digest payload_sha256{};
  int64_t payload_size = 0;
  std::optional<SignatureEvidence> signature;  // absent for records
  std::string retention_class;
  TimePoint retain_until;
  std::string provenance;
  std::vector<std::string> flags;  // sorted, unique

  bool operator==(const LeafFields&) const = default;
};

// INVALID_ARGUMENT when source, retention_class or provenance is empty, a text is not UTF-8, a time lies outside years
// 0001 to 9999, the size is negative, flags are not sorted and unique, a header comes twice, a signature lacks its
// scheme, key_id or 8 bytes of key_fingerprint, or the leaf would be larger than kLeafSizeMax. The message names the
// member, never its value.
absl::StatusOr<std::string> EncodeLeaf(const LeafFields& fields);

// The inverse, strict: DATA_LOSS unless `leaf` is exactly what EncodeLeaf makes of the result. Headers come sorted by
// name.
absl::StatusOr<LeafFields> DecodeLeaf(std::string_view leaf);

}  // namespace affidavit
