// A real RFC 3161 authority: `openssl ts` with a CA of its own, in a folder of the test's. Thread-safe once made.
#pragma once

#include <string>

namespace affidavit::testing {

// Runs a bash command line; its output. Throws std::runtime_error, with that output, when it fails.
std::string RunShell(const std::string& command);

struct TimestampAuthorityOptions {
  std::string key = "ec -pkeyopt ec_paramgen_curve:P-256";  // arguments of openssl req -newkey
  std::string extensions = "extendedKeyUsage=critical,timeStamping";
  int days = 30;                   // negative: expired already
  std::string digest = "sha256";   // with which the authority signs
  std::string accepts = "sha256";  // whose imprints it takes; others it refuses
  bool embed_ca = false;           // its CA's certificate is in every token
};

class TimestampAuthority {
 public:
  explicit TimestampAuthority(const TimestampAuthorityOptions& options = {});
  ~TimestampAuthority();
  TimestampAuthority(const TimestampAuthority&) = delete;
  TimestampAuthority& operator=(const TimestampAuthority&) = delete;

  const std::string& folder() const { return folder_; }
  std::string ca_file() const { return folder_ + "/ca.crt"; }
  std::string ca_pem() const;

  // DER TimeStampReq in, DER TimeStampResp out; a refusal is a response too.
  std::string Answer(const std::string& request) const;

  // A token over `tst_info` (DER) by this authority's key, whether or not it may sign time-stamps, with
  // the certificates of the PEM file `more` thrown in.
  std::string SignToken(const std::string& tst_info, const std::string& more = "") const;

 private:
  std::string folder_;
};

// The TSTInfo (DER) of a token, nothing verified.
std::string TimestampContent(const std::string& token);

}  // namespace affidavit::testing
