// What a platform's own status word means, and where in a body it stands. Pure, thread-safe. Any input is safe.
#pragma once

#include <string>
#include <string_view>

#include "core/envelope/json_paths.h"
#include "core/evidence/message_status.h"

namespace affidavit {

// kUnknown for a word that says nothing of the outcome, or that we do not know. Letter case, '-', '_' and spaces do not
// matter: platforms write the same word as "DeliveryFailed" and "delivery-failed".
MessageStatus StatusOfWord(std::string_view word);

struct StatusWord {
  bool present = false;  // something stands there, be it no word at all; null counts as nothing
  std::string word;      // as received; empty when absent or not readable
};

// Finds the word in a body: at /message/status (profile default), else at /status (genesys-open-messaging). A body that
// is no JSON, or in which a member on the way stands twice, has a word that is not readable.
class StatusWordReader {
 public:
  StatusWordReader();
  StatusWord Read(std::string_view body) const;

 private:
  JsonPaths paths_;
  size_t inner_, outer_;  // slots
};

}  // namespace affidavit
