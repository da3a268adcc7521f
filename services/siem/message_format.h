// What a SIEM reads: receipts and security events as RFC 5424 with structured data, or as OCSF JSON (docs/siem.md has
// every member). Pure, thread-safe.
#pragma once

#include <string>

#include "db/siem_store.h"
#include "services/siem/syslog_message.h"

namespace affidavit::siem {

enum class MessageFormat {
  kStructuredData,  // RFC 5424 with [audit@…] or [alert@…]
  kOcsfOverSyslog,  // RFC 5424 whose MSG is OCSF JSON
  kOcsf,            // OCSF JSON alone
};

// None has an end of line in it.
std::string FormatReceipt(const db::WriteReceipt& receipt, MessageFormat format, const SyslogIdentity& identity);
std::string FormatSecurityEvent(const db::SecurityEvent& event, MessageFormat format, const SyslogIdentity& identity);

}  // namespace affidavit::siem
