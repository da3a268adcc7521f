// What stands behind db::Transaction: for the files of this room only. Elsewhere it is a name to pass on, so that no other room
// sees libpqxx.
#pragma once

#include <pqxx/pqxx>

namespace affidavit::db {

// READ COMMITTED, read-write; rolled back unless committed. May throw whatever libpqxx throws.
class Transaction final : public pqxx::work {
 public:
  explicit Transaction(pqxx::connection_base& connection) : pqxx::work(connection) {}
};

}  // namespace affidavit::db
