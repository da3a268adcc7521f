// What a verification found, step by step, and how it is told to people and to programs.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "boost/json/object.hpp"
#include "core/evidence/verify_bundle.h"

namespace affidavit::verify {

enum class OutputFormat { kText, kJson };

// Plain ASCII for terminals and files that are not UTF-8.
enum class Marks { kAscii, kUnicode };

// Verified iff no step failed and nothing is missing. The first failure, else the first thing that was missing, is the
// reason.
class Findings {
 public:
  void Pass(std::string text);
  void Fail(std::string text);
  void Skip(std::string text);                      // not checked, and not needed for the verdict
  void Need(std::string text, std::string reason);  // not checked, so that nothing can be verified

  // All of another verifier's steps and its verdict.
  void Take(const BundleVerdict& verdict);

  // A line of text after the steps, for people.
  void Tell(std::string line);

  bool IsVerified() const { return failure_.empty() && missing_.empty(); }
  const std::string& Reason() const { return failure_.empty() ? missing_ : failure_; }
  const std::vector<VerificationStep>& steps() const { return steps_; }

  // What was found, for programs; names are a contract (docs/cli.md).
  boost::json::object& facts() { return facts_; }

  // Ends with the line "VERIFIED" or "NOT VERIFIED: <reason>"; as JSON it is one document on one line.
  void Print(OutputFormat format, Marks marks, std::ostream& out) const;

 private:
  void PrintJson(std::ostream& out) const;

  std::vector<VerificationStep> steps_;
  std::vector<std::string> lines_;
  std::string failure_, missing_;
  boost::json::object facts_;
};

}  // namespace affidavit::verify
