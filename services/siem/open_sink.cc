#include "services/siem/open_sink.h"

#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "services/siem/json_lines_sink.h"
#include "services/siem/relp_sink.h"
#include "services/siem/syslog_tls_sink.h"

namespace affidavit::siem {

absl::StatusOr<std::unique_ptr<ReceiptSink>> OpenSink(const config::SiemConfig& config) {
  if (config.kind == "json-lines") {
    return std::make_unique<JsonLinesSink>(config.target);
  }
  ASSIGN_OR_RETURN(SinkAddress address, ParseSinkTarget(config.target));
  address.ca_file = config.ca_file;
  address.certificate_file = config.certificate_file;
  address.key_file = config.key_file;
  if (config.kind == "relp") {
    return std::make_unique<RelpSink>(std::move(address));
  }
  if (config.kind == "syslog-tls" && !address.ca_file.empty()) {
    return std::make_unique<SyslogTlsSink>(std::move(address));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("sink ", config.name, ": a kind is relp, json-lines, or syslog-tls with a ca_file"));
}

MessageFormat FormatOf(const config::SiemConfig& config) {
  if (config.kind == "json-lines") {
    return MessageFormat::kOcsf;
  }
  return config.format == "ocsf" ? MessageFormat::kOcsfOverSyslog : MessageFormat::kStructuredData;
}

SyslogIdentity IdentityOf(const config::SiemConfig& config) {
  SyslogIdentity identity{.host_name = config.host_name,
                          .app_name = config.app_name,
                          .process_id = absl::StrCat(getpid()),
                          .enterprise_number = config.enterprise_number};
  std::array<char, 256> name = {};
  if (identity.host_name.empty() && gethostname(name.data(), name.size() - 1) == 0) {
    identity.host_name = name.data();
  }
  return identity;
}

}  // namespace affidavit::siem
