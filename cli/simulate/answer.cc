#include "cli/simulate/answer.h"

#include <array>
#include <string>

#include "boost/json/parse.hpp"

namespace affidavit::simulate {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, kAnswerCount> kNames = {
    "accepted", "duplicate", "conflict", "excluded", "spooled", "quarantined", "unauthorized", "other", "gave_up"};

std::string_view TextOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

Answer AnswerOf(int http_status, const json::object& body) {
  const std::string_view status = TextOf(body, "status");
  if (http_status == 401) {
    return Answer::kUnauthorized;
  }
  if (http_status == 422) {
    return TextOf(body, "outcome") == "quarantined" ? Answer::kQuarantined : Answer::kOther;
  }
  if (http_status == 202) {
    return status == "spooled" ? Answer::kSpooled : Answer::kOther;
  }
  if (http_status == 200) {
    for (const Answer answer : {Answer::kAccepted, Answer::kDuplicate, Answer::kConflict, Answer::kExcluded}) {
      if (status == AnswerName(answer)) {
        return answer;
      }
    }
  }
  return Answer::kOther;
}

}  // namespace

std::string_view AnswerName(Answer answer) {
  return kNames[static_cast<size_t>(answer)];
}

bool IsRetried(int http_status) {
  return http_status == 429 || (http_status >= 500 && http_status <= 599);
}

Outcome ReadAnswer(int http_status, std::string_view body, std::string_view payload_sha256_hex) {
  json::error_code error;
  const json::value parsed = json::parse(json::string_view(body.data(), body.size()), error);
  const json::object* found = error ? nullptr : parsed.if_object();
  const json::object object = found == nullptr ? json::object() : *found;

  Outcome outcome;
  outcome.http_status = http_status;
  outcome.answer = AnswerOf(http_status, object);
  if (const json::value* leaf_index = object.if_contains("leaf_index");
      leaf_index != nullptr && leaf_index->is_int64()) {
    outcome.leaf_index = leaf_index->as_int64();
  }
  const std::string_view digest = TextOf(object, "payload_sha256");
  outcome.digest_matches = digest.empty() || digest == payload_sha256_hex;
  return outcome;
}

}  // namespace affidavit::simulate
