// TLS certificates: in files, and as a server shows them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor/diagnosis.h"
#include "config/config.h"
#include "core/base/time.h"

namespace affidavit::cli::doctor {

// A certificate that has less than this, and less than a quarter of its life, left should have been renewed.
inline constexpr std::chrono::days kCertificateWarning{14};

// The certificates of a PEM text, from the last to begin to the first to end. Judges the span. Pure.
void JudgeCertificates(std::string_view check, std::string_view what, const std::string& pem, TimePoint now,
                       std::string_view renewal, Diagnoses& diagnoses);

// Every certificate file that the configuration names: readable, in date, and fitting its key.
void ExamineCertificateFiles(const config::Config& config, TimePoint now, Diagnoses& diagnoses);

// What the object store's endpoint shows, verified as the mirror verifies it.
void ExamineStoreCertificate(const config::ObjectStoreConfig& store, std::chrono::milliseconds timeout, TimePoint now,
                             Diagnoses& diagnoses);

}  // namespace affidavit::cli::doctor
