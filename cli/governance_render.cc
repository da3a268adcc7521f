#include "cli/governance_render.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/render.h"

namespace affidavit::cli {
namespace {

void PutActText(boost::json::object& out, std::string_view name, const std::string& text) {
  if (!text.empty()) {
    out[boost::json::string_view(name.data(), name.size())] = text;
  }
}

boost::json::object ProgressJson(const v1::ActProgress& progress) {
  boost::json::object out{{"checked_count", progress.checked_count()},
                          {"total_count", progress.total_count()},
                          {"changed_count", progress.changed_count()}};
  PutActText(out, "end_time", progress.has_end_time() ? TimeText(progress.end_time()) : "");
  return out;
}

boost::json::object ReleaseJson(const v1::LegalHoldRelease& release) {
  boost::json::object out{{"actor", release.actor()},
                          {"leaf_index", release.leaf_index()},
                          {"release_time", TimeText(release.release_time())}};
  PutActText(out, "reason", release.reason());
  if (release.has_progress()) {
    out["progress"] = ProgressJson(release.progress());
  }
  return out;
}

boost::json::object PredicateJson(const v1::HoldPredicate& predicate) {
  boost::json::object out;
  PutActText(out, "source", predicate.source());
  PutActText(out, "message_id", predicate.message_id());
  PutActText(out, "correlation_id", predicate.correlation_id());
  PutActText(out, "start_time", predicate.has_start_time() ? TimeText(predicate.start_time()) : "");
  PutActText(out, "end_time", predicate.has_end_time() ? TimeText(predicate.end_time()) : "");
  return out;
}

std::string OrAny(const std::string& text) {
  return text.empty() ? "any" : text;
}

}  // namespace

boost::json::object PolicyJson(const v1::RetentionPolicy& policy) {
  boost::json::object out{{"regime", policy.regime()}, {"years", policy.years()}};
  PutActText(out, "source", policy.source());
  PutActText(out, "channel", policy.channel());
  PutActText(out, "event_type", policy.event_type());
  PutActText(out, "actor", policy.actor());
  if (policy.has_set_time()) {
    out["leaf_index"] = policy.leaf_index();
    out["set_time"] = TimeText(policy.set_time());
  }
  if (policy.has_progress()) {
    out["progress"] = ProgressJson(policy.progress());
  }
  return out;
}

boost::json::object HoldJson(const v1::LegalHold& hold) {
  boost::json::object out{{"hold_id", hold.hold_id()},       {"case_reference", hold.case_reference()},
                          {"actor", hold.actor()},           {"predicate", PredicateJson(hold.predicate())},
                          {"leaf_index", hold.leaf_index()}, {"create_time", TimeText(hold.create_time())},
                          {"is_active", !hold.has_release()}};
  if (hold.has_progress()) {
    out["progress"] = ProgressJson(hold.progress());
  }
  if (hold.has_release()) {
    out["release"] = ReleaseJson(hold.release());
  }
  return out;
}

std::string PredicateText(const v1::HoldPredicate& predicate) {
  std::string text;
  if (!predicate.message_id().empty()) {
    text = absl::StrCat("message ", predicate.message_id());
  } else if (!predicate.correlation_id().empty()) {
    text = absl::StrCat("correlation ", predicate.correlation_id());
  } else {
    text = absl::StrCat("received ", predicate.has_start_time() ? TimeText(predicate.start_time()) : "any time", " to ",
                        predicate.has_end_time() ? TimeText(predicate.end_time()) : "any time");
  }
  return predicate.source().empty() ? text : absl::StrCat(text, " of ", predicate.source());
}

std::string ProgressText(bool present, const v1::ActProgress& progress) {
  if (!present) {
    return "waiting for a worker";
  }
  if (progress.has_end_time()) {
    return absl::StrCat("done, ", WithThousands(progress.changed_count()), " changed");
  }
  return absl::StrCat(WithThousands(progress.checked_count()), " of ", WithThousands(progress.total_count()),
                      " looked at");
}

Table PolicyTable() {
  return Table({"REGIME", "YEARS", "SOURCE", "CHANNEL", "TYPE", "SET", "BY", "LEAF_INDEX", "OBJECTS"});
}

void AddPolicyRow(const v1::RetentionPolicy& policy, Table& table) {
  table.AddRow({policy.regime(), absl::StrCat(policy.years()), OrAny(policy.source()), OrAny(policy.channel()),
                OrAny(policy.event_type()), TimeText(policy.set_time()), policy.actor(),
                absl::StrCat(policy.leaf_index()), ProgressText(policy.has_progress(), policy.progress())});
}

Table HoldTable() {
  return Table({"HOLD_ID", "CASE", "BINDS", "PLACED", "BY", "LEAF_INDEX", "STATE", "OBJECTS"});
}

void AddHoldRow(const v1::LegalHold& hold, Table& table) {
  const v1::LegalHoldRelease& release = hold.release();
  table.AddRow({hold.hold_id(), hold.case_reference(), PredicateText(hold.predicate()), TimeText(hold.create_time()),
                hold.actor(), absl::StrCat(hold.leaf_index()),
                hold.has_release() ? absl::StrCat("released by ", release.actor()) : "active",
                hold.has_release() ? ProgressText(release.has_progress(), release.progress())
                                   : ProgressText(hold.has_progress(), hold.progress())});
}

}  // namespace affidavit::cli
