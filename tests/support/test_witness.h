// A small witness that conforms to C2SP tlog-witness for one or more logs, and misbehaves when told to. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/digest.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/key.h"
#include "tests/support/small_http_server.h"

namespace affidavit::testing {

class TestWitness {
 public:
  enum class Mode {
    kConform,
    kRefuse,          // 503 to everything
    kSlow,            // answers after kSlowSeconds
    kWrongSignature,  // over another text than the checkpoint's
    kOtherKey,        // by a key under another name
    kGarbage,
  };
  static constexpr int kSlowSeconds = 3;

  // Knows logs by their vkeys: the origin is the key's name, or "name/N". Its state is gone with it.
  explicit TestWitness(const std::string& name, const std::vector<std::string>& log_vkeys);

  // add-checkpoint, at any path that ends so.
  HttpResponse Answer(const HttpRequest& request);

  std::string vkey() const;
  void SetMode(Mode mode);

  // The size that it cosigned last; 0 for none.
  uint64_t SizeOf(const std::string& origin) const;
  // As if it had cosigned that before.
  void Remember(const Checkpoint& checkpoint);

 private:
  HttpResponse AddCheckpoint(const std::string& body);
  HttpResponse Judge(uint64_t old_size, const std::vector<Digest>& proof, const std::string& text,
                     const Checkpoint& checkpoint);
  HttpResponse Cosigned(const std::string& text) const;

  const SecretKey key_;
  const SecretKey other_key_;
  std::vector<VerifierKey> log_keys_;

  mutable std::mutex mutex_;
  // Below: guarded by mutex_.
  Mode mode_ = Mode::kConform;
  std::map<std::string, Checkpoint> last_;  // by origin
};

}  // namespace affidavit::testing
