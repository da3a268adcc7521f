#include "cli/database_url.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/files.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {

absl::StatusOr<std::string> FindDatabaseUrl(const Session& session, const std::string& url_file) {
  if (!url_file.empty()) {
    ASSIGN_OR_RETURN(const std::string content, ReadFile(url_file));
    std::string url(absl::StripAsciiWhitespace(content));
    return url.empty() ? absl::StatusOr<std::string>(absl::InvalidArgumentError(absl::StrCat(url_file, " is empty")))
                       : std::move(url);
  }
  for (const char* name : {"AFFIDAVIT_DATABASE_URL", "DATABASE_URL"}) {
    if (std::optional<std::string> url = session.environment(name); url && !url->empty()) {
      return *std::move(url);
    }
  }
  ASSIGN_OR_RETURN(std::optional<config::Config> config, FindConfig(session));
  if (!config || config->database.url.empty()) {
    return absl::InvalidArgumentError(
        "no database is named\n  what to do: --database-url-file FILE, or set AFFIDAVIT_DATABASE_URL, or --config "
        "FILE");
  }
  return std::move(config->database.url);
}

}  // namespace affidavit::cli
