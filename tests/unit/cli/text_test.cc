#include "cli/text.h"

#include <sstream>

#include "gtest/gtest.h"

namespace affidavit::cli {
namespace {

TEST(PrintableTest, KeepsTextOfEveryLanguage) {
  for (const std::string text : {"plain", "cinco días", "お客様", "\xF0\x9F\x99\x8F", ""}) {
    EXPECT_EQ(Printable(text), text);
  }
}

TEST(PrintableTest, ShowsWhatWouldDriveATerminal) {
  EXPECT_EQ(Printable("a\x1B[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(Printable("a\nb\r"), "a\\x0ab\\x0d");
  EXPECT_EQ(Printable(std::string("\0", 1)), "\\x00");
  EXPECT_EQ(Printable("\xC2\x9B"), "\\xc2\\x9b");  // C1: another form of ESC [
  EXPECT_EQ(Printable("a\xE2\x80\xAE"
                      "b"),
            "a\\xe2\\x80\\xaeb");  // right-to-left override
  EXPECT_EQ(Printable("\xE2\x81\xA6"), "\\xe2\\x81\\xa6");
  EXPECT_EQ(Printable("\xE2\x82\xAC"), "\xE2\x82\xAC");  // the euro sign lies nearby
}

TEST(PrintableTest, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(Printable("\xFF"
                      "a"),
            "\\xffa");
  EXPECT_EQ(Printable("\xE3\x81"), "\\xe3\\x81");           // cut off
  EXPECT_EQ(Printable("\xC0\xAF"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(Printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // a surrogate
}

TEST(WithThousandsTest, GroupsByThree) {
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(999), "999");
  EXPECT_EQ(WithThousands(1'000), "1,000");
  EXPECT_EQ(WithThousands(123'456), "123,456");
  EXPECT_EQ(WithThousands(9'223'372'036'854'775'807), "9,223,372,036,854,775,807");
  EXPECT_EQ(WithThousands(-1'000), "-1,000");
  EXPECT_EQ(WithThousands(-100), "-100");
}

TEST(TableTest, AlignsByCharactersAndTrailsNothing) {
  Table table({"NAME", "N"});
  table.AddRow({"día", "1"});
  table.AddRow({"longer", "22"});
  std::ostringstream out;
  table.Print(out);
  EXPECT_EQ(out.str(), "NAME    N\ndía     1\nlonger  22\n");
}

TEST(TableTest, PrintsItsHeadingOnceAndNeverNarrows) {
  Table table({"A", "B"});
  table.AddRow({"long", "1"});
  std::ostringstream out;
  table.Print(out);
  table.AddRow({"x", "2"});
  table.Print(out);
  EXPECT_EQ(out.str(), "A     B\nlong  1\nx     2\n");
}

TEST(TableTest, AnEmptyOneIsItsHeading) {
  Table table({"A", "B"});
  std::ostringstream out;
  table.Print(out);
  EXPECT_EQ(out.str(), "A  B\n");
}

}  // namespace
}  // namespace affidavit::cli
