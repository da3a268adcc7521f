// From the configuration to a sink and its format.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "services/siem/message_format.h"
#include "services/siem/receipt_sink.h"

namespace affidavit::siem {

// INVALID_ARGUMENT when the settings make no sense. Opens no connection and no file yet.
absl::StatusOr<std::unique_ptr<ReceiptSink>> OpenSink(const config::SiemConfig& config);

// A file of JSON lines is always OCSF.
MessageFormat FormatOf(const config::SiemConfig& config);

// Asks the machine for its name where the configuration has none.
SyslogIdentity IdentityOf(const config::SiemConfig& config);

}  // namespace affidavit::siem
