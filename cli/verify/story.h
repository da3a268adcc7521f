// A message's story in plain words, with the clock that each time comes from. Pure.
#pragma once

#include "cli/verify/findings.h"
#include "core/evidence/bundle.h"
#include "core/evidence/message_status.h"

namespace affidavit::verify {

// Lines for people, and the fact "message" for programs.
void TellStory(const ProofBundle& bundle, const MessageStory& story, Findings& findings);

}  // namespace affidavit::verify
