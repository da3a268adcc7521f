#include "core/base/time.h"

#include <cstdint>

namespace affidavit {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Takes what it recognises from the front of a text; once something was missing, `ok` stays false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool ok() const { return ok_; }
  bool AtEnd() const { return text_.empty(); }

  // Exactly `count` digits, their value within [low, high].
  int Number(int count, int low, int high) {
    int value = 0;
    for (int i = 0; i < count; ++i) {
      if (text_.empty() || !IsDigit(text_.front())) {
        ok_ = false;
        return low;
      }
      value = value * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    ok_ = ok_ && value >= low && value <= high;
    return value;
  }

  // One character out of `choices`; '\0' when there is none.
  char OneOf(std::string_view choices) {
    if (text_.empty() || choices.find(text_.front()) == std::string_view::npos) {
      ok_ = false;
      return '\0';
    }
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }

  // "" or "." and at least one digit. What lies beyond microseconds is cut off, not rounded: a time never moves
  // forward.
  microseconds Fraction() {
    if (text_.empty() || text_.front() != '.') {
      return microseconds{0};
    }
    text_.remove_prefix(1);
    int64_t value = 0;
    int count = 0;
    for (; !text_.empty() && IsDigit(text_.front()); text_.remove_prefix(1), ++count) {
      if (count < 6) {
        value = value * 10 + (text_.front() - '0');
      }
    }
    ok_ = ok_ && count > 0;
    for (; count < 6; ++count) {
      value *= 10;
    }
    return microseconds{value};
  }

 private:
  std::string_view text_;
  bool ok_ = true;
};

constexpr TimePoint kFirst{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}};
constexpr TimePoint kEnd{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}};

// Below it the number is more likely seconds, beyond the other bound microseconds: 1973-03-03 and the end of year 9999.
constexpr int64_t kEpochMsMin = 100'000'000'000;
constexpr int64_t kEpochMsMax = 253'402'300'799'999;

class RealClock final : public Clock {
 public:
  TimePoint WallNow() const override { return std::chrono::floor<microseconds>(std::chrono::system_clock::now()); }
  std::chrono::steady_clock::time_point SteadyNow() const override { return std::chrono::steady_clock::now(); }
};

void AppendDigits(int64_t value, int count, std::string& out) {
  const size_t end = out.size() + static_cast<size_t>(count);
  out.resize(end);
  for (int i = 1; i <= count; ++i, value /= 10) {
    out[end - static_cast<size_t>(i)] = static_cast<char>('0' + value % 10);
  }
}

}  // namespace

bool IsRepresentable(TimePoint time) {
  return time >= kFirst && time < kEnd;
}

std::string FormatRfc3339(TimePoint time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{day};
  const microseconds rest = time - day;
  std::string out;
  out.reserve(27);
  AppendDigits(static_cast<int>(date.year()), 4, out);
  out.push_back('-');
  AppendDigits(static_cast<unsigned>(date.month()), 2, out);
  out.push_back('-');
  AppendDigits(static_cast<unsigned>(date.day()), 2, out);
  out.push_back('T');
  AppendDigits(rest / hours{1}, 2, out);
  out.push_back(':');
  AppendDigits(rest % hours{1} / minutes{1}, 2, out);
  out.push_back(':');
  AppendDigits(rest % minutes{1} / seconds{1}, 2, out);
  out.push_back('.');
  AppendDigits((rest % seconds{1}).count(), 6, out);
  out.push_back('Z');
  return out;
}

std::optional<TimePoint> ParseRfc3339(std::string_view text) {
  Scanner scanner(text);
  const std::chrono::year year{scanner.Number(4, 1, 9999)};
  scanner.OneOf("-");
  const std::chrono::month month{static_cast<unsigned>(scanner.Number(2, 1, 12))};
  scanner.OneOf("-");
  const std::chrono::day day{static_cast<unsigned>(scanner.Number(2, 1, 31))};
  scanner.OneOf("Tt ");
  const hours hour{scanner.Number(2, 0, 23)};
  scanner.OneOf(":");
  const minutes minute{scanner.Number(2, 0, 59)};
  scanner.OneOf(":");
  const seconds second{scanner.Number(2, 0, 60)};
  const microseconds fraction = scanner.Fraction();
  const char zone = scanner.OneOf("Zz+-");
  minutes offset{0};
  if (zone == '+' || zone == '-') {
    offset = hours{scanner.Number(2, 0, 23)};
    scanner.OneOf(":");
    offset += minutes{scanner.Number(2, 0, 59)};
  }
  const std::chrono::year_month_day date{year, month, day};
  if (!scanner.ok() || !scanner.AtEnd() || !date.ok()) {
    return std::nullopt;
  }
  const TimePoint local = std::chrono::sys_days{date} + hour + minute + second + fraction;
  const TimePoint time = zone == '-' ? local + offset : local - offset;
  return IsRepresentable(time) ? std::optional(time) : std::nullopt;
}

std::optional<TimePoint> ParseEpochMilliseconds(std::string_view digits) {
  if (digits.size() < 12 || digits.size() > 15 || digits.front() == '0') {
    return std::nullopt;
  }
  int64_t value = 0;
  for (const char c : digits) {
    if (!IsDigit(c)) {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  if (value < kEpochMsMin || value > kEpochMsMax) {
    return std::nullopt;
  }
  return TimePoint{milliseconds{value}};
}

const Clock& SystemClock() {
  static const RealClock clock;
  return clock;
}

}  // namespace affidavit
