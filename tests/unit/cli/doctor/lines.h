// Finding a line of a diagnosis in a test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/doctor/diagnosis.h"

namespace affidavit::cli::doctor {

// "finding" of the first line of `check`; "" when there is none.
inline std::string VerdictOf(const Diagnoses& diagnoses, std::string_view check) {
  for (const Diagnosis& line : diagnoses.lines()) {
    if (line.check == check) {
      return std::string(VerdictName(line.verdict));
    }
  }
  return "";
}

// Every line that is no good one, as "check: text"; for messages and for "nothing is wrong".
inline std::string NotGood(const Diagnoses& diagnoses) {
  std::string all;
  for (const Diagnosis& line : diagnoses.lines()) {
    if (line.verdict != Verdict::kGood) {
      all += line.check + ": " + line.text + "\n";
    }
  }
  return all;
}

}  // namespace affidavit::cli::doctor
