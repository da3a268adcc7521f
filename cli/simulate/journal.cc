#include "cli/simulate/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "boost/json/array.hpp"
#include "boost/json/object.hpp"
#include "boost/json/serialize.hpp"
#include "core/base/encoding.h"
#include "core/base/text.h"

namespace affidavit::simulate {

std::string JournalLine(const Post& post, std::string_view payload_sha256_hex, const Outcome& outcome) {
  boost::json::object line{{"id", post.event_id},
                           {"sha256", payload_sha256_hex},
                           {"status", AnswerName(outcome.answer)},
                           {"http", outcome.http_status},
                           {"leaf_index", nullptr},
                           {"expected", ExpectedName(post.expected)},
                           {"attempts", outcome.attempt_count},
                           {"injected", boost::json::array()},
                           {"body_b64", Base64Encode(post.body)}};
  if (outcome.leaf_index) {
    line["leaf_index"] = *outcome.leaf_index;
  }
  for (size_t i = 0; i < kInjectionCount; ++i) {
    if (const auto injection = static_cast<Injection>(i); post.injections.Has(injection)) {
      line["injected"].as_array().emplace_back(InjectionName(injection));
    }
  }
  return boost::json::serialize(line) + "\n";
}

Journal::Journal(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

Journal::~Journal() {
  close(descriptor_);
}

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(const std::string& path) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) {
    return absl::InvalidArgumentError(
        Concat({"cannot open the journal ", path, ": ", std::generic_category().message(errno)}));
  }
  return std::unique_ptr<Journal>(new Journal(descriptor, path));
}

// One write of a whole line to a file opened for appending: lines of several connections never mix.
absl::Status Journal::Append(const std::string& line) {
  ssize_t written = 0;
  do {
    written = write(descriptor_, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  if (written != static_cast<ssize_t>(line.size())) {
    return absl::DataLossError(Concat({"cannot write the journal ", path_}));
  }
  return absl::OkStatus();
}

}  // namespace affidavit::simulate
