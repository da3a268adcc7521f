#include "cli/restore/bucket_log.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/restore/bucket.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/incarnation.h"
#include "core/envelope/object_key.h"
#include "core/merkle/entry_bundle.h"
#include "core/merkle/hash.h"
#include "core/merkle/tile.h"
#include "core/merkle/tile_path.h"

namespace affidavit::cli {
namespace {

constexpr int kListAtOnce = 1'000;
constexpr int kIncarnationGapMax = 16;      // incarnations that were lost before anything of them was mirrored
constexpr int kCheckpointVersionsMax = 16;  // of the one that is replaced each minute

struct CheckpointObject {
  int incarnation = 1;
  objectstore::ObjectInfo info;
};

// Whatever lies at the places of checkpoints, old versions too.
absl::StatusOr<std::vector<CheckpointObject>> ListCheckpointObjects(objectstore::ObjectStore& store) {
  std::vector<CheckpointObject> objects;
  int last_found = 1;
  for (int incarnation = 1; incarnation <= last_found + kIncarnationGapMax; ++incarnation) {
    const std::string newest = LogObjectPrefix(incarnation) + "checkpoint";
    int version_count = 0;
    std::string token;
    do {
      ASSIGN_OR_RETURN(objectstore::VersionPage page, store.ListVersions(newest, token, kListAtOnce));
      for (objectstore::ObjectInfo& version : page.versions) {
        last_found = incarnation;
        const bool is_kept = version.key.starts_with(newest + "s/");
        if (!version.is_delete_marker &&
            (is_kept || (version.key == newest && version_count++ < kCheckpointVersionsMax))) {
          objects.push_back({incarnation, std::move(version)});
        }
      }
      token = std::move(page.next_token);
    } while (!token.empty());
  }
  return objects;
}

absl::StatusOr<BucketCheckpoint> ReadCheckpoint(const CheckpointObject& from, const std::string& text,
                                                const CheckpointPolicy& policy) {
  const std::string& first_origin = policy.log_keys.front().name;
  ASSIGN_OR_RETURN(VerifiedCheckpoint verified, VerifyCheckpoint(text, policy));
  if (IncarnationNumber(first_origin, verified.checkpoint.origin) != from.incarnation) {
    return absl::FailedPreconditionError(absl::StrCat("it is one of ", verified.checkpoint.origin));
  }
  BucketCheckpoint found{.object_key = from.info.key,
                         .incarnation = from.incarnation,
                         .checkpoint = std::move(verified.checkpoint),
                         .signed_note = {},
                         .more_lines = {},
                         .store_time = from.info.store_time};
  ASSIGN_OR_RETURN(Note note, ParseNote(text));
  std::vector<NoteSignature> own;
  for (NoteSignature& signature : note.signatures) {
    if (signature.name == first_origin) {
      own.push_back(std::move(signature));
    } else {
      found.more_lines.push_back(FormatSignatureLine(signature));
    }
  }
  note.signatures = std::move(own);
  found.signed_note = FormatNote(note);
  return found;
}

bool IsOlder(const BucketCheckpoint& a, const BucketCheckpoint& b) {
  return std::tie(a.incarnation, a.checkpoint.tree_size, a.checkpoint.root_hash) <
         std::tie(b.incarnation, b.checkpoint.tree_size, b.checkpoint.root_hash);
}

bool IsSame(const BucketCheckpoint& a, const BucketCheckpoint& b) {
  return a.checkpoint == b.checkpoint;
}

}  // namespace

absl::StatusOr<std::vector<BucketCheckpoint>> FindCheckpoints(objectstore::ObjectStore& store,
                                                              const CheckpointPolicy& policy, size_t thread_count,
                                                              Findings& findings) {
  ASSIGN_OR_RETURN(const std::vector<CheckpointObject> objects, ListCheckpointObjects(store));
  std::vector<absl::StatusOr<objectstore::Object>> bodies(objects.size(), absl::UnknownError("not read"));
  InParallel(thread_count, objects.size(),
             [&](size_t i) { bodies[i] = store.Get(objects[i].info.key, objects[i].info.version_id); });
  std::vector<BucketCheckpoint> found;
  for (size_t i = 0; i < objects.size(); ++i) {
    if (absl::IsUnavailable(bodies[i].status()) || absl::IsPermissionDenied(bodies[i].status())) {
      return bodies[i].status();
    }
    absl::StatusOr<BucketCheckpoint> checkpoint =
        bodies[i].ok() ? ReadCheckpoint(objects[i], bodies[i]->body, policy) : bodies[i].status();
    if (checkpoint.ok()) {
      found.push_back(*std::move(checkpoint));
    } else {
      findings.Add("checkpoints", absl::StrCat(objects[i].info.key, " is no checkpoint of this log: ",
                                               std::string(checkpoint.status().message())));
    }
  }
  // Of equal ones the first that was put there.
  std::stable_sort(found.begin(), found.end(), [](const BucketCheckpoint& a, const BucketCheckpoint& b) {
    return IsOlder(a, b) || (!IsOlder(b, a) && a.store_time < b.store_time);
  });
  found.erase(std::unique(found.begin(), found.end(), IsSame), found.end());
  return found;
}

BucketLog::BucketLog(objectstore::ObjectStore* store, int incarnation, uint64_t size)
    : store_(store), prefix_(LogObjectPrefix(incarnation)), size_(size) {}

uint64_t BucketLog::page_count() const {
  return (size_ + kTileWidth - 1) / kTileWidth;
}

uint32_t BucketLog::Width(uint64_t index) const {
  return TileWidth(0, index, size_);
}

std::string BucketLog::PageName(uint64_t index) const {
  return prefix_ + EntryBundlePath({index, Width(index)});
}

absl::StatusOr<std::vector<std::string>> BucketLog::FindKeys(const std::string& full, const std::string& exact,
                                                             uint32_t width) const {
  std::vector<std::string> keys = {exact};
  if (width == kTileWidth) {
    return keys;
  }
  const std::string partial = full + ".p/";
  std::set<std::pair<uint32_t, std::string>> wider;
  std::string token;
  do {
    ASSIGN_OR_RETURN(objectstore::VersionPage page, store_->ListVersions(full, token, kListAtOnce));
    for (const objectstore::ObjectInfo& version : page.versions) {
      uint32_t of_width = version.key == full ? kTileWidth : 0;
      if ((of_width > 0 ||
           (version.key.starts_with(partial) && absl::SimpleAtoi(version.key.substr(partial.size()), &of_width))) &&
          of_width > width) {
        wider.emplace(of_width, version.key);
      }
    }
    token = std::move(page.next_token);
  } while (!token.empty());
  for (const auto& [of_width, key] : wider) {
    keys.push_back(key);
  }
  return keys;
}

absl::StatusOr<BucketPage> BucketLog::ReadPage(uint64_t index, Order order,
                                               const std::function<bool(const BucketPage&)>& is_right) const {
  const uint32_t width = Width(index);
  const std::string full = prefix_ + EntryBundlePath({index, kTileWidth});
  BucketPage page;
  const auto accept = [&](const std::string& key, const std::string& body) {
    page = BucketPage{.leaves = {}, .leaf_hashes = {}, .object_key = key};
    uint32_t of_width = kTileWidth;
    if (key != full && !absl::SimpleAtoi(key.substr(full.size() + std::string_view(".p/").size()), &of_width)) {
      return false;
    }
    const absl::StatusOr<std::vector<std::string_view>> leaves = ParseEntryBundle(body, of_width);
    if (!leaves.ok()) {
      return false;
    }
    page.leaves.assign(leaves->begin(), leaves->begin() + width);
    for (const std::string& leaf : page.leaves) {
      page.leaf_hashes.push_back(LeafHash(leaf));
    }
    return is_right(page);
  };
  if (order == Order::kNewestFirst) {
    // What almost always is the end of it, without a listing.
    const std::string exact = PageName(index);
    ASSIGN_OR_RETURN(const FoundObject found,
                     FindObject(*store_, exact, [&](const std::string& body) { return accept(exact, body); }));
    if (found.object) {
      page.is_covered = found.is_covered;
      return page;
    }
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, FindKeys(full, PageName(index), width));
  for (const std::string& key : keys) {
    ASSIGN_OR_RETURN(std::vector<objectstore::ObjectInfo> versions, ListVersionsOf(*store_, key));
    const std::string newest = versions.empty() ? std::string() : versions.back().version_id;
    if (order == Order::kNewestFirst) {
      std::reverse(versions.begin(), versions.end());
    }
    for (const objectstore::ObjectInfo& version : versions) {
      const absl::StatusOr<objectstore::Object> object = store_->Get(key, version.version_id);
      if (absl::IsUnavailable(object.status()) || absl::IsPermissionDenied(object.status())) {
        return object.status();
      }
      if (object.ok() && accept(key, object->body)) {
        page.is_covered = !version.is_latest || version.version_id != newest;
        return page;
      }
    }
  }
  return absl::DataLossError(
      absl::StrCat(PageName(index), ": the bucket has no version of it that holds the leaves of this log"));
}

absl::StatusOr<std::vector<std::vector<Digest>>> BucketLog::ReadTileVersions(uint64_t index) const {
  const uint32_t width = Width(index);
  const std::string full = prefix_ + TilePath({0, index, kTileWidth});
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, FindKeys(full, prefix_ + TilePath({0, index, width}), width));
  std::vector<std::vector<Digest>> tiles;
  for (const std::string& key : keys) {
    ASSIGN_OR_RETURN(const std::vector<objectstore::ObjectInfo> versions, ListVersionsOf(*store_, key));
    for (const objectstore::ObjectInfo& version : versions) {
      const absl::StatusOr<objectstore::Object> object = store_->Get(key, version.version_id);
      if (absl::IsUnavailable(object.status()) || absl::IsPermissionDenied(object.status())) {
        return object.status();
      }
      if (!object.ok() || object->body.size() % sizeof(Digest) != 0) {
        continue;
      }
      const auto of_width = static_cast<uint32_t>(object->body.size() / sizeof(Digest));
      absl::StatusOr<std::vector<Digest>> hashes = ParseTile({0, index, of_width}, object->body);
      if (hashes.ok() && hashes->size() >= width) {
        hashes->resize(width);
        tiles.push_back(*std::move(hashes));
      }
    }
  }
  return tiles;
}

}  // namespace affidavit::cli
