#include "cli/proof_files.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/base/text.h"

namespace affidavit::cli {
namespace {

constexpr size_t kPartSizeMax = 110;  // two of them and the rest stay below the 255 bytes of a file's name

bool IsPlain(char c, std::string_view more) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || more.find(c) != std::string_view::npos;
}

std::string NamePart(std::string_view text) {
  std::string part;
  for (const char c : text) {
    if (IsPlain(c, "-_.")) {
      part += c;
    } else {
      absl::StrAppendFormat(&part, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return part.size() <= kPartSizeMax ? part : "sha256-" + HexEncode(AsBytes(Sha256(text)));
}

}  // namespace

std::string ProofFileName(std::string_view what, std::string_view id, std::string_view source) {
  return Concat({what, "-", NamePart(id), "@", NamePart(source), ".proof.json"});
}

std::string ShellWord(std::string_view word) {
  bool plain = !word.empty();
  std::string quoted = "'";
  for (const char c : word) {
    plain = plain && IsPlain(c, "-_./@%+=:,");
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return plain ? std::string(word) : quoted + "'";
}

std::string VerifyCommand(const std::vector<std::string>& arguments, const std::vector<std::string>& verifier_keys) {
  std::string command = "affidavit-verify";
  for (const std::string& argument : arguments) {
    absl::StrAppend(&command, " ", ShellWord(argument));
  }
  for (const std::string& key : verifier_keys) {
    absl::StrAppend(&command, " --key ", ShellWord(key));
  }
  return command;
}

}  // namespace affidavit::cli
