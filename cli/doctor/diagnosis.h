// What the checks of `affidavit doctor` say: a line each, good or what to do. Not thread-safe.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cli/exit_code.h"

namespace affidavit::cli::doctor {

enum class Verdict {
  kGood,
  kNote,         // could not be checked here, or is worth knowing; never decides the exit code
  kFinding,      // asked and answered, and not good
  kUnreachable,  // did not answer in time
};

std::string_view VerdictName(Verdict verdict);  // "good", "note", "finding", "unreachable"

struct Diagnosis {
  std::string check;  // "store.delete": stable, for programs; the part before '.' is the section
  Verdict verdict = Verdict::kGood;
  std::string text;    // one sentence, without a full stop
  std::string advice;  // what to do; empty where nothing is to be done
};

// The lines so far, in order. Nothing that is added hides anything else.
class Diagnoses {
 public:
  void Good(std::string_view check, std::string text);
  void Note(std::string_view check, std::string text, std::string advice = "");
  void Finding(std::string_view check, std::string text, std::string advice);
  void Unreachable(std::string_view check, std::string text, std::string advice);

  // What an error of `what` means: kUnreachable when a later try may do better, else kFinding.
  void Failed(std::string_view check, std::string_view what, const absl::Status& status, std::string advice);

  const std::vector<Diagnosis>& lines() const { return lines_; }

  // A finding is worth more than an answer that did not come: 1, else 3, else 0.
  ExitCode Code() const;

 private:
  void Add(std::string_view check, Verdict verdict, std::string text, std::string advice);

  std::vector<Diagnosis> lines_;
};

// One line, and "what to do" below it. Whatever came from outside is made printable.
void PrintDiagnosis(const Diagnosis& diagnosis, std::ostream& out);

// "12 good, 1 finding, 2 notes. …"
void PrintSummary(const Diagnoses& diagnoses, std::ostream& out);

// {"good":12,…,"checks":[{"check","verdict","text","what_to_do"}]}, one document.
void PrintJson(const Diagnoses& diagnoses, std::ostream& out);

}  // namespace affidavit::cli::doctor
