// Proof bundles for tests: a small log with fixed keys and times, so that the same calls make the same bytes, for ever.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/digest.h"
#include "core/checkpoint/key.h"
#include "core/evidence/bundle.h"
#include "core/evidence/verify_bundle.h"
#include "core/signature/verifier.h"

namespace affidavit::testing {

inline constexpr std::string_view kLogName = "ledger.example.com/2026";
inline constexpr std::string_view kPlatformSecret = "the platform's secret";
inline constexpr int64_t kCosignTime = 1'795'492'054;  // 2026-11-24T03:47:34Z

// Deterministic: the seed is 32 times `seed`.
SecretKey FixedKey(std::string_view name, KeyType type, char seed);
SecretKey FixedLogKey();
SecretKey FixedWitnessKey();

// What an examiner of the bundles below may bring, but for the authority's certificate.
BundleTrust FullTrust();

// A platform's event about message "m-1" of source "genesys", signed with kPlatformSecret by scheme hmac-sha256-hex.
struct PostedEvent {
  std::string event_id, event_type, raw;
  TimePoint event_time, receive_time;
};
LeafFields LeafOf(const PostedEvent& event);
std::string RawEvent(std::string_view event_id, std::string_view event_type, std::string_view status);
TimePoint At(std::string_view rfc3339);

// Collects a log's leaves and makes the bundle of some of them. Members may be set before Make.
class BundleMaker {
 public:
  std::string source = "genesys";
  std::string message_id = "m-1";
  std::string origin = std::string(kLogName);
  std::map<std::string, SecretKey> more_signers;  // beside FixedLogKey
  bool cosigned = true;

  // Both return the leaf_index.
  uint64_t AddOther(std::string_view leaf);  // not in the bundle
  uint64_t Add(const LeafFields& leaf, std::optional<std::string> raw);
  uint64_t AddPosted(const PostedEvent& event) { return Add(LeafOf(event), event.raw); }

  ProofBundle Make() const;
  std::string NoteText() const;    // what the keys sign
  std::string SignedNote() const;  // the checkpoint

 private:
  Digest Root() const;

  std::map<uint64_t, std::string> leaves_;
  std::map<uint64_t, BundleEntry> entries_;  // without proofs
};

// Sent, delivered and read, among other leaves: 3 entries of a log of 7.
BundleMaker DeliveredMessage();

}  // namespace affidavit::testing
