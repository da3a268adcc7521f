#include "db/connection_options.h"

#include <libpq-fe.h>

#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/base/text.h"

namespace affidavit::db {
namespace {

// libpq's keyword = 'value' form.
std::string Quoted(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + "'";
}

std::string SessionSettings(const ConnectionOptions& options) {
  return absl::StrCat(
      " -c synchronous_commit=on -c default_transaction_isolation=read\\ committed -c TimeZone=UTC -c "
      "search_path=pg_catalog"
      " -c jit=off -c client_connection_check_interval=1000 -c client_min_messages=warning",
      " -c statement_timeout=", options.statement_timeout_ms, " -c lock_timeout=", options.lock_timeout_ms,
      " -c idle_in_transaction_session_timeout=", options.idle_in_transaction_timeout_ms);
}

}  // namespace

absl::StatusOr<std::string> ConnInfo(const ConnectionOptions& options, std::string_view more_settings) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(options.url.c_str(), &error), PQconninfoFree);
  PQfreemem(error);  // quotes the URL, password and all
  if (parsed == nullptr) {
    return absl::InvalidArgumentError("the database URL is neither a postgresql:// URI nor a libpq keyword string");
  }
  std::map<std::string, std::string> values = {{"application_name", "affidavit"},  // the URL may say otherwise
                                               {"keepalives_idle", "5"},
                                               {"keepalives_interval", "2"},
                                               {"keepalives_count", "3"},
                                               {"tcp_user_timeout", "6000"}};
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) {
      values[option->keyword] = option->val;
    }
  }
  values["connect_timeout"] = absl::StrCat(options.connect_timeout_s);
  values["client_encoding"] = "UTF8";
  values["options"] += Concat({SessionSettings(options), more_settings});
  std::string conninfo;
  for (const auto& [keyword, value] : values) {
    absl::StrAppend(&conninfo, keyword, "=", Quoted(value), " ");
  }
  return conninfo;
}

}  // namespace affidavit::db
