// Where ListEntries (db/entry_reader.h) looks for what a filter asks for, step by step, and how much one page may look
// at. By an id, the windows of its index; by a recipient, the projection of recipients. By what the projection
// entry_blocks knows (kind, source, channel, type, receive time), the blocks in which it says there is some, below the
// cursor `facts`; from the cursor on, or by nothing at all, every entry. For the files of this room only.
#pragma once

#include <cstdint>
#include <optional>

#include "db/entry_list_query.h"
#include "db/transaction.h"

namespace affidavit::db {

class ListWalk {
 public:
  // The filter must outlive it.
  ListWalk(Transaction& transaction, const ListFilter& filter, int64_t from, int64_t tree_size);

  // The next step, which begins at `from`; entries of [from, until) outside of it do not match. Nothing: the page ends
  // here, because it has looked at enough, or at tree_size.
  std::optional<ListStep> Next(int64_t from);

 private:
  ListStep NextBlocks(int64_t from);
  ListStep NextSubjects(int64_t from);
  // How many windows or blocks go into a step: few first, for what is common fills a page from one. A message has few
  // entries.
  int64_t TakeStepSize();

  Transaction& transaction_;
  const ListFilter& filter_;
  const ListAccess access_;
  const int64_t tree_size_;
  const int64_t look_until_;
  int64_t scan_left_;  // entries that may still be scanned, one by one
  int64_t next_step_size_;
};

}  // namespace affidavit::db
