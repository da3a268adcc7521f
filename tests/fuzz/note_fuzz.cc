// Any bytes are a note in its one form or none: what parses is written again byte for byte. No bytes bear the signature
// of a key that nobody holds.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/checkpoint/note.h"

namespace {

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

// Every type of key, under the name and id of the first signature, so that each verifier sees the signature.
std::vector<affidavit::VerifierKey> KeysOfTheFirstSigner(const affidavit::Note& note) {
  const affidavit::VerifierKey rekor =
      affidavit::ParseVerifierKey(
          "rekor.sigstore.dev+c0d23d6a+"
          "AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+"
          "smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=")
          .value();
  const affidavit::NoteSignature& first = note.signatures.front();
  return {{first.name, first.key_id, affidavit::KeyType::kEd25519, std::string(32, 'k')},
          {first.name, first.key_id, affidavit::KeyType::kCosignatureV1, std::string(32, 'k')},
          {first.name, first.key_id, affidavit::KeyType::kEcdsa, rekor.public_key}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto signature = affidavit::ParseSignatureLine(input); signature.ok()) {
    Require(affidavit::FormatSignatureLine(*signature) == input);
  }
  const auto note = affidavit::ParseNote(input);
  if (!note.ok()) {
    return 0;
  }
  Require(affidavit::FormatNote(*note) == input);
  Require(!note->signatures.empty() && note->signatures.size() <= affidavit::kNoteSignatureCountMax);
  for (const affidavit::VerifierKey& key : KeysOfTheFirstSigner(*note)) {
    Require(!affidavit::VerifyNote(*note, {&key, 1}).ok() || key.type == affidavit::KeyType::kEcdsa);
  }
  return 0;
}
