#include "db/anchoring.h"

#include <pqxx/pqxx>

#include "db/transaction.h"

namespace affidavit::db {

bool TryLockAnchoring(Transaction& transaction) {
  return transaction.exec1("SELECT pg_try_advisory_lock(hashtextextended('affidavit.anchor', 0))")[0].as<bool>();
}

bool IsAlive(Transaction& transaction) {
  return transaction.exec1("SELECT true")[0].as<bool>();
}

}  // namespace affidavit::db
