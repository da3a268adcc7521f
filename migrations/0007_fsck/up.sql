-- release 1
-- Full passes of `affidavit fsck`, as a convenience for GetStatus: what convinces an outsider is to run one.
CREATE TABLE affidavit_state.fsck_passes (
  end_time      timestamptz NOT NULL PRIMARY KEY DEFAULT clock_timestamp(),
  start_time    timestamptz NOT NULL,
  tree_size     bigint NOT NULL CHECK (tree_size >= 0),
  finding_count bigint NOT NULL CHECK (finding_count >= 0)
);
GRANT SELECT, INSERT ON affidavit_state.fsck_passes TO affidavit_ledger;
GRANT SELECT ON affidavit_state.fsck_passes TO affidavit_reader;
