#include "services/ledger/wire/read_store.h"

namespace affidavit::ledger {

absl::Status ReadStore(db::ConnectionPool& pool, const std::function<absl::Status(db::Transaction&)>& body) {
  absl::Status result;
  absl::Status status = pool.Transact([&](db::Transaction& transaction) {
    result = body(transaction);
    return result;
  });
  if (status.code() == absl::StatusCode::kDataLoss && result.code() != absl::StatusCode::kDataLoss) {
    return absl::UnavailableError("the connection was lost");
  }
  return status;
}

}  // namespace affidavit::ledger
