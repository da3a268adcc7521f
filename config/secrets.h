// Secrets from files and the environment. No message ever holds one. Pure but for the files it reads.
#pragma once

#include <vector>

#include "config/reader.h"
#include "config/sources.h"
#include "core/signature/verifier.h"
#include "toml++/toml.h"

namespace affidavit::config {

// Every [[sources.secrets]] of `source`; what is wrong goes to the reader's faults. Without LoadSecrets::kYes their
// keys are checked and none is returned.
std::vector<Secret> ReadSecrets(const toml::table& source, SignatureScheme scheme, LoadSecrets load, Reader& reader);

}  // namespace affidavit::config
