#include "core/envelope/profile.h"

#include "absl/status/status.h"
#include "core/base/text.h"

namespace affidavit {
namespace {

// For the constants below only: an empty text is the pointer to nothing.
JsonPointer Pointer(std::string_view text) {
  return text.empty() ? JsonPointer{} : ParseJsonPointer(text).value();
}

const char* const kSend = "message:send";
const char* const kDelivery = "message:delivery";
const char* const kRead = "message:read";
const char* const kStatus = "message:status";
const char* const kTimeout = "message:status:timeout";

ValueMap Channels() {
  return {{"sms", "SMS"}, {"email", "EMAIL"}, {"webchat", "WEBCHAT"}, {"mms", "MMS"}};
}

Profile Default() {
  Profile profile;
  profile.name = "default";
  profile.pointers.id = {Pointer("/id")};
  profile.pointers.type = Pointer("/type");
  profile.pointers.version = Pointer("/version");
  profile.pointers.time = Pointer("/timestamp");
  profile.pointers.message_id = Pointer("/message/id");
  profile.pointers.direction = Pointer("/message/direction");
  profile.pointers.channel = Pointer("/message/channel");
  profile.pointers.delivery_time = Pointer("/message/deliveryTimestamp");
  profile.pointers.correlation_id = Pointer("/message/metadata/audit_correlation_id");
  profile.channel_map = Channels();
  profile.types = {kSend, kDelivery, kRead, kStatus, kTimeout};
  profile.directions = {"outbound"};
  profile.channels = {"SMS", "EMAIL", "WEBCHAT", "MMS"};
  return profile;
}

// The body is the normalised message itself. A receipt repeats the id of its message, so status and time are parts of
// the id; both are optional, because an ordinary message has no status. The kind of event is in `status` where there is
// one we know, else in `type`. The webhook carries what the platform sends outwards, and each receipt belongs to such a
// message whatever `direction` says (platforms are known to write Inbound there, or nothing): a receipt's direction is
// not asked for. Any channel is in scope: the platform's messengers are mapped onto ours, one that we have never heard
// of is kept as received.
Profile GenesysOpenMessaging() {
  Profile profile;
  profile.name = "genesys-open-messaging";
  profile.pointers.id = {Pointer("/id"), Pointer("/type")};
  profile.pointers.id_optional = {Pointer("/status"), Pointer("/channel/time")};
  profile.pointers.type = Pointer("/status");
  profile.pointers.type_fallbacks = {Pointer("/type")};
  profile.pointers.time = Pointer("/channel/time");
  profile.pointers.message_id = Pointer("/id");
  profile.pointers.direction = Pointer("/direction");
  profile.pointers.channel = Pointer("/channel/platform");
  profile.pointers.correlation_id = Pointer("/metadata/audit_correlation_id");
  profile.type_map = {
      {"Text", kSend},
      {"Structured", kSend},
      {"Message", kSend},
      {"Unknown", kStatus},
      {"Receipt", kStatus},
      {"Queued", kSend},
      {"Sent", kSend},
      {"Published", kSend},
      {"DeliveryPushed", kSend},
      {"Delivered", kDelivery},
      {"DeliverySuccess", kDelivery},
      {"delivery-success", kDelivery},
      {"Read", kRead},
      {"Received", kStatus},
      {"Failed", kStatus},
      {"DeliveryFailed", kStatus},
      {"delivery-failed", kStatus},
      {"Removed", kStatus},
  };
  profile.channel_map = Channels();
  for (const char* messenger :
       {"open", "webmessaging", "webmessenger", "facebook", "instagram", "twitter", "whatsapp", "line", "apple"}) {
    profile.channel_map[messenger] = "WEBCHAT";
  }
  profile.types = {kSend, kDelivery, kRead, kStatus, kTimeout};
  profile.directions = {"outbound"};
  profile.direction_exemption = {Pointer("/type"), {"Receipt"}};
  return profile;
}

// The platform's events as Amazon EventBridge hands them on: whatever the rule on the bus lets through is in scope.
Profile GenesysEventBridge() {
  Profile profile;
  profile.name = "genesys-eventbridge";
  profile.pointers.id = {Pointer("/id")};
  profile.pointers.type = Pointer("/detail-type");
  profile.pointers.version = Pointer("/detail/version");
  profile.pointers.time = Pointer("/detail/timestamp");
  profile.pointers.message_id = Pointer("/detail/eventBody/conversationId");
  profile.pointers.direction = Pointer("/detail/eventBody/direction");
  profile.pointers.channel = Pointer("/detail/eventBody/mediaType");
  profile.pointers.correlation_id = Pointer("/detail/metadata/CorrelationId");
  profile.channel_map = Channels();
  profile.channel_map["chat"] = "WEBCHAT";
  return profile;
}

// A first guess for any other sender; everything that has an id is in scope.
Profile Generic() {
  Profile profile;
  profile.name = "generic";
  profile.pointers.id = {Pointer("/id")};
  profile.pointers.type = Pointer("/type");
  profile.pointers.version = Pointer("/version");
  profile.pointers.time = Pointer("/timestamp");
  profile.pointers.message_id = Pointer("/message_id");
  profile.pointers.direction = Pointer("/direction");
  profile.pointers.channel = Pointer("/channel");
  profile.pointers.correlation_id = Pointer("/correlation_id");
  profile.channel_map = Channels();
  return profile;
}

}  // namespace

absl::StatusOr<JsonPointer> ParseJsonPointer(std::string_view text) {
  if (text.empty() || text.front() != '/') {
    return absl::InvalidArgumentError(Concat({"a JSON pointer starts with '/': \"", text, "\""}));
  }
  JsonPointer pointer;
  pointer.text = text;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') {
      pointer.tokens.emplace_back();
      continue;
    }
    if (text[i] != '~') {
      pointer.tokens.back().push_back(text[i]);
      continue;
    }
    const char escaped = i + 1 < text.size() ? text[++i] : '\0';
    if (escaped != '0' && escaped != '1') {
      return absl::InvalidArgumentError(Concat({"'~' in a JSON pointer is ~0 or ~1: \"", text, "\""}));
    }
    pointer.tokens.back().push_back(escaped == '0' ? '~' : '/');
  }
  return pointer;
}

absl::StatusOr<Profile> BuiltinProfile(std::string_view name) {
  if (name == "default") {
    return Default();
  }
  if (name == "genesys-open-messaging") {
    return GenesysOpenMessaging();
  }
  if (name == "genesys-eventbridge") {
    return GenesysEventBridge();
  }
  if (name == "generic") {
    return Generic();
  }
  return absl::NotFoundError(Concat(
      {"no profile \"", name, "\"; there are default, genesys-open-messaging, genesys-eventbridge and generic"}));
}

}  // namespace affidavit
