#include "tests/support/bundle_maker.h"

#include <memory>
#include <utility>
#include <vector>

#include "core/base/encoding.h"
#include "core/base/text.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/cosignature.h"
#include "core/checkpoint/tlog_proof.h"
#include "tests/unit/core/merkle/reference_tree.h"

namespace affidavit::testing {

SecretKey FixedKey(std::string_view name, KeyType type, char seed) {
  SecretKey key{.name = std::string(name), .type = type, .seed = std::string(32, seed)};
  key.id = NoteKeyId(name, type, VerifierKeyOf(key).value().public_key);
  return key;
}

SecretKey FixedLogKey() {
  return FixedKey(kLogName, KeyType::kEd25519, 'L');
}

SecretKey FixedWitnessKey() {
  return FixedKey("witness.example.org", KeyType::kCosignatureV1, 'W');
}

BundleTrust FullTrust() {
  return {.log_keys = {VerifierKeyOf(FixedLogKey()).value()},
          .witness_keys = {VerifierKeyOf(FixedWitnessKey()).value()},
          .witness_count_min = 1,
          .tsa_ca_pem = "",
          .secrets = ReadTrustedSecret(kPlatformSecret).value()};
}

LeafFields LeafOf(const PostedEvent& event) {
  LeafFields leaf;
  leaf.kind = EntryKind::kEnvelope;
  leaf.source = "genesys";
  leaf.event_id = event.event_id;
  leaf.event_type = event.event_type;
  leaf.channel = "SMS";
  leaf.direction = "outbound";
  leaf.message_id = "m-1";
  leaf.event_time = event.event_time;
  leaf.receive_time = event.receive_time;
  leaf.adapter_id = "adapter-1";
  leaf.payload_sha256 = Sha256(event.raw);
  leaf.payload_size = static_cast<int64_t>(event.raw.size());
  leaf.signature = SignatureEvidence{
      .scheme = "hmac-sha256-hex",
      .key_id = "2026-11",
      .key_fingerprint = KeyFingerprint(kPlatformSecret),
      .headers = {{"x-genesys-signature", HexEncode(AsBytes(HmacSha256(kPlatformSecret, {event.raw})))}}};
  leaf.retention_class = "default";
  leaf.retain_until = At("2033-11-24T03:47:34Z");
  leaf.provenance = "webhook";
  return leaf;
}

std::string RawEvent(std::string_view event_id, std::string_view event_type, std::string_view status) {
  return Concat(
      {R"({"id":")", event_id, R"(","type":")", event_type, R"(","message":{"id":"m-1","status":")", status, R"("}})"});
}

TimePoint At(std::string_view rfc3339) {
  return ParseRfc3339(rfc3339).value();
}

uint64_t BundleMaker::AddOther(std::string_view leaf) {
  const uint64_t index = leaves_.size();
  leaves_[index] = std::string(leaf);
  return index;
}

uint64_t BundleMaker::Add(const LeafFields& leaf, std::optional<std::string> raw) {
  const std::string bytes = EncodeLeaf(leaf).value();
  const uint64_t index = AddOther(bytes);
  entries_[index] = {.leaf = bytes, .tlog_proof = "", .raw = std::move(raw)};
  return index;
}

Digest BundleMaker::Root() const {
  return ReferenceTree(leaves_).Mth(0, leaves_.size());
}

std::string BundleMaker::NoteText() const {
  return FormatCheckpoint({.origin = origin, .tree_size = leaves_.size(), .root_hash = Root(), .extensions = {}});
}

std::string BundleMaker::SignedNote() const {
  std::vector<std::unique_ptr<Ed25519Signer>> signers;
  signers.push_back(Ed25519Signer::FromSecret(FormatSecretKey(FixedLogKey())).value());
  for (const auto& [name, key] : more_signers) {
    signers.push_back(Ed25519Signer::FromSecret(FormatSecretKey(key)).value());
  }
  std::vector<const Signer*> pointers;
  for (const auto& signer : signers) {
    pointers.push_back(signer.get());
  }
  Note note = SignNote(NoteText(), pointers).value();
  if (cosigned) {
    note.signatures.push_back(Cosign(FixedWitnessKey(), note.text, kCosignTime).value());
  }
  return FormatNote(note);
}

ProofBundle BundleMaker::Make() const {
  ProofBundle bundle{.source = source, .message_id = message_id, .checkpoint = SignedNote()};
  ReferenceTree tree(leaves_);
  for (const auto& [index, entry] : entries_) {
    bundle.entries.push_back(entry);
    bundle.entries.back().tlog_proof = FormatTlogProof({.extra = std::nullopt,
                                                        .index = index,
                                                        .hashes = tree.Path(index, leaves_.size()),
                                                        .checkpoint = bundle.checkpoint});
  }
  return bundle;
}

BundleMaker DeliveredMessage() {
  BundleMaker maker;
  maker.AddOther("another leaf");
  maker.AddPosted({.event_id = "e-1",
                   .event_type = "message:send",
                   .raw = RawEvent("e-1", "message:send", "sent"),
                   .event_time = At("2026-11-24T03:47:30Z"),
                   .receive_time = At("2026-11-24T03:47:30.25Z")});
  maker.AddPosted({.event_id = "e-2",
                   .event_type = "message:delivery",
                   .raw = RawEvent("e-2", "message:delivery", "delivered"),
                   .event_time = At("2026-11-24T03:47:31Z"),
                   .receive_time = At("2026-11-24T03:47:31.5Z")});
  maker.AddOther("a third one's leaf");
  maker.AddPosted({.event_id = "e-3",
                   .event_type = "message:read",
                   .raw = RawEvent("e-3", "message:read", "read"),
                   .event_time = At("2026-11-24T03:47:32Z"),
                   .receive_time = At("2026-11-24T03:47:32.75Z")});
  maker.AddOther("and so on");
  maker.AddOther("until here");
  return maker;
}

}  // namespace affidavit::testing
