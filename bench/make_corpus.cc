// Writes events of one size with their signatures, one a line: "<hex signature> <body>". scripts/bench posts these
// lines and inserts them straight into Postgres, so that both sides of the ratio carry the same bytes.
#include <cstdint>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/signature/verifier.h"

namespace affidavit {
namespace {

std::string RandomId(std::mt19937_64& random) {
  return absl::StrFormat("%016x-%016x", random(), random());
}

// A delivery of the default profile, filled up to `size` bytes with text that does not compress to nothing.
std::string Event(std::mt19937_64& random, size_t size) {
  std::string body = absl::StrCat(
      R"({"id":")", RandomId(random),
      R"(","type":"message:delivery","version":"1.0","timestamp":"2026-11-24T09:00:00.123Z",)", R"("message":{"id":")",
      RandomId(random), R"(","direction":"outbound","channel":"SMS","status":"delivered",)",
      R"("deliveryTimestamp":"2026-11-24T09:00:01.456Z","metadata":{"audit_correlation_id":")", RandomId(random),
      R"("},"body":")");
  constexpr std::string_view kEnd = R"("}})";
  while (body.size() + kEnd.size() < size) {
    body += static_cast<char>('a' + random() % 26);
  }
  body += kEnd;
  return body;
}

int Main(int argc, char** argv) {
  CLI::App app{"Writes signed events, one a line"};
  int64_t count = 100'000;
  size_t size = 1024;
  uint64_t seed = 1;
  std::string secret_file;
  std::string out;
  app.add_option("--count", count);
  app.add_option("--size", size);
  app.add_option("--seed", seed);
  app.add_option("--secret-file", secret_file)->required();
  app.add_option("--out", out)->required();
  CLI11_PARSE(app, argc, argv);

  std::stringstream text;
  text << std::ifstream(secret_file, std::ios::binary).rdbuf();
  const absl::StatusOr<std::string> secret = DecodeSecret(SignatureScheme::kHmacSha256Hex, text.str());
  if (!secret.ok()) {
    std::cerr << secret_file << ": " << secret.status().message() << '\n';
    return 2;
  }
  std::mt19937_64 random(seed);
  std::ofstream file(out, std::ios::binary);
  for (int64_t i = 0; i < count; ++i) {
    const std::string body = Event(random, size);
    file << HexEncode(AsBytes(HmacSha256(*secret, {body}))) << ' ' << body << '\n';
  }
  file.close();
  return file ? 0 : 1;
}

}  // namespace
}  // namespace affidavit

int main(int argc, char** argv) {
  return affidavit::Main(argc, argv);
}
