// Whatever is verified with the keys of the kept bundle (tests/unit/core/evidence/testdata), which have signed nothing
// else, is taken from it; nothing is without keys; and no step says what a terminal would obey. The input is read as a
// file, and as what replaces a part of that bundle: which one, its first byte says.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "core/base/text.h"
#include "core/checkpoint/note.h"
#include "core/evidence/verify_bundle.h"

namespace {

using affidavit::BundleEntry;
using affidavit::ProofBundle;

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::string Kept(const std::string& name) {
  std::ifstream file(std::string(AFFIDAVIT_SOURCE_DIR "/tests/unit/core/evidence/testdata/") + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

affidavit::VerifierKey KeptKey(const std::string& name) {
  std::string vkey = Kept(name);
  vkey.pop_back();
  return affidavit::ParseVerifierKey(vkey).value();
}

const affidavit::BundleTrust& KeptTrust() {
  static const auto& trust =
      *new affidavit::BundleTrust{.log_keys = {KeptKey("log.vkey")},
                                  .witness_keys = {KeptKey("witness.vkey")},
                                  .tsa_ca_pem = Kept("tsa-ca.pem"),
                                  .secrets = affidavit::ReadTrustedSecret(Kept("hmac-secret")).value()};
  return trust;
}

const ProofBundle& KeptBundle() {
  static const auto& bundle = *new ProofBundle(affidavit::DecodeBundle(Kept("delivered.json")).value());
  return bundle;
}

bool IsKept(const BundleEntry& entry) {
  return std::any_of(KeptBundle().entries.begin(), KeptBundle().entries.end(), [&](const BundleEntry& kept) {
    return entry.leaf == kept.leaf && (!entry.raw || entry.raw == kept.raw);
  });
}

void CheckTaken(const ProofBundle& bundle) {
  const auto text = [](const ProofBundle& of) { return affidavit::ParseNote(of.checkpoint).value().text; };
  Require(text(bundle) == text(KeptBundle()));
  Require(bundle.source == KeptBundle().source && bundle.message_id == KeptBundle().message_id);
  Require(!bundle.entries.empty() && std::all_of(bundle.entries.begin(), bundle.entries.end(), IsKept));
  for (const std::string& token : bundle.timestamps) {
    Require(token == KeptBundle().timestamps.front());
  }
}

void Check(std::string_view file) {
  Require(!affidavit::VerifyBundle(file, {}).verified);
  const affidavit::BundleVerdict verdict = affidavit::VerifyBundle(file, KeptTrust());
  Require(verdict.verified == verdict.reason.empty() && !verdict.steps.empty());
  for (const affidavit::VerificationStep& step : verdict.steps) {
    Require(affidavit::IsSoundText(step.text, 64 << 10));
  }
  if (verdict.verified) {
    CheckTaken(affidavit::DecodeBundle(file).value());
  }
}

ProofBundle WithPart(uint8_t part, const std::string& replacement) {
  ProofBundle bundle = KeptBundle();
  BundleEntry& entry = bundle.entries[part / 8 % bundle.entries.size()];
  std::string* const parts[] = {&entry.leaf,        &entry.tlog_proof,  &*entry.raw,          &bundle.source,
                                &bundle.message_id, &bundle.checkpoint, &bundle.timestamps[0]};
  *parts[part % std::size(parts)] = replacement;
  return bundle;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Check(input);
  if (size > 0) {
    if (const auto file = affidavit::EncodeBundle(WithPart(data[0], std::string(input.substr(1)))); file.ok()) {
      Check(*file);
    }
  }
  return 0;
}
