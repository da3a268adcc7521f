// What a check of the ledger found: each finding in a sentence that names the record, counted by what it is about.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace affidavit::cli {

inline constexpr size_t kFindingsKeptMax = 100;

class Findings {
 public:
  // `about` is a plural for the summary: "payloads".
  void Add(std::string_view about, std::string sentence);
  // One more of which nothing new is to be said.
  void Count(std::string_view about);

  int64_t count() const { return count_; }
  const std::map<std::string, int64_t, std::less<>>& counts() const { return counts_; }
  const std::vector<std::string>& sentences() const { return sentences_; }  // the first kFindingsKeptMax

 private:
  int64_t count_ = 0;
  std::map<std::string, int64_t, std::less<>> counts_;
  std::vector<std::string> sentences_;
};

// The sentences, a line each, and how many more there were.
void PrintFindings(std::ostream& out, const Findings& findings);
// "No finding.", or how many about what, and the first.
void PrintConclusion(std::ostream& out, const Findings& findings);

}  // namespace affidavit::cli
