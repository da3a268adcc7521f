// OCSF 1.3.0: a receipt is a Datastore Activity (6005, Write), a security event a Detection Finding (2004, Create).
// Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "db/siem_store.h"

namespace affidavit::siem {

// One line of JSON, ASCII and UTF-8 as the values are; `host_name` is where the worker runs.
std::string OcsfJson(const db::WriteReceipt& receipt, std::string_view host_name);
std::string OcsfJson(const db::SecurityEvent& event, std::string_view host_name);

}  // namespace affidavit::siem
