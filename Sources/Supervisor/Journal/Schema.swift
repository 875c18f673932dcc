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
        migrator.registerMigration("3: change times, the line, counts", migrate: addLineAndCounts)
        migrator.registerMigration("4: files that are no pictures", migrate: countOthers)
        migrator.registerMigration("5: companions") { database in
            // What they were when a worker had the job last: names, sizes, times.
            try database.execute(sql: "ALTER TABLE job ADD COLUMN companions TEXT;")
        }
        migrator.registerMigration("6: numbers") { database in
            try database.execute(
                sql: """
                    ALTER TABLE job ADD COLUMN number INTEGER;      -- of {counter}
                    ALTER TABLE job ADD COLUMN number_folder BLOB;  -- of the outbox, in which it is its number
                    ALTER TABLE job ADD COLUMN second INTEGER;      -- 1: another source had its stem first; NULL: names do not ask
                    CREATE INDEX job_number ON job (number_folder, number) WHERE number IS NOT NULL;
                    -- The highest number that was given in each folder, and to which job.
                    CREATE TABLE counter (folder BLOB PRIMARY KEY, last INTEGER NOT NULL, job INTEGER NOT NULL) WITHOUT ROWID;
                    """)
        }
        return migrator
    }

    /// When a job's turn comes, seconds since 1970: first come, first served, and what failed as if it had come again.
    static let turn = "max(queued_at, coalesce(retry_at, 0))"

    /// What a job counts as besides its state: an error code, that it has failed before, that there was nothing to do.
    private static func kind(_ row: String) -> String {
        """
        CASE WHEN \(row).state = 'quarantined' THEN coalesce(\(row).error_code, '')
            WHEN \(row).state = 'queued' AND \(row).failures > 0 THEN 'retrying'
            WHEN \(row).state = 'done' AND \(row).plan = 'unchanged' THEN 'unchanged' ELSE '' END
        """
    }

    /// The same from migration 4 on: files that are no pictures by what they are.
    private static func kindWithOthers(_ row: String) -> String {
        """
        CASE WHEN \(row).state = 'quarantined' THEN coalesce(\(row).error_code, '')
            WHEN \(row).state = 'queued' AND \(row).failures > 0 THEN 'retrying'
            WHEN \(row).state = 'done' AND (\(row).plan = 'unchanged' OR \(row).plan LIKE 'other %')
            THEN \(row).plan ELSE '' END
        """
    }

    /// Nothing of the kind was in any journal before: the counts are right as they are.
    private static func countOthers(_ database: Database) throws {
        try database.execute(
            sql: """
                DROP TRIGGER tally_come;
                DROP TRIGGER tally_change;
                DROP TRIGGER tally_go;
                \(triggers(kindWithOthers))
                CREATE INDEX job_left ON job (id) WHERE state = 'done' AND stay = 3;
                """)
    }

    private static func addLineAndCounts(_ database: Database) throws {
        try database.execute(
            sql: """
                ALTER TABLE job ADD COLUMN ctime INTEGER NOT NULL DEFAULT 0; -- nanoseconds; 0: unknown
                ALTER TABLE job ADD COLUMN stay INTEGER NOT NULL DEFAULT 0; -- 1: its source could not be taken away, 2: is offered again
                CREATE INDEX job_line ON job (inbox, \(turn), id) WHERE state = 'queued';
                CREATE INDEX job_failed ON job (finished_at, id) WHERE state = 'quarantined';
                -- How many jobs there are, and ever were, so that nobody has to count them.
                CREATE TABLE tally (
                    state TEXT NOT NULL,
                    kind TEXT NOT NULL,              -- an error code, 'retrying', 'unchanged' or nothing
                    present INTEGER NOT NULL DEFAULT 0,
                    total INTEGER NOT NULL DEFAULT 0, -- how often a job came into the state; only ever more
                    PRIMARY KEY (state, kind)
                ) WITHOUT ROWID;
                INSERT INTO tally SELECT job.state, \(kind("job")), count(*), count(*) FROM job GROUP BY 1, 2;
                \(triggers(kind))
                CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
                """)
    }

    private static func triggers(_ kind: (_ row: String) -> String) -> String {
        func count(_ row: String, by change: Int, total: Int) -> String {
            """
            INSERT INTO tally VALUES (\(row).state, \(kind(row)), \(change), \(total))
                ON CONFLICT (state, kind) DO UPDATE SET present = present + \(change), total = total + \(total);
            """
        }
        return """
            CREATE TRIGGER tally_come AFTER INSERT ON job BEGIN
                \(count("NEW", by: 1, total: 1))
            END;
            CREATE TRIGGER tally_change AFTER UPDATE OF state, failures, error_code ON job BEGIN
                \(count("OLD", by: -1, total: 0))
                \(count("NEW", by: 1, total: 1))
            END;
            CREATE TRIGGER tally_go AFTER DELETE ON job BEGIN
                \(count("OLD", by: -1, total: 0))
            END;
            """
    }
}
