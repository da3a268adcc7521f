#include "cli/doctor/machine_exam.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/text.h"

namespace affidavit::cli::doctor {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kGibibyte = uint64_t{1} << 30;
constexpr double kFreeShareMin = 0.03;
constexpr mode_t kOthersMay = S_IRWXG | S_IRWXO;

std::string SystemMessage(int error) {
  return std::error_code(error, std::generic_category()).message();
}

// The nearest folder above that exists.
std::string ExistingFolder(const std::string& path) {
  std::error_code ignored;
  fs::path folder = fs::absolute(path, ignored);
  while (folder.has_relative_path() && !fs::exists(folder, ignored)) {
    folder = folder.parent_path();
  }
  return folder.string();
}

}  // namespace

void ExamineClock(Diagnoses& diagnoses) {
  timex state{};
  const int answer = adjtimex(&state);
  if (answer >= 0 && answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0) {
    diagnoses.Good("machine.clock", "the kernel says that the clock is kept by a time service");
  } else {
    diagnoses.Note("machine.clock", "the kernel knows of no time service that keeps this clock",
                   "run chrony or systemd-timesyncd, unless the hypervisor keeps the clock");
  }
}

void JudgeDisk(std::string_view check, std::string_view what, uint64_t free_bytes, uint64_t total_bytes,
               Diagnoses& diagnoses) {
  const double share = total_bytes == 0 ? 1.0 : static_cast<double>(free_bytes) / static_cast<double>(total_bytes);
  std::string text = absl::StrFormat("%.1f GiB (%.0f%%) free on the disk of ",
                                     static_cast<double>(free_bytes) / static_cast<double>(kGibibyte), 100 * share);
  text += what;
  if (free_bytes < kGibibyte || share < kFreeShareMin) {
    diagnoses.Finding(check, std::move(text), "free space or enlarge the disk: a full one stops appends");
  } else {
    diagnoses.Good(check, std::move(text));
  }
}

void ExamineDisk(std::string_view check, std::string_view what, const std::string& path, Diagnoses& diagnoses) {
  if (path.empty()) {
    return;
  }
  struct statvfs disk {};
  if (statvfs(ExistingFolder(path).c_str(), &disk) != 0) {
    diagnoses.Note(check, Concat({"the disk of ", what, " cannot be looked at: ", SystemMessage(errno)}));
    return;
  }
  const uint64_t unit = disk.f_frsize != 0 ? disk.f_frsize : disk.f_bsize;
  JudgeDisk(check, what, disk.f_bavail * unit, disk.f_blocks * unit, diagnoses);
}

void ExamineSecretFile(std::string_view check, const std::string& file, Diagnoses& diagnoses) {
  struct stat facts {};
  if (stat(file.c_str(), &facts) != 0) {
    diagnoses.Finding(check, absl::StrCat(file, ": ", SystemMessage(errno)), "bring it back");
  } else if (!S_ISREG(facts.st_mode)) {
    diagnoses.Finding(check, absl::StrCat(file, " is no regular file"), "put the secret into a file of mode 0600");
  } else if ((facts.st_mode & kOthersMay) != 0) {
    diagnoses.Finding(check,
                      absl::StrFormat("%s has mode %04o: others than its owner may use it", file,
                                      facts.st_mode & (S_IRWXU | kOthersMay)),
                      absl::StrCat("chmod 600 ", file, ", and replace the secret if somebody may have read it"));
  } else {
    diagnoses.Good(check, absl::StrCat(file, " is for its owner's eyes alone"));
  }
}

}  // namespace affidavit::cli::doctor
