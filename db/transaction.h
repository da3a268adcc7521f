// What stands behind db::Transaction: for the files of this room only. Elsewhere it is a name to pass on, so that no
// other room sees libpqxx.
#pragma once

#include <pqxx/pqxx>

namespace affidavit::db {

// READ COMMITTED, read-write; rolled back unless committed. May throw whatever libpqxx throws.
class Transaction final : public pqxx::work {
 public:
  // libpqxx 6 leaves its virtual base to the most derived class.
  explicit Transaction(pqxx::connection_base& connection)
      : pqxx::internal::namedclass("transaction"), pqxx::work(connection) {}
};

}  // namespace affidavit::db
