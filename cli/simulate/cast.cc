#include "cli/simulate/cast.h"

#include <array>
#include <utility>

namespace affidavit::simulate {
namespace {

using Words = std::string_view;

constexpr std::array<Words, 6> kTemplates = {"payment_due_notice",   "rate_change_notice", "statement_ready",
                                             "appointment_reminder", "privacy_notice",     "claim_decision"};

// With letters beyond ASCII, quotes, a slash and a line break: real notices have them, and bytes are what we keep.
constexpr std::array<Words, 6> kTexts = {
    "Your statement is ready. You can read it in your secure inbox; nothing else is needed from you at this time.",
    "We must tell you that the rate of your account changes on the first of next month. Details: "
    "https://example.com/r/notice",
    "Estimado cliente: le informamos que su pago vence en cinco días. Si ya lo realizó, no haga caso de este aviso.",
    "Wichtige Mitteilung über Ihre Police: bitte prüfen Sie die \"Übersicht der Änderungen\" bis zum Monatsende.",
    "お客様へ大切なお知らせです。契約内容の変更についてご確認ください。",
    "Reminder: your appointment is confirmed.\nReply C to change it. Thank you \xF0\x9F\x99\x8F"};

constexpr std::array<Words, 3> kCarriers = {"Larkspur Wireless", "Tern Mobile", "Harbour Telecom"};
constexpr std::array<Words, 6> kLocales = {"en-US", "en-US", "es-US", "de-DE", "ja-JP", "en-US"};  // of kTexts
constexpr std::array<DeliveryError, 4> kErrors = {
    {{"InvalidDestination", 4101}, {"RecipientOptedOut", 4205}, {"MessageExpired", 4310}, {"GeneralError", 5000}}};
constexpr std::array<Words, 4> kForeignChannels = {"VOICE", "WHATSAPP", "FACEBOOK", "APPLE"};

template <size_t size>
std::string Pick(Random& random, const std::array<Words, size>& words) {
  return std::string(words[random.Below(size)]);
}

std::string Digits(Random& random, int count) {
  std::string digits;
  for (int i = 0; i < count; ++i) {
    digits += static_cast<char>('0' + random.Below(10));
  }
  return digits;
}

std::string CastChannel(Random& random) {
  const double draw = random.Unit();
  if (draw < 0.40) {
    return "SMS";
  }
  if (draw < 0.75) {
    return "EMAIL";
  }
  return draw < 0.90 ? "WEBCHAT" : "MMS";
}

}  // namespace

MessageFacts CastMessage(Random& random, std::string message_id, std::string correlation_id) {
  MessageFacts facts;
  facts.message_id = std::move(message_id);
  facts.correlation_id = std::move(correlation_id);
  facts.channel = CastChannel(random);
  facts.direction = "outbound";
  if (facts.channel == "SMS" || facts.channel == "MMS") {
    facts.from = "+120255501" + Digits(random, 2);  // 555-0100 to 555-0199 are reserved for fiction
    facts.to = "+131255501" + Digits(random, 2);
    facts.carrier = Pick(random, kCarriers);
  } else if (facts.channel == "EMAIL") {
    facts.from = "notices@example.com";
    facts.to = "customer" + Digits(random, 6) + "@example.org";
  } else {
    facts.from = "deployment-" + Digits(random, 4);
    facts.to = "guest-" + Digits(random, 8);
  }
  facts.template_name = Pick(random, kTemplates);
  const size_t words = random.Below(kTexts.size());
  facts.text = kTexts[words];
  facts.locale = kLocales[words];
  return facts;
}

double ReadShare(std::string_view channel) {
  if (channel == "EMAIL") {
    return 0.45;
  }
  return channel == "WEBCHAT" ? 0.7 : 0;
}

DeliveryError CastError(Random& random) {
  return kErrors[random.Below(kErrors.size())];
}

std::string_view CastConsent(Random& random, double unconsented) {
  if (!random.Chance(unconsented)) {
    return "granted";
  }
  return random.Chance(0.5) ? "denied" : "";
}

std::string CastForeignChannel(Random& random) {
  return Pick(random, kForeignChannels);
}

std::string BreakBody(Random& random, std::string body, std::string_view event_id) {
  const std::string id_value = "\"" + std::string(event_id) + "\"";
  switch (random.Below(7)) {
    case 0:  // cut off on the way out of the platform
      return body.substr(0, body.size() / 2);
    case 1:  // no id
      return body.replace(body.find("\"id\""), 4, "\"reference\"");
    case 2:  // an id that is no string
      return body.replace(body.find(id_value), id_value.size(), Digits(random, 9));
    case 3:  // two ids
      return body.insert(1, "\"id\":\"other\",");
    case 4:  // not an object
      return "[" + body + "]";
    case 5:  // not UTF-8
      return body.insert(1, "\"note\":\"\xFF\",");
    default:  // an id with a control character
      return body.insert(body.find(id_value) + 1, "\\u0007");
  }
}

}  // namespace affidavit::simulate
