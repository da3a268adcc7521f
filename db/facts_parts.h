// The parts of WriteFacts (db/facts_store.h). For the files of this room only.
#pragma once

#include <map>

#include "db/facts_store.h"

namespace affidavit::db {

// What a step adds to fact_counts, by name.
using FactCounts = std::map<std::string, int64_t>;
std::string CountOfStatus(MessageStatus status);

inline constexpr MessageStatus kMessageStatuses[] = {MessageStatus::kUnknown,   MessageStatus::kPending,
                                                     MessageStatus::kDelivered, MessageStatus::kRead,
                                                     MessageStatus::kFailed,    MessageStatus::kTimedOut};

// Tells the stories of the messages that `step` touches. REQUIRES: its facts are written.
void WriteMessages(Transaction& transaction, const FactsStep& step, FactCounts& counts);

// Schemas, versions and shapes.
void WriteSchemas(Transaction& transaction, const FactsStep& step);

}  // namespace affidavit::db
