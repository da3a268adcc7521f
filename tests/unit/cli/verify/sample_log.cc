#include "tests/unit/cli/verify/sample_log.h"

#include <algorithm>
#include <chrono>

#include "core/base/encoding.h"
#include "core/base/time.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/cosignature.h"
#include "core/checkpoint/note.h"
#include "core/checkpoint/signer.h"
#include "core/checkpoint/tlog_proof.h"
#include "core/merkle/entry_bundle.h"
#include "core/merkle/hash.h"
#include "core/merkle/tile.h"
#include "core/merkle/tile_path.h"
#include "core/signature/verifier.h"

namespace affidavit::verify {
namespace {

constexpr int64_t kCosignTime = 1'795'492'054;  // 2026-11-24T03:47:34Z

TimePoint Start() {
  return ParseRfc3339("2026-11-24T03:47:30Z").value();
}

LeafFields Fields(const std::string& raw, TimePoint receive_time) {
  LeafFields fields;
  fields.source = kSampleSource;
  fields.receive_time = receive_time;
  fields.payload_sha256 = Sha256(raw);
  fields.payload_size = static_cast<int64_t>(raw.size());
  fields.retention_class = "default";
  fields.retain_until = receive_time + std::chrono::hours(24 * 365 * 7);
  fields.provenance = "webhook";
  return fields;
}

}  // namespace

SampleLog::SampleLog(const std::string& name)
    : name_(name),
      key_(GenerateEd25519Key(name).value()),
      witness_(GenerateEd25519Key("witness.example.org", KeyType::kCosignatureV1).value()) {}

uint64_t SampleLog::AppendLeaf(const std::string& leaf, const std::string& raw) {
  leaves_.push_back(leaf);
  raws_.push_back(raw);
  range_.Append(LeafHash(leaf), [this](const NodeId& node, const Digest& hash) { nodes_[node] = hash; });
  return leaves_.size() - 1;
}

uint64_t SampleLog::AppendEvent(const std::string& event_id, const std::string& type, const std::string& message_id,
                                EntryKind kind) {
  const std::string raw = R"({"id":")" + event_id + R"(","type":")" + type + R"(","message":{"id":")" + message_id +
                          R"(","to":"+15550100"},"n":)" + std::to_string(size()) + "}";
  LeafFields fields = Fields(raw, Start() + std::chrono::milliseconds(250 * size()));
  fields.kind = kind;
  fields.event_id = event_id;
  fields.event_type = type;
  fields.message_id = message_id;
  fields.channel = "SMS";
  fields.event_time = fields.receive_time - std::chrono::milliseconds(100);
  fields.adapter_id = "adapter-1";
  fields.signature = SignatureEvidence{
      "hmac-sha256-hex",
      "key-1",
      KeyFingerprint(kSampleSecret),
      {{"x-genesys-signature", HexEncode(AsBytes(HmacSha256(kSampleSecret, {std::string_view(raw)})))}}};
  return AppendLeaf(EncodeLeaf(fields).value(), raw);
}

uint64_t SampleLog::AppendHeartbeat() {
  const std::string raw = R"({"n":)" + std::to_string(size()) + "}";
  LeafFields fields = Fields(raw, Start() + std::chrono::milliseconds(250 * size()));
  fields.kind = EntryKind::kHeartbeat;
  fields.source = "affidavit";
  fields.event_id = "heartbeat-" + std::to_string(size());
  fields.provenance = "affidavit";
  return AppendLeaf(EncodeLeaf(fields).value(), raw);
}

SampleLog SampleLog::WithMessage(uint64_t size) {
  SampleLog log;
  for (uint64_t index = 0; index < size; ++index) {
    if (index == 1) {
      log.AppendEvent("evt-send", "message:send");
    } else if (index == 4) {
      log.AppendEvent("evt-delivery", "message:delivery");
    } else if (index % 3 == 0) {
      log.AppendHeartbeat();
    } else {
      log.AppendEvent("evt-" + std::to_string(index), "message:send", "msg-other-" + std::to_string(index));
    }
  }
  return log;
}

