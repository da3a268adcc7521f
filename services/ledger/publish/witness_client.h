// Asks a C2SP tlog-witness to cosign a checkpoint, proving to it that the checkpoint extends the last one it cosigned.
// One thread's world.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/key.h"
#include "db/log_store.h"
#include "services/ledger/publish/http_client.h"

namespace affidavit::ledger {

class WitnessClient {
 public:
  // The consistency proof between two sizes of the log; 0 < size1 < size2.
  using Prove = std::function<absl::StatusOr<std::vector<Digest>>(uint64_t size1, uint64_t size2)>;

  // `url`: the submission prefix. REQUIRES: `key` is of type kCosignatureV1.
  WitnessClient(const std::string& url, VerifierKey key);

  // The witness's cosignature of `checkpoint`, verified with its key. UNAVAILABLE: no answer, or one that may be better
  // next time; NOT_FOUND: it does not know this log; PERMISSION_DENIED: it does not know the log's key;
  // FAILED_PRECONDITION: it has seen another or a larger tree of this log; UNAUTHENTICATED: the cosignature is not its
  // own; INVALID_ARGUMENT: this is no answer of the protocol. Else the error of `prove`.
  absl::StatusOr<db::StoredCosignature> AddCheckpoint(const db::StoredCheckpoint& checkpoint, const Prove& prove,
                                                      HttpClient& http);

  const VerifierKey& key() const { return key_; }

 private:
  absl::StatusOr<HttpAnswer> Submit(const db::StoredCheckpoint& checkpoint, const Prove& prove, HttpClient& http);
  absl::StatusOr<db::StoredCosignature> ReadCosignature(const db::StoredCheckpoint& checkpoint,
                                                        const std::string& lines) const;

  const std::string url_;
  const VerifierKey key_;
  std::map<std::string, uint64_t> sizes_;  // by origin: the size that the witness cosigned last, as far as we know
};

}  // namespace affidavit::ledger
