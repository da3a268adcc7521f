// Self-signed certificates made on the spot, in files of a directory of the test's own.
#pragma once

#include <filesystem>
#include <string>

namespace affidavit::adapter {

// Removed with all that is in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string File(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Writes a P-256 key and a certificate for 127.0.0.1 and localhost with `common_name`. An empty passphrase leaves the
// key unencrypted.
void WriteCertificate(const std::string& common_name, const std::string& certificate_file, const std::string& key_file,
                      const std::string& passphrase = "");

void WriteFile(const std::string& path, const std::string& bytes);

}  // namespace affidavit::adapter
