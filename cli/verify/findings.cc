#include "cli/verify/findings.h"

#include <string_view>
#include <utility>

#include "boost/json/array.hpp"
#include "boost/json/serialize.hpp"
#include "cli/text.h"

namespace affidavit::verify {
namespace {

std::string_view Mark(StepOutcome outcome, Marks marks) {
  switch (outcome) {
    case StepOutcome::kPassed:
      return marks == Marks::kUnicode ? "✓" : "ok    ";
    case StepOutcome::kFailed:
      return marks == Marks::kUnicode ? "✗" : "FAILED";
    case StepOutcome::kNotChecked:
      break;
  }
  return marks == Marks::kUnicode ? "–" : "-     ";
}

std::string_view OutcomeName(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::kPassed:
      return "passed";
    case StepOutcome::kFailed:
      return "failed";
    case StepOutcome::kNotChecked:
      break;
  }
  return "not_checked";
}

}  // namespace

void Findings::Pass(std::string text) {
  steps_.push_back({StepOutcome::kPassed, std::move(text)});
}

void Findings::Fail(std::string text) {
  if (failure_.empty()) {
    failure_ = text;
  }
  steps_.push_back({StepOutcome::kFailed, std::move(text)});
}

void Findings::Skip(std::string text) {
  steps_.push_back({StepOutcome::kNotChecked, std::move(text)});
}

void Findings::Need(std::string text, std::string reason) {
  if (missing_.empty()) {
    missing_ = std::move(reason);
  }
  Skip(std::move(text));
}

void Findings::Take(const BundleVerdict& verdict) {
  steps_.insert(steps_.end(), verdict.steps.begin(), verdict.steps.end());
  if (!verdict.verified && failure_.empty()) {
    failure_ = verdict.reason;
  }
}

void Findings::Tell(std::string line) {
  lines_.push_back(std::move(line));
}

void Findings::Print(OutputFormat format, Marks marks, std::ostream& out) const {
  if (format == OutputFormat::kJson) {
    PrintJson(out);
    return;
  }
  for (const VerificationStep& step : steps_) {
    out << Mark(step.outcome, marks) << " " << cli::Printable(step.text) << "\n";
  }
  if (!lines_.empty()) {
    out << "\n";
  }
  for (const std::string& line : lines_) {
    out << cli::Printable(line) << "\n";
  }
  out << "\n" << (IsVerified() ? "VERIFIED" : "NOT VERIFIED: " + cli::Printable(Reason())) << "\n";
}

void Findings::PrintJson(std::ostream& out) const {
  boost::json::array steps;
  for (const VerificationStep& step : steps_) {
    // Reasons may repeat what stood in a file: Boost.JSON would write bytes that are no UTF-8 as they are.
    const std::string_view outcome = OutcomeName(step.outcome);
    steps.push_back(boost::json::object{{"outcome", boost::json::string_view(outcome.data(), outcome.size())},
                                        {"text", cli::Printable(step.text)}});
  }
  boost::json::object document = {{"verified", IsVerified()}};
  if (!IsVerified()) {
    document["reason"] = cli::Printable(Reason());
  }
  document["steps"] = std::move(steps);
  for (const auto& [name, value] : facts_) {
    document[name] = value;
  }
  out << boost::json::serialize(document) << "\n";
}

}  // namespace affidavit::verify
