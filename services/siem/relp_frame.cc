#include "services/siem/relp_frame.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace affidavit::siem {
namespace {

constexpr int32_t kTransactionMax = 999'999'999;
constexpr size_t kNumberDigitsMax = 9, kCommandBytesMax = 32;

bool IsDigit(char byte) {
  return byte >= '0' && byte <= '9';
}
bool IsCommandByte(char byte) {
  return IsDigit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '-';
}

// Takes a token of 1 to `size_max` bytes that `is_good` off the head of `text`, up to one of `ends`, which stays.
// False: there is no such token. Sets `is_short` when the end has not come yet.
bool TakeToken(std::string_view& text, size_t size_max, bool (*is_good)(char), std::string_view ends,
               std::string_view& token, bool& is_short) {
  const size_t size = std::min(text.find_first_of(ends), text.size());
  token = text.substr(0, size);
  is_short = size == text.size();
  text.remove_prefix(size);
  return token.size() <= size_max && (is_short || !token.empty()) && std::all_of(token.begin(), token.end(), is_good);
}

}  // namespace

void AppendRelpFrame(int32_t transaction, std::string_view command, std::string_view data, std::string& out) {
  absl::StrAppend(&out, transaction, " ");
  out += command;
  absl::StrAppend(&out, " ", data.size());
  if (!data.empty()) {
    out += ' ';
    out += data;
  }
  out += '\n';
}

int32_t NextRelpTransaction(int32_t transaction) {
  return transaction >= kTransactionMax ? 1 : transaction + 1;
}

std::optional<int> RelpResponseCode(std::string_view data) {
  if (data.size() < 3 || !std::all_of(data.begin(), data.begin() + 3, IsDigit) ||
      (data.size() > 3 && data[3] != ' ' && data[3] != '\n')) {
    return std::nullopt;
  }
  return (data[0] - '0') * 100 + (data[1] - '0') * 10 + (data[2] - '0');
}

absl::StatusOr<std::optional<RelpFrame>> RelpReader::Next() {
  const absl::Status malformed = absl::InvalidArgumentError("the other side does not speak RELP");
  std::string_view text = pending_;
  std::string_view transaction, command, length;
  bool is_short = false;
  if (!TakeToken(text, kNumberDigitsMax, IsDigit, " ", transaction, is_short)) {
    return malformed;
  }
  if (is_short) {
    return std::nullopt;
  }
  text.remove_prefix(1);
  if (!TakeToken(text, kCommandBytesMax, IsCommandByte, " ", command, is_short)) {
    return malformed;
  }
  if (is_short) {
    return std::nullopt;
  }
  text.remove_prefix(1);
  if (!TakeToken(text, kNumberDigitsMax, IsDigit, " \n", length, is_short)) {
    return malformed;
  }
  if (is_short) {
    return std::nullopt;
  }
  RelpFrame frame;
  frame.command = std::string(command);
  size_t data_size = 0;
  if (!absl::SimpleAtoi(absl::string_view(transaction.data(), transaction.size()), &frame.transaction) ||
      !absl::SimpleAtoi(absl::string_view(length.data(), length.size()), &data_size) || data_size > kDataBytesMax) {
    return malformed;
  }
  // Some senders put a space before no data.
  if (text.front() == ' ') {
    text.remove_prefix(1);
  } else if (data_size > 0) {
    return malformed;
  }
  if (text.size() < data_size + 1) {
    return std::nullopt;
  }
  if (text[data_size] != '\n') {
    return malformed;
  }
  frame.data = std::string(text.substr(0, data_size));
  pending_.erase(0, pending_.size() - text.size() + data_size + 1);
  return frame;
}

}  // namespace affidavit::siem
