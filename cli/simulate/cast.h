// The people, channels, words and mishaps of a scenario: invented, of reserved number ranges and domains. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cli/simulate/event_body.h"
#include "cli/simulate/random.h"

namespace affidavit::simulate {

// An outbound message over one of SMS, EMAIL, WEBCHAT, MMS.
MessageFacts CastMessage(Random& random, std::string message_id, std::string correlation_id);

// How large a share of a channel's delivered messages is read and says so.
double ReadShare(std::string_view channel);

struct DeliveryError {
  std::string_view code;
  int number;
};
DeliveryError CastError(Random& random);

// What a read event says of the recipient's consent: mostly "granted"; of a share `unconsented`, "denied" or nothing.
std::string_view CastConsent(Random& random, double unconsented);
std::string CastForeignChannel(Random& random);

// `body` made unusable in one of the ways that get an authentic post quarantined. REQUIRES: what EventBody made, with
// `event_id`.
std::string BreakBody(Random& random, std::string body, std::string_view event_id);

}  // namespace affidavit::simulate
