#include "tests/support/timestamp_authority.h"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace affidavit::testing {
namespace {

std::string MakeFolder() {
  std::string folder = (std::filesystem::temp_directory_path() / "affidavit-tsa.XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    throw std::runtime_error("no temporary directory for the time-stamping authority");
  }
  return folder;
}

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Requests are answered side by side.
std::string NextName() {
  static std::atomic<int> count = 0;
  return std::to_string(++count);
}

}  // namespace

std::string RunShell(const std::string& command) {
  FILE* const pipe = ::popen(("exec 2>&1; set -e; " + command).c_str(), "re");
  if (pipe == nullptr) {
    throw std::runtime_error("cannot run a shell");
  }
  std::string output;
  std::array<char, 4096> buffer{};
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), size);
  }
  if (::pclose(pipe) != 0) {
    throw std::runtime_error(command + ": " + output);
  }
  return output;
}

TimestampAuthority::TimestampAuthority(const TimestampAuthorityOptions& options) : folder_(MakeFolder()) {
  const std::string quiet = " 2>/dev/null";
  WriteBytes(folder_ + "/tsa.ext", options.extensions + "\n");
  WriteBytes(folder_ + "/ts.cnf",
             "[tsa]\nsigner_cert = tsa.crt\nsigner_key = tsa.key\nsigner_digest = " + options.digest +
                 "\ndefault_policy = 1.3.6.1.4.1.13762.3\ndigests = " + options.accepts +
                 "\naccuracy = secs:1\nordering = yes\ntsa_name = yes\ness_cert_id_alg = sha256\n" +
                 (options.embed_ca ? "certs = ca.crt\n" : ""));
  RunShell("cd " + folder_ +
           "; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=test TSA root'"
           " -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.crt" +
           quiet + "; openssl req -newkey " + options.key +
           " -nodes -subj '/CN=test TSA' -keyout tsa.key -out tsa.csr" + quiet +
           "; openssl x509 -req -in tsa.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days " +
           std::to_string(options.days) + " -extfile tsa.ext -out tsa.crt" + quiet);
}

TimestampAuthority::~TimestampAuthority() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string TimestampAuthority::ca_pem() const {
  return ReadBytes(ca_file());
}

std::string TimestampAuthority::Answer(const std::string& request) const {
  const std::string name = NextName();
  WriteBytes(folder_ + "/" + name + ".tsq", request);
  // The serial number is a file that openssl writes back: one a request, so that requests do not meet in it.
  RunShell("cd " + folder_ + "; sed \"s/^\\[tsa\\]/[tsa]\\nserial = " + name + ".serial/\" ts.cnf >" + name +
           ".cnf; printf '%04x' " + name + " >" + name + ".serial; openssl ts -reply -config " + name +
           ".cnf -section tsa -queryfile " + name + ".tsq -out " + name + ".tsr");
  return ReadBytes(folder_ + "/" + name + ".tsr");
}

std::string TimestampAuthority::SignToken(const std::string& tst_info, const std::string& more) const {
  const std::string name = NextName();
  WriteBytes(folder_ + "/" + name + ".tst", tst_info);
  RunShell("cd " + folder_ + "; openssl cms -sign -binary -nodetach -cades -nosmimecap -md sha256 -econtent_type" +
           " 1.2.840.113549.1.9.16.1.4 -signer tsa.crt -inkey tsa.key -in " + name + ".tst -outform DER -out " + name +
           ".token" + (more.empty() ? "" : " -certfile " + more));
  return ReadBytes(folder_ + "/" + name + ".token");
}

std::string TimestampContent(const std::string& token) {
  const std::string folder = MakeFolder();
  WriteBytes(folder + "/token", token);
  RunShell("cd " + folder + "; openssl cms -verify -noverify -nosigs -inform DER -in token -out content 2>/dev/null");
  std::string content = ReadBytes(folder + "/content");
  std::filesystem::remove_all(folder);
  return content;
}

}  // namespace affidavit::testing
