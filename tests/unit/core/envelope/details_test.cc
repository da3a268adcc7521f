#include "core/envelope/details.h"

#include "core/base/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

JsonPointer Pointer(std::string_view text) {
  return ParseJsonPointer(text).value();
}

DetailReader Reader() {
  return DetailReader({.recipient = {Pointer("/to/id"), Pointer("/to/address")},
                       .carrier = Pointer("/carrier"),
                       .consent = Pointer("/consent"),
                       .consent_values = {"granted", "TRUE"}});
}

TEST(Details, AreReadWhereTheyLie) {
  EXPECT_EQ(Reader().Read(R"({"to":{"address":"\u0061@b.de"},"carrier":"tele","consent":"Granted"})"),
            (PayloadDetails{.recipient = "a@b.de", .carrier = "tele", .consent = Consent::kGiven}));
  EXPECT_EQ(Reader().Read("{}"), PayloadDetails{.consent = Consent::kAbsent});
}

TEST(Details, TheFirstStringIsTheRecipient) {
  EXPECT_EQ(Reader().Read(R"({"to":{"id":"1","address":"2"}})").recipient, "1");
  EXPECT_EQ(Reader().Read(R"({"to":{"id":null,"address":"2"}})").recipient, "2");
  EXPECT_EQ(Reader().Read(R"({"to":{"id":7,"address":"2"}})").recipient, "2");
  EXPECT_EQ(Reader().Read(R"({"to":["1","2"]})").recipient, "");
}

TEST(Details, UnsoundStringsSayNothing) {
  for (const std::string& text : {std::string(), std::string(257, 'x'), std::string(R"(a\nb)"),
                                  std::string(R"(\ud800)"), std::string(R"(\u0000)")}) {
    const PayloadDetails details =
        Reader().Read(Concat({R"({"to":{"id":")", text, R"("},"carrier":")", text, R"("})"}));
    EXPECT_EQ(details.recipient, "") << text;
    EXPECT_EQ(details.carrier, "") << text;
  }
  EXPECT_EQ(Reader().Read(Concat({R"({"carrier":")", std::string(256, 'x'), R"("})"})).carrier.size(), 256u);
}

TEST(Details, ConsentIsWhatMeansYes) {
  const struct {
    std::string_view value;
    Consent consent;
  } rows[] = {{"\"granted\"", Consent::kGiven},
              {"\"GRANTED\"", Consent::kGiven},
              {"\"true\"", Consent::kGiven},
              {"true", Consent::kGiven},
              {"false", Consent::kRefused},
              {"\"no\"", Consent::kRefused},
              {"\"\"", Consent::kRefused},
              {"1", Consent::kRefused},
              {"{\"granted\":true}", Consent::kRefused},
              {"[\"granted\"]", Consent::kRefused},
              {"null", Consent::kAbsent}};
  for (const auto& row : rows) {
    EXPECT_EQ(ConsentName(Reader().Read(Concat({R"({"consent":)", row.value, "}"})).consent), ConsentName(row.consent))
        << row.value;
  }
  const DetailReader words({.consent = Pointer("/consent"), .consent_values = {"yes"}});
  EXPECT_EQ(words.Read(R"({"consent":true})").consent, Consent::kRefused) << "nobody said that true means yes";
}

TEST(Details, WithoutPointersNothingIsAsked) {
  const DetailReader none{DetailPointers{}};
  EXPECT_EQ(none.Read(R"({"to":{"id":"1"},"carrier":"x","consent":true})"), PayloadDetails());
  EXPECT_EQ(none.Read("not JSON"), PayloadDetails());
  EXPECT_EQ(none.Read("\"text\""), PayloadDetails());
}

TEST(Details, OfWhatIsNotReadableNothingIsSaid) {
  for (const std::string_view body :
       {"", "{", "\xFF", R"({"to":{"id":"1"},"carrier":"x","consent":true)",
        R"({"carrier":"x","carrier":"x","consent":true})", R"({"consent":true,"consent":true})"}) {
    EXPECT_EQ(Reader().Read(body), PayloadDetails{.consent = Consent::kAbsent}) << body;
  }
  EXPECT_EQ(Reader().Read(std::string(100'000, '[')).consent, Consent::kAbsent);
}

TEST(Details, ConsentHasNames) {
  EXPECT_EQ(ConsentName(Consent::kNotAsked), "");
  EXPECT_EQ(ConsentName(Consent::kGiven), "given");
  EXPECT_EQ(ConsentName(Consent::kRefused), "refused");
  EXPECT_EQ(ConsentName(Consent::kAbsent), "absent");
}

}  // namespace
}  // namespace affidavit
