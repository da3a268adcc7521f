#include "db/doctor_store.h"

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "db/connection.h"
#include "db/entry_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

constexpr char kDoctorSettings[] = R"(
  SELECT name, setting FROM pg_settings WHERE name IN (
    'fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums', 'zero_damaged_pages',
    'ignore_checksum_failure',
    'synchronous_standby_names', 'server_version', 'data_directory', 'log_statement', 'log_min_duration_statement',
    'log_min_duration_sample', 'log_transaction_sample_rate', 'log_parameter_max_length',
    'log_parameter_max_length_on_error'))";

constexpr char kDoctorSession[] =
    "SELECT current_setting('server_version_num')::int, pg_is_in_recovery(), "
    "coalesce(inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1', true), "
    "coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false), " AFFIDAVIT_SQL_MICROSECONDS(
        "clock_timestamp()");

// Column grants count: UPDATE of one column is enough to forge it.
constexpr char kRoleGrants[] = R"(
  SELECT c.relname, p.name
  FROM pg_class c CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('TRIGGER')) AS p (name)
  WHERE c.relnamespace = 'affidavit'::regnamespace AND c.relkind IN ('r', 'p')
    AND (has_table_privilege(c.oid, p.name) OR (p.name = 'UPDATE' AND has_any_column_privilege(c.oid, 'UPDATE')))
  ORDER BY 1, 2)";

constexpr char kStrangersGrants[] = R"(
  WITH acls AS (
    SELECT c.relname, c.relowner, a.grantee, a.privilege_type
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE c.relnamespace = 'affidavit'::regnamespace AND c.relkind IN ('r', 'p')
    UNION ALL
    SELECT c.relname, c.relowner, a.grantee, a.privilege_type
    FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid CROSS JOIN LATERAL aclexplode(t.attacl) a
    WHERE c.relnamespace = 'affidavit'::regnamespace AND c.relkind IN ('r', 'p'))
  SELECT DISTINCT relname, privilege_type, CASE grantee WHEN 0 THEN 'everybody' ELSE grantee::regrole::text END
  FROM acls
  WHERE grantee <> relowner AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')
  ORDER BY 1, 2, 3)";

}  // namespace

ServerFacts ReadServerFacts(Transaction& transaction) {
  ServerFacts facts;
  const pqxx::row session = transaction.exec1(kDoctorSession);
  facts.version_number = session[0].as<int>();
  facts.is_standby = session[1].as<bool>();
  facts.is_local = session[2].as<bool>();
  facts.is_encrypted = session[3].as<bool>();
  facts.time = TimeFromField(session[4]);
  for (const pqxx::row& row : transaction.exec(kDoctorSettings)) {
    facts.settings.emplace(row[0].c_str(), row[1].c_str());
  }
  for (const pqxx::row& row :
       transaction.exec("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1")) {
    facts.extensions.emplace_back(row[0].c_str());
  }
  return facts;
}

RolePowers ReadRolePowers(Transaction& transaction) {
  RolePowers powers;
  const pqxx::row role = transaction.exec1(
      "SELECT current_user, rolsuper, EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'affidavit'::regnamespace "
      "AND pg_has_role(c.relowner, 'MEMBER')) FROM pg_roles WHERE rolname = current_user");
  powers.role = role[0].c_str();
  powers.is_superuser = role[1].as<bool>();
  powers.is_owner = !powers.is_superuser && role[2].as<bool>();
  if (!powers.is_superuser && !powers.is_owner) {
    for (const pqxx::row& row : transaction.exec(kRoleGrants)) {
      powers.granted.push_back(absl::StrCat(row[1].c_str(), " on ", row[0].c_str()));
    }
  }
  for (const pqxx::row& row : transaction.exec(kStrangersGrants)) {
    powers.strangers.push_back(absl::StrCat(row[1].c_str(), " on ", row[0].c_str(), " to ", row[2].c_str()));
  }
  return powers;
}

std::vector<std::string> ReadEvidenceTables(Transaction& transaction) {
  std::vector<std::string> tables;
  for (const pqxx::row& row :
       transaction.exec("SELECT relname FROM pg_class WHERE relnamespace = 'affidavit'::regnamespace AND relkind IN "
                        "('r', 'p') AND relname <> 'schema_migrations' ORDER BY 1")) {
    tables.emplace_back(row[0].c_str());
  }
  return tables;
}

absl::Status AttemptDelete(Connection& connection, const std::string& table) {
  const absl::Status status = connection.Transact([&](Transaction& transaction) -> absl::Status {
    try {
      transaction.exec(absl::StrCat("DELETE FROM affidavit.", transaction.quote_name(table), " WHERE false"));
    } catch (const pqxx::insufficient_privilege&) {  // of the role's privileges, and of the trigger
      return absl::PermissionDeniedError("refused");
    }
    return absl::CancelledError("not refused; rolled back");
  });
  return absl::IsCancelled(status) ? absl::OkStatus() : status;
}

OthersWork ReadOthersWork(Transaction& transaction) {
  const pqxx::row row = transaction.exec1(
      "SELECT EXISTS (SELECT FROM affidavit.mirror_receipts), EXISTS (SELECT FROM affidavit.checkpoints)");
  return {.is_mirrored = row[0].as<bool>(), .is_signed = row[1].as<bool>()};
}

std::vector<KnownSigningKey> ReadSigningKeys(Transaction& transaction) {
  std::vector<KnownSigningKey> keys;
  for (const pqxx::row& row :
       transaction.exec("SELECT source, key_id, key_fingerprint FROM affidavit.signing_keys ORDER BY source, key_id")) {
    keys.push_back({row[0].c_str(), row[1].c_str(), BytesFromField(row[2])});
  }
  return keys;
}

}  // namespace affidavit::db
