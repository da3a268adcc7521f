// ECDSA with SHA-256 over the NIST curves, as other people's logs sign notes (C2SP signed-note type 0x02; sigstore's
// log). Only verification: ours sign with Ed25519. Pure, thread-safe.
#pragma once

#include <string_view>

namespace affidavit {

// True iff `public_key` is the DER of a SubjectPublicKeyInfo on P-256, P-384 or P-521, with nothing after it.
bool IsEcdsaKey(std::string_view public_key);

// `signature`: DER. False for anything but a valid signature by such a key.
bool EcdsaVerify(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace affidavit
