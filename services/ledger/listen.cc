#include "services/ledger/listen.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace affidavit::ledger {
namespace {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.good() || text.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path));
  }
  return text;
}

}  // namespace

bool IsLocalAddress(std::string_view listen) {
  if (listen.starts_with("unix:")) {
    return true;
  }
  const size_t colon = listen.rfind(':');
  if (colon == std::string_view::npos) {
    return false;
  }
  const std::string_view host = listen.substr(0, colon);
  // Names are not trusted to resolve to loopback, but for the one that RFC 6761 reserves for it. A host that only
  // starts like an address of 127.0.0.0/8 ("127.example") is no address.
  const bool numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "[::1]" || (numeric && host.starts_with("127."));
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const config::LedgerConfig& config) {
  if (config.tls.certificate_file.empty()) {
    if (!IsLocalAddress(config.listen)) {
      return absl::FailedPreconditionError(
          absl::StrCat("without TLS the ledger listens on loopback or a Unix socket only, not on ", config.listen,
                       ": set ledger.tls_certificate_file and ledger.tls_key_file"));
    }
    return grpc::InsecureServerCredentials();
  }
  grpc::SslServerCredentialsOptions::PemKeyCertPair pair;
  ASSIGN_OR_RETURN(pair.cert_chain, ReadFile(config.tls.certificate_file));
  ASSIGN_OR_RETURN(pair.private_key, ReadFile(config.tls.key_file));
  grpc::SslServerCredentialsOptions options(config.tls.client_ca_file.empty()
                                                ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                                : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_key_cert_pairs.push_back(std::move(pair));
  if (!config.tls.client_ca_file.empty()) {
    ASSIGN_OR_RETURN(options.pem_root_certs, ReadFile(config.tls.client_ca_file));
  }
  return grpc::SslServerCredentials(options);
}

}  // namespace affidavit::ledger