Digest SampleLog::Root(uint64_t size) const {
  std::vector<Digest> hashes;
  for (const NodeId& node : CoverRange(0, size)) {
    hashes.push_back(nodes_.at(node));
  }
  return CompactRange::FromHashes(0, size, hashes)->Root().value();
}

std::string SampleLog::Checkpoint(uint64_t size, bool cosigned) const {
  const std::string body =
      FormatCheckpoint({.origin = name_, .tree_size = size, .root_hash = Root(size), .extensions = {}});
  const std::unique_ptr<Ed25519Signer> signer = Ed25519Signer::FromSecret(key_.secret).value();
  const Signer* const signers[] = {signer.get()};
  Note note = SignNote(body, signers).value();
  if (cosigned) {
    note.signatures.push_back(Cosign(ParseSecretKey(witness_.secret).value(), body, kCosignTime).value());
  }
  return FormatNote(note);
}

std::vector<Digest> SampleLog::Assemble(const ProofPlan& plan) const {
  std::vector<Digest> hashes;
  for (const NodeId& node : plan.nodes) {
    hashes.push_back(nodes_.at(node));
  }
  return AssembleProof(plan, hashes).value();
}

std::string SampleLog::TlogProof(uint64_t index, const std::string& checkpoint, uint64_t size) const {
  return FormatTlogProof({.extra = std::nullopt,
                          .index = index,
                          .hashes = Assemble(PlanInclusion(index, size).value()),
                          .checkpoint = checkpoint});
}

std::vector<Digest> SampleLog::ConsistencyProof(uint64_t size1, uint64_t size2) const {
  return Assemble(PlanConsistency(size1, size2).value());
}

ProofBundle SampleLog::Bundle(uint64_t size, std::vector<uint64_t> without) const {
  ProofBundle bundle{.source = kSampleSource, .message_id = kSampleMessage, .checkpoint = Checkpoint(size, true)};
  for (uint64_t index = 0; index < size; ++index) {
    const bool names_it = DecodeLeaf(leaves_[index]).value_or(LeafFields{}).message_id == kSampleMessage;
    if (names_it && std::find(without.begin(), without.end(), index) == without.end()) {
      bundle.entries.push_back({leaves_[index], TlogProof(index, bundle.checkpoint, size), raws_[index]});
    }
  }
  return bundle;
}

std::string SampleLog::WriteCopy(const cli::TemporaryFolder& folder, const std::string& name, uint64_t size) const {
  folder.Write(name + "/checkpoint", Checkpoint(size));
  for (uint64_t begin = 0; begin < size; begin += kTileWidth) {
    const uint64_t end = std::min<uint64_t>(size, begin + kTileWidth);
    const std::vector<std::string> leaves(leaves_.begin() + static_cast<ptrdiff_t>(begin),
                                          leaves_.begin() + static_cast<ptrdiff_t>(end));
    folder.Write(name + "/" + EntryBundlePath({begin / kTileWidth, static_cast<uint32_t>(end - begin)}),
                 EncodeEntryBundle(leaves).value());
  }
  for (const TileRow& row : TileRows(size)) {
    for (uint64_t index = 0; index < row.full_count + (row.partial_width > 0 ? 1 : 0); ++index) {
      const TileId tile{row.level, index, index < row.full_count ? kTileWidth : row.partial_width};
      std::vector<Digest> hashes;
      for (uint32_t i = 0; i < tile.width; ++i) {
        hashes.push_back(nodes_.at({row.level * kTileHeight, index * kTileWidth + i}));
      }
      folder.Write(name + "/" + TilePath(tile), EncodeTile(hashes));
    }
  }
  return folder.Path(name);
}

}  // namespace affidavit::verify
