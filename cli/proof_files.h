// The files that `prove` writes and the line that checks them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace affidavit::cli {

// A name for a file about `id` of `source`: "message-ID@SOURCE.proof.json", or "event-…". Ids come from outside: bytes
// other than A-Za-z0-9-_. are percent-encoded, and what would be too long for a file's name is "sha256-<hex>".
std::string ProofFileName(std::string_view what, std::string_view id, std::string_view source);

// `word` as one word of a POSIX shell.
std::string ShellWord(std::string_view word);

// "affidavit-verify <arguments> --key KEY --key …".
std::string VerifyCommand(const std::vector<std::string>& arguments, const std::vector<std::string>& verifier_keys);

}  // namespace affidavit::cli
