"""A ledger's tables in PostgreSQL, and how to ask what is defined where they are."""

from __future__ import annotations

from typing import Final

TABLES: Final = (
    "CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL)",
    "CREATE TABLE entries (idx bigint PRIMARY KEY, leaf bytea NOT NULL UNIQUE, envelope bytea NOT NULL)",
    "CREATE TABLE nodes (level integer, idx bigint, hash bytea NOT NULL, PRIMARY KEY (level, idx))",
    "CREATE TABLE checkpoint (id integer PRIMARY KEY CHECK (id = 1), note bytea NOT NULL)",
)

# Everything that could make a table answer otherwise than its rows do: columns, constraints and
# indexes, and then whatever a ledger has none of. A child's rows are found in its parent.
DEFINED: Final = """
WITH relation AS (
  SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = current_schema()
)
SELECT relname::text, concat_ws(' ', relkind, relpersistence,
    CASE WHEN relrowsecurity OR relforcerowsecurity THEN 'secured by row' END,
    CASE WHEN relispartition THEN 'partition' END,
    (SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod),
         CASE WHEN attnotnull THEN 'not null' END,
         nullif(attgenerated, ''), nullif(attidentity, ''), pg_get_expr(d.adbin, d.adrelid)),
       ', ' ORDER BY attnum)
     FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = relation.oid AND attnum > 0 AND NOT attisdropped))
  FROM relation WHERE relkind NOT IN ('i', 'I')
UNION ALL
SELECT 'index ' || relname, concat_ws(' ', a.amname, i.indrelid::regclass::text, i.indkey::text,
    CASE WHEN indisunique THEN 'unique' END, CASE WHEN NOT indisvalid THEN 'invalid' END,
    pg_get_expr(indexprs, indrelid), pg_get_expr(indpred, indrelid))
  FROM relation JOIN pg_index i ON i.indexrelid = relation.oid JOIN pg_am a ON a.oid = relam
UNION ALL
SELECT 'constraint ' || conname, pg_get_constraintdef(k.oid)
  FROM pg_constraint k JOIN relation ON k.conrelid = relation.oid WHERE contype <> 'n'
UNION ALL
SELECT 'trigger ' || tgname, relname
  FROM pg_trigger t JOIN relation ON t.tgrelid = relation.oid
UNION ALL
SELECT 'rule ' || rulename, relname
  FROM pg_rewrite r JOIN relation ON r.ev_class = relation.oid
UNION ALL
SELECT 'policy ' || polname, relname
  FROM pg_policy p JOIN relation ON p.polrelid = relation.oid
UNION ALL
SELECT 'child ' || inhrelid::regclass::text, relname
  FROM pg_inherits h JOIN relation ON h.inhparent = relation.oid
UNION ALL
SELECT 'function ' || proname, ''
  FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace WHERE n.nspname = current_schema()
"""

DEFINITIONS: Final = {
    "meta": "r p key text not null, value text not null",
    "constraint meta_pkey": "PRIMARY KEY (key)",
    "index meta_pkey": "btree meta 1 unique",
    "entries": "r p idx bigint not null, leaf bytea not null, envelope bytea not null",
    "constraint entries_pkey": "PRIMARY KEY (idx)",
    "constraint entries_leaf_key": "UNIQUE (leaf)",
    "index entries_pkey": "btree entries 1 unique",
    "index entries_leaf_key": "btree entries 2 unique",
    "nodes": "r p level integer not null, idx bigint not null, hash bytea not null",
    "constraint nodes_pkey": "PRIMARY KEY (level, idx)",
    "index nodes_pkey": "btree nodes 1 2 unique",
    "checkpoint": "r p id integer not null, note bytea not null",
    "constraint checkpoint_pkey": "PRIMARY KEY (id)",
    "constraint checkpoint_id_check": "CHECK ((id = 1))",
    "index checkpoint_pkey": "btree checkpoint 1 unique",
}
