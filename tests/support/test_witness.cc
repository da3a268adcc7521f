#include "tests/support/test_witness.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>

#include "core/base/affix.h"
#include "core/base/encoding.h"
#include "core/base/time.h"
#include "core/checkpoint/cosignature.h"
#include "core/checkpoint/lines.h"
#include "core/checkpoint/note.h"
#include "core/merkle/verify.h"

namespace affidavit::testing {
namespace {

constexpr size_t kProofCountMax = 63;

SecretKey MakeKey(const std::string& name) {
  return ParseSecretKey(GenerateEd25519Key(name, KeyType::kCosignatureV1)->secret).value();
}

HttpResponse Plain(int status, const std::string& text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = text + "\n"};
}

HttpResponse Conflict(uint64_t size) {
  return {.status = 409, .content_type = "text/x.tlog.size", .body = std::to_string(size) + "\n"};
}

// "example.com/log" speaks for itself and for "example.com/log/2", its next incarnation.
bool SpeaksFor(const VerifierKey& key, std::string_view origin) {
  return ConsumePrefix(origin, key.name) &&
         (origin.empty() || (ConsumePrefix(origin, "/") && ParseDecimal(origin).has_value()));
}

int64_t NowSeconds() {
  return std::chrono::floor<std::chrono::seconds>(SystemClock().WallNow()).time_since_epoch().count();
}

}  // namespace

TestWitness::TestWitness(const std::string& name, const std::vector<std::string>& log_vkeys)
    : key_(MakeKey(name)), other_key_(MakeKey(name + ".other")) {
  for (const std::string& vkey : log_vkeys) {
    log_keys_.push_back(ParseVerifierKey(vkey).value());
  }
}

std::string TestWitness::vkey() const {
  return FormatVerifierKey(VerifierKeyOf(key_).value());
}

void TestWitness::SetMode(Mode mode) {
  const std::lock_guard<std::mutex> lock(mutex_);
  mode_ = mode;
}

uint64_t TestWitness::SizeOf(const std::string& origin) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = last_.find(origin);
  return known == last_.end() ? 0 : known->second.tree_size;
}

void TestWitness::Remember(const Checkpoint& checkpoint) {
  const std::lock_guard<std::mutex> lock(mutex_);
  last_[checkpoint.origin] = checkpoint;
}

HttpResponse TestWitness::Answer(const HttpRequest& request) {
  const Mode mode = [this] {
    const std::lock_guard<std::mutex> lock(mutex_);
    return mode_;
  }();
  if (mode == Mode::kRefuse) {
    return Plain(503, "not today");
  }
  if (mode == Mode::kGarbage) {
    return Plain(200, "no signature line");
  }
  if (mode == Mode::kSlow) {
    std::this_thread::sleep_for(std::chrono::seconds(kSlowSeconds));
  }
  if (request.method != "POST" || !request.path.ends_with("/add-checkpoint")) {
    return Plain(405, "POST /add-checkpoint");
  }
  return AddCheckpoint(request.body);
}

HttpResponse TestWitness::AddCheckpoint(const std::string& body) {
  LineReader reader(body);
  std::string_view old_line = reader.Next().value_or("");
  const std::optional<uint64_t> old_size = ConsumePrefix(old_line, "old ") ? ParseDecimal(old_line) : std::nullopt;
  std::vector<Digest> proof;
  std::optional<std::string_view> line = reader.Next();
  for (; line.has_value() && !line->empty() && proof.size() < kProofCountMax; line = reader.Next()) {
    const std::optional<std::string> hash = Base64Decode(*line);
    if (!hash.has_value() || hash->size() != sizeof(Digest)) {
      return Plain(400, "a proof line is no hash");
    }
    std::copy(hash->begin(), hash->end(), reinterpret_cast<char*>(proof.emplace_back().data()));
  }
  const absl::StatusOr<Note> note = ParseNote(reader.rest());
  if (!old_size.has_value() || !line.has_value() || !line->empty() || !note.ok()) {
    return Plain(400, "malformed");
  }
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(note->text);
  if (!checkpoint.ok()) {
    return Plain(400, "no checkpoint");
  }
  std::vector<VerifierKey> keys;
  std::copy_if(log_keys_.begin(), log_keys_.end(), std::back_inserter(keys),
               [&](const VerifierKey& key) { return SpeaksFor(key, checkpoint->origin); });
  if (keys.empty()) {
    return Plain(404, "unknown log");
  }
  const absl::StatusOr<std::vector<VerifiedSignature>> signatures = VerifyNote(*note, keys);
  if (!signatures.ok() || signatures->empty()) {
    return Plain(403, "not signed by the log");
  }
  return Judge(*old_size, proof, note->text, *checkpoint);
}

HttpResponse TestWitness::Judge(uint64_t old_size, const std::vector<Digest>& proof, const std::string& text,
                                const Checkpoint& checkpoint) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (old_size > checkpoint.tree_size) {
    return Plain(400, "old size beyond the checkpoint's");
  }
  const auto known = last_.find(checkpoint.origin);
  const uint64_t known_size = known == last_.end() ? 0 : known->second.tree_size;
  if (old_size != known_size) {
    return Conflict(known_size);
  }
  if (old_size == checkpoint.tree_size && known_size != 0 && known->second.root_hash != checkpoint.root_hash) {
    return Conflict(known_size);
  }
  const bool consistent = known_size == 0 ? proof.empty()
                                          : VerifyConsistency(known_size, checkpoint.tree_size, known->second.root_hash,
                                                              checkpoint.root_hash, proof)
                                                .ok();
  if (!consistent) {
    return Plain(422, "the proof does not verify");
  }
  last_[checkpoint.origin] = checkpoint;
  return Cosigned(text);
}

HttpResponse TestWitness::Cosigned(const std::string& text) const {
  std::string signed_text = text;
  if (mode_ == Mode::kWrongSignature) {
    Checkpoint other = ParseCheckpoint(text).value();
    other.root_hash[0] ^= 1;
    signed_text = FormatCheckpoint(other);
  }
  std::string lines = FormatSignatureLine(Cosign(other_key_, signed_text, NowSeconds()).value());
  if (mode_ != Mode::kOtherKey) {
    lines += FormatSignatureLine(Cosign(key_, signed_text, NowSeconds()).value());
  }
  return {.status = 200, .content_type = "text/plain; charset=utf-8", .body = lines};
}

}  // namespace affidavit::testing
