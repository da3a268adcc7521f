#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "boost/json.hpp"
#include "core/base/text.h"
#include "services/objectstore/credentials.h"

namespace affidavit::objectstore {
namespace {

// A secret travels in headers: what holds a line break or a space is a mangled file, not a key.
bool IsToken(std::string_view text) {
  return !text.empty() && text.size() <= (8 << 10) && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
}

std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string_view Stripped(std::string_view line) {
  if (!line.empty() && line.back() == '\r') {
    line.remove_suffix(1);
  }
  return TrimHttpSpace(line);
}

std::string MemberText(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  const boost::json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? "" : std::string(text->data(), text->size());
}

}  // namespace

bool AreSound(const Credentials& credentials) {
  return IsToken(credentials.access_key_id) && IsToken(credentials.secret_access_key) &&
         (credentials.session_token.empty() || IsToken(credentials.session_token));
}

absl::StatusOr<Credentials> ParseCredentialsFile(std::string_view text, std::string_view profile) {
  std::map<std::string, std::string> found;
  bool is_ours = false;
  while (!text.empty()) {
    const std::string_view line = Stripped(TakeLine(text));
    if (line.empty() || line.front() == '#' || line.front() == ';') {
      continue;
    }
    if (line.front() == '[') {
      is_ours = line.back() == ']' && TrimHttpSpace(line.substr(1, line.size() - 2)) == profile;
      continue;
    }
    const size_t equals = line.find('=');
    if (is_ours && equals != std::string_view::npos) {
      found[std::string(TrimHttpSpace(line.substr(0, equals)))] = TrimHttpSpace(line.substr(equals + 1));
    }
  }
  Credentials credentials{.access_key_id = found["aws_access_key_id"],
                          .secret_access_key = found["aws_secret_access_key"],
                          .session_token = found["aws_session_token"],
                          .expiration = std::nullopt};
  if (!AreSound(credentials)) {
    return absl::NotFoundError(Concat({"no aws_access_key_id with aws_secret_access_key in profile ", profile}));
  }
  return credentials;
}

absl::StatusOr<Credentials> ParseCredentialProcess(std::string_view json) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse({json.data(), json.size()}, error);
  const boost::json::object* object = error ? nullptr : value.if_object();
  const boost::json::value* version = object == nullptr ? nullptr : object->if_contains("Version");
  if (version == nullptr || !version->is_int64() || version->get_int64() != 1) {
    return absl::InvalidArgumentError("credentials_command: not the JSON of a credential_process, version 1");
  }
  Credentials credentials{.access_key_id = MemberText(*object, "AccessKeyId"),
                          .secret_access_key = MemberText(*object, "SecretAccessKey"),
                          .session_token = MemberText(*object, "SessionToken"),
                          .expiration = std::nullopt};
  if (!AreSound(credentials)) {
    return absl::InvalidArgumentError("credentials_command: no AccessKeyId with SecretAccessKey");
  }
  if (object->contains("Expiration")) {
    credentials.expiration = ParseRfc3339(MemberText(*object, "Expiration"));
    if (!credentials.expiration.has_value()) {
      return absl::InvalidArgumentError("credentials_command: Expiration is not a time of RFC 3339");
    }
  }
  return credentials;
}

}  // namespace affidavit::objectstore
