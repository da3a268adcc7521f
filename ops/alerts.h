// The one alert mechanism: a log line with an alert name, a counter, a rule in deploy/prometheus/affidavit.rules.yml,
// and a security event for the SIEM (ops/security_journal.h). docs/runbook.md says what to do about each. Thread-safe.
#pragma once

#include <array>
#include <initializer_list>
#include <string_view>

#include "ops/log.h"
#include "prometheus/counter.h"

namespace affidavit::ops {

inline constexpr std::string_view kAlertConflict = "conflict";                     // one event id, two payloads
inline constexpr std::string_view kAlertOversizeEvent = "oversize_event";          // a 413: lost evidence
inline constexpr std::string_view kAlertUnclassifiedEvent = "unclassified_event";  // direction, channel or type absent
inline constexpr std::string_view kAlertClockSkew = "clock_skew";  // an adapter's or the ledger's clock is wrong
inline constexpr std::string_view kAlertSignatureBurst = "signature_burst";  // many 401s; a rule, never raised by code
inline constexpr std::string_view kAlertSourceSilent = "source_silent";  // nothing authentic for long; a rule as well
inline constexpr std::string_view kAlertKeyFingerprintChanged =
    "key_fingerprint_changed";                                              // a secret was replaced under its old id
inline constexpr std::string_view kAlertEntryRefused = "entry_refused";     // Postgres refuses a row for good
inline constexpr std::string_view kAlertLogRolledBack = "log_rolled_back";  // the database lost signed entries
inline constexpr std::string_view kAlertCheckpointStalled = "checkpoint_stalled";  // nothing signed; a rule as well
inline constexpr std::string_view kAlertAnchorFailing = "anchor_failing";  // a witness or timestamper does not answer
inline constexpr std::string_view kAlertSiemBehind = "siem_behind";        // a sink takes no receipts; a rule as well
inline constexpr std::string_view kAlertMirrorFinding = "mirror_finding";  // an entry, or the log, cannot be copied
inline constexpr std::string_view kAlertMirrorLagging = "mirror_lagging";  // entries wait too long; a rule as well
inline constexpr std::string_view kAlertSchemaChanged = "schema_changed";  // a version or shape that nobody knew
inline constexpr std::string_view kAlertSchemaDrifted = "schema_drifted";  // a payload is not what its schema says
inline constexpr std::string_view kAlertFactsLagging = "facts_lagging";    // answers are old; a rule, never by code
inline constexpr std::string_view kAlertTimeoutsHeldBack = "timeouts_held_back";  // an adapter holds up what is due
inline constexpr std::string_view kAlertClockUnsynchronized =
    "clock_unsynchronized";  // a ledger's machine follows no clock; a rule, never raised by code
inline constexpr std::string_view kAlertLedgerUnreachable = "ledger_unreachable";  // an adapter cannot store

// Every alert. The rule file and the runbook have exactly these (a test compares them).
inline constexpr std::array kAlerts = {
    kAlertConflict,          kAlertOversizeEvent, kAlertUnclassifiedEvent,     kAlertClockSkew,
    kAlertSignatureBurst,    kAlertSourceSilent,  kAlertKeyFingerprintChanged, kAlertEntryRefused,
    kAlertLedgerUnreachable, kAlertLogRolledBack, kAlertCheckpointStalled,     kAlertAnchorFailing,
    kAlertSiemBehind,        kAlertMirrorFinding, kAlertMirrorLagging,         kAlertSchemaChanged,
    kAlertSchemaDrifted,     kAlertFactsLagging,  kAlertTimeoutsHeldBack,      kAlertClockUnsynchronized,
};

// Counts affidavit_alerts_total{alert} always, and logs at warning with field "alert" at most ten times a second for
// one name; the next line says how many were "suppressed". REQUIRES: `alert` is one of kAlerts.
void RaiseAlert(std::string_view alert, std::initializer_list<LogField> fields);

// affidavit_alerts_total{alert}.
prometheus::Counter& AlertCounter(std::string_view alert);

}  // namespace affidavit::ops
