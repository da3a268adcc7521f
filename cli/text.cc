#include "cli/text.h"

#include <algorithm>
#include <utility>

#include "core/base/encoding.h"
#include "core/base/text.h"

namespace affidavit::cli {
namespace {

constexpr std::string_view kColumnGap = "  ";

// The length that a UTF-8 sequence beginning with `first` should have; 1 for what can begin none.
size_t SequenceLength(unsigned char first) {
  if (first >= 0xF0) {
    return 4;
  }
  if (first >= 0xE0) {
    return 3;
  }
  return first >= 0xC0 ? 2 : 1;
}

bool DrivesTerminal(std::string_view sequence) {
  if (!IsSoundText(sequence, 4)) {
    return true;
  }
  // U+2028 to U+202E and U+2066 to U+2069: line separators and bidirectional controls.
  const bool general_punctuation = sequence.size() == 3 && sequence[0] == '\xE2';
  if (!general_punctuation) {
    return false;
  }
  const auto second = static_cast<unsigned char>(sequence[1]), third = static_cast<unsigned char>(sequence[2]);
  return (second == 0x80 && third >= 0xA8 && third <= 0xAE) || (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view sequence = text.substr(0, SequenceLength(static_cast<unsigned char>(text[0])));
    if (!DrivesTerminal(sequence)) {
      out += sequence;
      text.remove_prefix(sequence.size());
    } else {
      out += "\\x";
      out += HexEncode(text.substr(0, 1));
      text.remove_prefix(1);
    }
  }
  return out;
}

std::string WithThousands(int64_t number) {
  std::string digits = std::to_string(number);
  const size_t first = number < 0 ? 1 : 0;
  for (size_t end = digits.size(); end > first + 3; end -= 3) {
    digits.insert(end - 3, ",");
  }
  return digits;
}

size_t DisplayWidth(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & '\xC0') != '\x80'; }));
}

Table::Table(std::vector<std::string> headings) : headings_(std::move(headings)) {
  for (const std::string& heading : headings_) {
    widths_.push_back(DisplayWidth(heading));
  }
}

void Table::AddRow(const std::vector<std::string>& cells) {
  std::vector<std::string>& row = rows_.emplace_back();
  for (size_t i = 0; i < cells.size(); ++i) {
    row.push_back(Printable(cells[i]));
    widths_[i] = std::max(widths_[i], DisplayWidth(row.back()));
  }
}

void Table::Print(std::ostream& out) {
  if (!std::exchange(heading_printed_, true)) {
    PrintRow(headings_, out);
  }
  for (const std::vector<std::string>& row : rows_) {
    PrintRow(row, out);
  }
  rows_.clear();
}

void Table::PrintRow(const std::vector<std::string>& cells, std::ostream& out) const {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) {
      line += kColumnGap;
    }
    line += cells[i];
    line.append(widths_[i] - DisplayWidth(cells[i]), ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << "\n";
}

}  // namespace affidavit::cli
