// What a refusal of an S3 server means to us. Pure, thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace affidavit::objectstore {

struct HttpResult;

enum class Repetition {
  kNever,          // would end the same
  kSurelyNotDone,  // refused before anything was done
  kPerhapsDone,    // no telling: only for requests of which two are as good as one
};

struct S3Fault {
  absl::Status status;  // object_store.h says which; "PutObject: 403 AccessDenied (request 4f…)"
  Repetition repetition = Repetition::kNever;
  bool blames_credentials = false;  // others may do: fetch them anew
  std::chrono::seconds retry_after{0};
};

// `result` is anything but a success. `asks_for_lock`: the request sets a retention or a hold, which buckets without
// Object Lock refuse with the same code as they do nonsense.
S3Fault ExplainFault(std::string_view operation, bool asks_for_lock, const HttpResult& result);

// The server's own code, such as "NoSuchKey", in a status of ExplainFault; empty without one.
std::string S3CodeOf(const absl::Status& status);

}  // namespace affidavit::objectstore
