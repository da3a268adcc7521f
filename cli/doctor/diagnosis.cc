#include "cli/doctor/diagnosis.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "boost/json/array.hpp"
#include "boost/json/object.hpp"
#include "boost/json/serialize.hpp"
#include "cli/text.h"
#include "core/base/text.h"

namespace affidavit::cli::doctor {
namespace {

namespace json = boost::json;

constexpr Verdict kVerdicts[] = {Verdict::kGood, Verdict::kNote, Verdict::kFinding, Verdict::kUnreachable};

int64_t CountOf(const Diagnoses& diagnoses, Verdict verdict) {
  return std::count_if(diagnoses.lines().begin(), diagnoses.lines().end(),
                       [verdict](const Diagnosis& line) { return line.verdict == verdict; });
}

// A table's eye should fall on what is not good.
std::string_view VerdictWord(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFinding:
      return "FINDING";
    case Verdict::kUnreachable:
      return "UNREACHABLE";
    default:
      return VerdictName(verdict);
  }
}

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGood:
      return "good";
    case Verdict::kNote:
      return "note";
    case Verdict::kFinding:
      return "finding";
    case Verdict::kUnreachable:
      return "unreachable";
  }
  return "";
}

void Diagnoses::Add(std::string_view check, Verdict verdict, std::string text, std::string advice) {
  lines_.push_back({std::string(check), verdict, std::move(text), std::move(advice)});
}

void Diagnoses::Good(std::string_view check, std::string text) {
  Add(check, Verdict::kGood, std::move(text), "");
}

void Diagnoses::Note(std::string_view check, std::string text, std::string advice) {
  Add(check, Verdict::kNote, std::move(text), std::move(advice));
}

void Diagnoses::Finding(std::string_view check, std::string text, std::string advice) {
  Add(check, Verdict::kFinding, std::move(text), std::move(advice));
}

void Diagnoses::Unreachable(std::string_view check, std::string text, std::string advice) {
  Add(check, Verdict::kUnreachable, std::move(text), std::move(advice));
}

void Diagnoses::Failed(std::string_view check, std::string_view what, const absl::Status& status, std::string advice) {
  const Verdict verdict = ExitCodeOf(status) == ExitCode::kUnreachable ? Verdict::kUnreachable : Verdict::kFinding;
  Add(check, verdict, Concat({what, ": ", std::string(status.message())}), std::move(advice));
}

ExitCode Diagnoses::Code() const {
  if (CountOf(*this, Verdict::kFinding) > 0) {
    return ExitCode::kFinding;
  }
  return CountOf(*this, Verdict::kUnreachable) > 0 ? ExitCode::kUnreachable : ExitCode::kGood;
}

void PrintDiagnosis(const Diagnosis& diagnosis, std::ostream& out) {
  out << absl::StrFormat("%-11s  %-31s  ", VerdictWord(diagnosis.verdict).data(), Printable(diagnosis.check))
      << Printable(diagnosis.text) << "\n";
  if (!diagnosis.advice.empty()) {
    out << "             what to do: " << Printable(diagnosis.advice) << "\n";
  }
}

void PrintSummary(const Diagnoses& diagnoses, std::ostream& out) {
  const int64_t findings = CountOf(diagnoses, Verdict::kFinding);
  const int64_t unreachable = CountOf(diagnoses, Verdict::kUnreachable);
  out << CountOf(diagnoses, Verdict::kGood) << " good, " << findings << (findings == 1 ? " finding, " : " findings, ")
      << unreachable << " unreachable, " << CountOf(diagnoses, Verdict::kNote) << " to know.\n";
}

void PrintJson(const Diagnoses& diagnoses, std::ostream& out) {
  json::object document;
  for (const Verdict verdict : kVerdicts) {
    document[std::string(VerdictName(verdict))] = CountOf(diagnoses, verdict);
  }
  json::array checks;
  for (const Diagnosis& line : diagnoses.lines()) {
    json::object check{{"check", line.check}, {"verdict", std::string(VerdictName(line.verdict))}, {"text", line.text}};
    if (!line.advice.empty()) {
      check["what_to_do"] = line.advice;
    }
    checks.push_back(std::move(check));
  }
  document["checks"] = std::move(checks);
  out << json::serialize(document) << "\n";
}

}  // namespace affidavit::cli::doctor
