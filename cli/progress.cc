#include "cli/progress.h"

#include "absl/strings/str_cat.h"
#include "cli/text.h"

namespace affidavit::cli {
namespace {

constexpr std::chrono::seconds kQuiet{2};
constexpr std::chrono::milliseconds kInterval{200};
constexpr char kWipeLine[] = "\r\x1b[K";

std::string Count(uint64_t number) {
  return WithThousands(static_cast<int64_t>(number));
}

}  // namespace

Progress::Progress(std::ostream& out, bool enabled, uint64_t total, std::string_view things)
    : out_(out),
      enabled_(enabled),
      total_(total),
      things_(things),
      start_(std::chrono::steady_clock::now()),
      next_(start_ + kQuiet) {}

Progress::~Progress() {
  if (shown_) {
    out_ << kWipeLine << std::flush;
  }
}

void Progress::Show(uint64_t done) {
  const Time now = std::chrono::steady_clock::now();
  if (!enabled_ || now < next_) {
    return;
  }
  next_ = now + kInterval;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = static_cast<double>(done) / seconds;
  const auto percent = static_cast<int>(static_cast<double>(done) * 100 / static_cast<double>(total_));
  const auto left = done == 0 ? 0 : static_cast<int64_t>(static_cast<double>(total_ - done) / rate);
  out_ << kWipeLine << Count(done) << " of " << Count(total_) << " " << things_ << ", " << percent << " %, "
       << Count(static_cast<uint64_t>(rate)) << " a second, " << left << " s left" << std::flush;
}

}  // namespace affidavit::cli
