#include "cli/status_facts.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/json/array.hpp"
#include "cli/custody_json.h"
#include "cli/text.h"

namespace affidavit::cli {

boost::json::object FactsJson(const v1::FactsStatus& facts) {
  boost::json::array messages;
  for (const v1::MessageCount& count : facts.messages()) {
    messages.push_back({{"status", StatusText(count.status())}, {"message_count", count.message_count()}});
  }
  return {{"next_leaf_index", facts.next_leaf_index()},
          {"lag_entries", facts.lag_entries()},
          {"lag_seconds", facts.lag_seconds()},
          {"messages", std::move(messages)},
          {"unheld_count", facts.unheld_count()},
          {"without_message_count", facts.without_message_count()},
          {"unknown_status_count", facts.unknown_status_count()},
          {"without_event_time_count", facts.without_event_time_count()},
          {"unconsented_read_count", facts.unconsented_read_count()},
          {"drifted_count", facts.drifted_count()}};
}

void PrintFacts(const v1::FactsStatus& facts, std::ostream& out) {
  out << "projected below " << WithThousands(facts.next_leaf_index()) << "   "
      << (facts.lag_entries() == 0 ? "nothing waits"
                                   : absl::StrCat(WithThousands(facts.lag_entries()), " wait, the oldest for ",
                                                  WithThousands(facts.lag_seconds()), " s"))
      << "\n";
  if (facts.messages_size() > 0) {
    out << "messages";
    for (const v1::MessageCount& count : facts.messages()) {
      out << "   " << StatusText(count.status()) << " " << WithThousands(count.message_count());
    }
    out << "\n";
  }
  out << "of note   jsonb cannot hold " << WithThousands(facts.unheld_count()) << "   of no message "
      << WithThousands(facts.without_message_count()) << "   unknown status word "
      << WithThousands(facts.unknown_status_count()) << "   without event time "
      << WithThousands(facts.without_event_time_count()) << "\n          read without consent "
      << WithThousands(facts.unconsented_read_count()) << "   not as their schema says "
      << WithThousands(facts.drifted_count()) << "\n";
}

}  // namespace affidavit::cli
