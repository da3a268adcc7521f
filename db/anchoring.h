// Which of the ledgers anchors: a lock that a session holds. Functions run inside a caller's transaction and may throw
// pqxx exceptions.
#pragma once

namespace affidavit::db {

class Transaction;

// The right to anchor, until this session ends: one process at a time. False at once when another has it. REQUIRES:
// this session does not hold it.
bool TryLockAnchoring(Transaction& transaction);

// Whether the session still answers, and so holds what it held. (It throws when it does not.)
bool IsAlive(Transaction& transaction);

}  // namespace affidavit::db
