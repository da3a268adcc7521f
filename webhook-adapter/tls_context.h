// The server's side of TLS: certificate, key and policy as an OpenSSL context, exchanged as a whole when the files have
// changed. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "openssl/ssl.h"

namespace affidavit::adapter {

// TLS 1.2 and 1.3, forward secrecy and AEAD only, ALPN http/1.1. INVALID_ARGUMENT, naming the file, when a file cannot
// be used.
absl::StatusOr<std::shared_ptr<SSL_CTX>> LoadTlsContext(const std::string& certificate_file,
                                                        const std::string& key_file);

class TlsContext {
 public:
  TlsContext(std::string certificate_file, std::string key_file, std::shared_ptr<SSL_CTX> context)
      : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)), context_(std::move(context)) {}

  // For one new connection; those that exist keep theirs.
  std::shared_ptr<SSL_CTX> Current() const {
    const std::lock_guard lock(mutex_);
    return context_;
  }

  // Reads the files again. On an error the old context stays.
  absl::Status Reload();

 private:
  const std::string certificate_file_, key_file_;
  mutable std::mutex mutex_;
  std::shared_ptr<SSL_CTX> context_;  // guarded by mutex_
};

}  // namespace affidavit::adapter
