// A small log of our own, with its key, a witness's, and the platform's secret: what an examiner is handed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/checkpoint/key.h"
#include "core/envelope/leaf.h"
#include "core/evidence/bundle.h"
#include "core/merkle/compact_range.h"
#include "core/merkle/node_id.h"
#include "core/merkle/proof.h"
#include "tests/unit/cli/temporary_folder.h"

namespace affidavit::verify {

inline constexpr char kSampleSecret[] = "correct horse battery staple";
inline constexpr char kSampleMessage[] = "msg-5501";
inline constexpr char kSampleSource[] = "genesys";

class SampleLog {
 public:
  explicit SampleLog(const std::string& name = "ledger.example.com/log");

  // Appends an event of the message, signed by the platform. Returns its leaf_index.
  uint64_t AppendEvent(const std::string& event_id, const std::string& type,
                       const std::string& message_id = kSampleMessage, EntryKind kind = EntryKind::kEnvelope);
  uint64_t AppendHeartbeat();
  uint64_t AppendLeaf(const std::string& leaf, const std::string& raw);

  // A send and a delivery of the message among other messages' events and heartbeats.
  static SampleLog WithMessage(uint64_t size);

  uint64_t size() const { return leaves_.size(); }
  const std::string& vkey() const { return key_.vkey; }
  const std::string& secret_key() const { return key_.secret; }
  const std::string& witness_vkey() const { return witness_.vkey; }
  const std::string& leaf(uint64_t index) const { return leaves_.at(index); }

  // What checkpoints name from now on; the key keeps its name.
  void set_origin(const std::string& origin) { name_ = origin; }

  // The signed note for the tree as it was with `size` leaves.
  std::string Checkpoint(uint64_t size, bool cosigned = false) const;
  std::string TlogProof(uint64_t index, const std::string& checkpoint, uint64_t size) const;
  std::vector<Digest> ConsistencyProof(uint64_t size1, uint64_t size2) const;
  Digest Root(uint64_t size) const;

  // All leaves that name the message, but `without`.
  ProofBundle Bundle(uint64_t size, std::vector<uint64_t> without = {}) const;

  // tlog-tiles with entry bundles, and the checkpoint, under `name` of the folder; returns its path.
  std::string WriteCopy(const cli::TemporaryFolder& folder, const std::string& name, uint64_t size) const;

 private:
  std::vector<Digest> Assemble(const ProofPlan& plan) const;

  std::string name_;
  KeyPairText key_, witness_;
  std::vector<std::string> leaves_, raws_;
  std::map<NodeId, Digest> nodes_;
  CompactRange range_;
};

}  // namespace affidavit::verify
