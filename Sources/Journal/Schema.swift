import GRDB

/// The journal's tables. A migration, once released, never changes.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: jobs, outputs") { database in
            try database.execute(
                sql: """
                    CREATE TABLE job (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        inbox TEXT NOT NULL,
                        path BLOB NOT NULL,              -- bytes as the file system gave them
                        size INTEGER NOT NULL,
                        mtime INTEGER NOT NULL,          -- nanoseconds
                        inode INTEGER NOT NULL,          -- bit pattern of the unsigned number
                        pipeline TEXT NOT NULL,
                        pipeline_digest TEXT NOT NULL,
                        state TEXT NOT NULL,
                        attempts INTEGER NOT NULL DEFAULT 0,
                        failures INTEGER NOT NULL DEFAULT 0,
                        sha256 TEXT,
                        estimate INTEGER,                -- bytes of the worker, expected
                        peak INTEGER,                    -- bytes measured
                        error_code TEXT,
                        error_message TEXT,
                        error_stage TEXT,
                        sidecar BLOB,                    -- JSON, while staged or published
                        queued_at REAL NOT NULL,         -- seconds since 1970
                        started_at REAL,
                        retry_at REAL,                   -- after a failure: not before
                        finished_at REAL
                    );
                    CREATE INDEX job_source ON job (inbox, path, id);
                    CREATE INDEX job_open ON job (state, id)
                        WHERE state NOT IN ('done', 'superseded');
                    -- Which source owns which file of the outbox, from the moment that it is queued.
                    CREATE TABLE output (
                        path BLOB PRIMARY KEY,
                        rendition TEXT,                  -- NULL: the sidecar
                        inbox TEXT NOT NULL,
                        source BLOB NOT NULL,
                        job INTEGER NOT NULL,            -- the newest that makes it
                        bytes INTEGER,                   -- NULL until it has been staged once
                        sha256 TEXT,
                        published INTEGER NOT NULL DEFAULT 0 -- 1: a result of this source stands there
                    ) WITHOUT ROWID;
                    CREATE INDEX output_source ON output (inbox, source);
                    CREATE INDEX output_job ON output (job);
                    """)
        }
        migrator.registerMigration("2: plan, spilled") { database in
            try database.execute(
                sql: """
                    ALTER TABLE job ADD COLUMN plan TEXT;       -- how it was done under the memory cap
                    ALTER TABLE job ADD COLUMN spilled INTEGER; -- bytes in files at most
                    """)
        }
        return migrator
    }
}
