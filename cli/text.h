// Text for people's terminals. Pure.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace affidavit::cli {

// `text` with everything that could drive a terminal (control characters, bytes that are not UTF-8, bidirectional
// overrides) written as \xNN: what we print may come from outside.
std::string Printable(std::string_view text);

// 1234567 -> "1,234,567".
std::string WithThousands(int64_t number);

// How many columns `text` takes, one for each code point. REQUIRES: UTF-8.
size_t DisplayWidth(std::string_view text);

// Rows under aligned headings. Widths only grow from Print to Print, so that a listing that comes page by page stays
// aligned as far as it can; the heading is printed once.
class Table {
 public:
  explicit Table(std::vector<std::string> headings);

  // REQUIRES: as many cells as headings. Cells are made printable.
  void AddRow(const std::vector<std::string>& cells);

  // Prints and forgets the rows so far.
  void Print(std::ostream& out);

 private:
  void PrintRow(const std::vector<std::string>& cells, std::ostream& out) const;

  std::vector<std::string> headings_;
  std::vector<size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
  bool heading_printed_ = false;
};

}  // namespace affidavit::cli
