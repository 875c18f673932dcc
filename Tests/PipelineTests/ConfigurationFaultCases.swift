/// Bad configurations; beside them lie the pipelines `web` and `broken`.
extension FaultCase {
    static let configurations: [FaultCase] = [
        FaultCase(
            "an unknown pipeline",
            """
            version: 1
            inboxes:
              photos: { path: inbox, pipeline: wbe }
            """,
            [
                "sluice.yaml:3:36: inboxes.photos.pipeline: 'wbe': no such pipeline; did you mean 'web'? "
                    + "available: broken, web"
            ]),
        FaultCase(
            "a pipeline with faults of its own",
            """
            version: 1
            inboxes:
              photos: { path: inbox, pipeline: broken, settl: 3s }
            """,
            [
                "sluice.yaml:3:36: inboxes.photos.pipeline: 'broken' has 2 faults, listed below",
                "sluice.yaml:3:44: inboxes.photos.settl: unknown key; did you mean 'settle'?",
                "DIR/Pipelines/broken.yaml:2:28: renditions.a.format: 'pgn' is not one of jpeg, png, webp, "
                    + "avif, jxl, heif, tiff, gif, original; did you mean 'png'?",
                "DIR/Pipelines/broken.yaml:3:1: afer: unknown key; did you mean 'after'?",
            ]),
        FaultCase(
            "an outbox under an inbox",
            """
            version: 1
            root: /srv
            inboxes:
              photos: { path: in, pipeline: web }
            outbox: in/done
            """,
            [
                "sluice.yaml:5:9: outbox: /srv/in/done is inside the inbox 'photos' (/srv/in), whose files "
                    + "are treated as sources"
            ]),
        FaultCase(
            "an inbox under the outbox",
            """
            version: 1
            root: /srv
            inboxes:
              photos: { path: outbox/new, pipeline: web }
            """,
            [
                "sluice.yaml:4:19: inboxes.photos.path: the inbox 'photos' (/srv/outbox/new) is inside the "
                    + "outbox (/srv/outbox)"
            ]),
        FaultCase(
            "an inbox that holds everything",
            """
            version: 1
            root: /srv
            inbox: .
            pipeline: web
            """,
            [
                "sluice.yaml:3:8: inbox: /srv, whose files are treated as sources, contains the outbox, the "
                    + "archive, the quarantine, the staging, the journal; give the inbox a directory of its own"
            ]),
        FaultCase(
            "the same directory twice",
            """
            version: 1
            root: /srv
            inbox: in
            pipeline: web
            archive: out/../quarantine
            quarantine: ./quarantine/
            """,
            [
                "sluice.yaml:6:13: quarantine: the archive and the quarantine are the same directory, /srv/quarantine"
            ]),
        FaultCase(
            "nested inboxes",
            """
            version: 1
            root: /srv
            inboxes:
              a: { path: in, pipeline: web }
              b: { path: in/b, pipeline: web }
              c: { path: in/, pipeline: web }
            """,
            [
                "sluice.yaml:5:14: inboxes.b.path: /srv/in/b is inside the inbox 'a' (/srv/in)",
                "sluice.yaml:6:14: inboxes.c.path: is already the inbox 'a': /srv/in",
                "sluice.yaml:6:14: inboxes.c.path: /srv/in contains the inbox 'b' (/srv/in/b)",
            ]),
        FaultCase(
            "a cap that is too small",
            """
            version: 1
            inbox: in
            pipeline: web
            memory: { cap: 32MiB }
            """,
            [
                "sluice.yaml:4:16: memory.cap: 32MiB is too small: the supervisor needs 10MiB, a worker 9MiB "
                    + "and its job 37MiB; set 56MiB or more"
            ]),
        FaultCase(
            "48 MiB are too small a cap, and a spill limit is a size",
            """
            version: 1
            inbox: in
            pipeline: web
            memory: { cap: 48MiB }
            spill: { limit: lots, path: /tmp }
            """,
            [
                "sluice.yaml:4:16: memory.cap: 48MiB is too small: the supervisor needs 10MiB, a worker 9MiB "
                    + "and its job 37MiB; set 56MiB or more",
                "sluice.yaml:5:17: spill.limit: 'lots' is not a size in bytes (8GiB, 512M, 0)",
                "sluice.yaml:5:23: spill.path: unknown key; valid keys: limit",
            ]),
        FaultCase(
            "a cap that is no size",
            """
            version: 1
            inbox: in
            pipeline: web
            memory: { cap: 192 MiBs }
            workers: many
            attempts: 0
            drain: 30
            """,
            [
                "sluice.yaml:4:16: memory.cap: '192 MiBs' is not a size in bytes (64MiB, 2G, 512K, 1048576)",
                "sluice.yaml:5:10: workers: 'many' is not a whole number from 1 to 256, or auto",
                "sluice.yaml:6:11: attempts: '0' is not a whole number from 1 to 20",
                "sluice.yaml:7:8: drain: '30' is not a time (500ms, 2s, 10m, 1h30m); add the unit, as in 30s",
            ]),
        FaultCase(
            "no inbox",
            """
            version: 1
            outbox: out
            """,
            [
                "sluice.yaml:1:1: needs 'inboxes', or 'inbox' and 'pipeline'"
            ]),
        FaultCase(
            "inbox without pipeline",
            """
            version: 1
            inbox: in
            """,
            [
                "sluice.yaml:2:1: inbox: also needs 'pipeline'"
            ]),
        FaultCase(
            "both forms",
            """
            version: 1
            inbox: in
            pipeline: web
            inboxes:
              a: { path: b, pipeline: web }
            """,
            [
                "sluice.yaml:2:1: inbox: cannot be combined with 'inboxes'; remove one or the other",
                "sluice.yaml:3:1: pipeline: cannot be combined with 'inboxes'; remove one or the other",
            ]),
        FaultCase(
            "an inbox without path",
            """
            version: 1
            inboxes:
              a: { pipeline: web, after: archiv, ignore: "*.bak" }
            """,
            [
                "sluice.yaml:3:6: inboxes.a: key 'path' is missing (a path)",
                "sluice.yaml:3:30: inboxes.a.after: 'archiv' is not one of archive, delete, keep; did you mean "
                    + "'archive'?",
                "sluice.yaml:3:46: inboxes.a.ignore: '*.bak' is not a list of patterns ([\"*.bak\"])",
            ]),
        FaultCase(
            "patterns that are none",
            """
            version: 1
            inboxes:
              a: { path: a, pipeline: web, ignore: ["*.bak", "[a", "/", "a//b", "!#recycle"] }
            """,
            [
                "sluice.yaml:3:50: inboxes.a.ignore[1]: '[a' has a '[' without its ']'; write '\\[' for the bracket itself",
                "sluice.yaml:3:56: inboxes.a.ignore[2]: '/' names nothing",
                "sluice.yaml:3:61: inboxes.a.ignore[3]: 'a//b' has two slashes in a row, which no path has",
            ]),
        FaultCase(
            "sub-folders",
            """
            version: 1
            inboxes:
              a: { path: a, pipeline: web, outbox: ../x }
              b: { path: b, pipeline: web, outbox: same }
              c: { path: c, pipeline: web, outbox: same }
            """,
            [
                "sluice.yaml:3:40: inboxes.a.outbox: '../x' is not a sub-folder; write it as 'photos' or 'photos/2024'"
            ]),
        FaultCase(
            "a sub-folder that is another's",
            """
            version: 1
            inboxes:
              b: { path: b, pipeline: web, outbox: same }
              c: { path: c, pipeline: web, outbox: same }
            """,
            [
                "sluice.yaml:4:14: inboxes.c.outbox: 'same' is already used by inbox 'b'"
            ]),
        FaultCase(
            "the journal in an inbox",
            """
            version: 1
            root: /srv
            inbox: in
            pipeline: web
            journal: in/journal.sqlite
            scan-every: 10s
            """,
            [
                "sluice.yaml:5:10: journal: /srv/in/journal.sqlite is inside the inbox (/srv/in), whose files "
                    + "are treated as sources",
                "sluice.yaml:6:1: scan-every: unknown key; valid keys: version, root, inboxes, inbox, "
                    + "pipeline, outbox, archive, quarantine, staging, journal, memory, spill, workers, attempts, drain, history, "
                    + "models, http",
            ]),
        FaultCase(
            "a status page for the world",
            """
            version: 1
            inbox: in
            pipeline: web
            http: { listen: "0.0.0.0:8099" }
            """,
            [
                "sluice.yaml:4:17: http.listen: 0.0.0.0:8099 is reachable from other machines; also set "
                    + "token-file, or listen on 127.0.0.1"
            ]),
        FaultCase(
            "a page at no address",
            """
            version: 1
            inbox: in
            pipeline: web
            http: { listen: 8099, tokenfile: x }
            """,
            [
                "sluice.yaml:4:17: http.listen: '8099' is not an address and a port (127.0.0.1:8099, [::1]:8099, "
                    + "localhost:8099) or a socket's path (/run/sluice/http, unix:http.sock); write 127.0.0.1:8099",
                "sluice.yaml:4:23: http.tokenfile: unknown key; did you mean 'token-file'?",
            ]),
        FaultCase(
            "a pipeline given as configuration",
            """
            version: 1
            renditions:
              a: { format: png }
            """,
            [
                "sluice.yaml:1:1: needs 'inboxes', or 'inbox' and 'pipeline'",
                "sluice.yaml:2:1: renditions: unknown key; valid keys: version, root, inboxes, inbox, "
                    + "pipeline, outbox, archive, quarantine, staging, journal, memory, spill, workers, attempts, drain, history, "
                    + "models, http",
            ]),
    ]
}
