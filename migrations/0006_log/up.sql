-- release 1
-- The transparency log (docs/log-format.md). Level 0 of the tree lies in entries.leaf_hash; here are the full tiles, each with
-- the hash above it, so that any hash of the tree is a few rows away. Partial tiles are never stored: they are read from
-- entries and from the roots of the tiles below.
DO $$
BEGIN
  IF EXISTS (SELECT FROM affidavit.entries) THEN
    RAISE object_not_in_prerequisite_state USING MESSAGE =
      'affidavit.entries has rows from before the first release, whose tiles nobody has written: begin with an empty database';
  END IF;
END
$$;

CREATE TABLE affidavit.tiles (
  level      smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
  tile_index bigint   NOT NULL CHECK (tile_index >= 0),
  hashes     bytea    NOT NULL CHECK (octet_length(hashes) = 8192),
  root       bytea    NOT NULL CHECK (octet_length(root) = 32),
  PRIMARY KEY (level, tile_index)
);
ALTER TABLE affidavit.tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;  -- hashes do not compress

-- An origin is one incarnation of the log. A second one is opened only by `affidavit recover`, after a database was restored
-- to a state older than its last checkpoint: its opening names what was lost.
CREATE TABLE affidavit.origins (
  origin              text COLLATE "C" PRIMARY KEY,
  number              integer NOT NULL UNIQUE CHECK (number > 0),
  open_time           timestamptz NOT NULL DEFAULT clock_timestamp(),
  previous_checkpoint text,  -- the signed note that this database does not extend
  CHECK ((number = 1) = (previous_checkpoint IS NULL))
);

CREATE TABLE affidavit.checkpoints (
  origin      text COLLATE "C" NOT NULL REFERENCES affidavit.origins,
  tree_size   bigint NOT NULL CHECK (tree_size > 0),
  root_hash   bytea  NOT NULL CHECK (octet_length(root_hash) = 32),
  signed_note bytea  NOT NULL,
  sign_time   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (origin, tree_size)
);

-- What outsiders add to a checkpoint comes later than the checkpoint: rows of their own.
CREATE TABLE affidavit.cosignatures (
  origin       text COLLATE "C" NOT NULL,
  tree_size    bigint NOT NULL,
  witness      text COLLATE "C" NOT NULL,  -- the vkey
  line         bytea NOT NULL,             -- the signature line as the witness sent it
  cosign_time  timestamptz NOT NULL,       -- the witness's clock
  receive_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (origin, tree_size, witness),
  FOREIGN KEY (origin, tree_size) REFERENCES affidavit.checkpoints
);

CREATE TABLE affidavit.timestamps (
  origin          text COLLATE "C" NOT NULL,
  tree_size       bigint NOT NULL,
  authority       text COLLATE "C" NOT NULL,
  token           bytea NOT NULL,        -- RFC 3161 TimeStampToken, DER
  generation_time timestamptz NOT NULL,  -- the authority's clock
  receive_time    timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (origin, tree_size, authority),
  FOREIGN KEY (origin, tree_size) REFERENCES affidavit.checkpoints
);

CALL affidavit.make_append_only('affidavit.tiles');
CALL affidavit.make_append_only('affidavit.origins');
CALL affidavit.make_append_only('affidavit.checkpoints');
CALL affidavit.make_append_only('affidavit.cosignatures');
CALL affidavit.make_append_only('affidavit.timestamps');

GRANT SELECT, INSERT ON affidavit.tiles, affidavit.origins, affidavit.checkpoints, affidavit.cosignatures, affidavit.timestamps
  TO affidavit_ledger;
GRANT SELECT ON affidavit.tiles, affidavit.origins, affidavit.checkpoints, affidavit.cosignatures, affidavit.timestamps
  TO affidavit_reader;
