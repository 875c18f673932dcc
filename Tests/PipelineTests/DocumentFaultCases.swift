/// Files that are hardly YAML, and one with many faults.
extension FaultCase {
    static let documents: [FaultCase] = [
        FaultCase(
            "an empty file",
            """

            """,
            [
                "web.yaml:1:1: the file is empty; it must start with 'version: 1'"
            ]),
        FaultCase(
            "only a comment",
            """
            # nothing
            """,
            [
                "web.yaml:1:1: the file is empty; it must start with 'version: 1'"
            ]),
        FaultCase(
            "text",
            """
            just text
            """,
            [
                "web.yaml:1:1: 'just text' is not a map that starts with 'version: 1'"
            ]),
        FaultCase(
            "a value that is missing",
            """
            version: 1
            renditions:
              a:
              b: { format: }
            after:
            """,
            [
                "web.yaml:3:5: renditions.a: has no value; expected a map with a format",
                "web.yaml:4:16: renditions.b.format: has no value; expected one of jpeg, png, webp, avif, jxl, heif, tiff, gif, original",
                "web.yaml:5:7: after: has no value; expected one of archive, delete, keep",
            ]),
        FaultCase(
            "two documents",
            """
            version: 1
            ---
            version: 1
            """,
            [
                "web.yaml:2:1: a second document starts here; a file holds only one"
            ]),
        FaultCase(
            "YAML that does not parse",
            """
            version: 1
            renditions: { a: { format: png }
            after: keep
            """,
            [
                "web.yaml:3:1: not YAML: did not find expected ',' or '}'"
            ]),
        FaultCase(
            "a tab",
            """
            version: 1
            renditions:
            \ta: { format: png }
            """,
            [
                "web.yaml:3:1: not YAML: found character that cannot start any token"
            ]),
        FaultCase(
            "an alias to nothing",
            """
            version: 1
            renditions:
              a: *missing
            """,
            [
                "web.yaml:3:6: not YAML: found undefined alias"
            ]),
        FaultCase(
            "a bomb of aliases",
            """
            version: 1
            a: &a [x, x, x, x, x, x, x, x, x, x]
            b: &b [*a, *a, *a, *a, *a, *a]
            c: &c [*b, *b, *b, *b, *b, *b]
            d: &d [*c, *c, *c, *c, *c, *c]
            e: [*d, *d, *d, *d, *d, *d]
            """,
            [
                "web.yaml:1:1: more than 20 aliases (*name); write the values out"
            ]),
        FaultCase(
            "aliases that multiply",
            """
            version: 1
            a: &a [x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x]
            b: &b [*a, *a, *a, *a, *a]
            c: &c [*b, *b, *b, *b, *b]
            d: &d [*c, *c, *c, *c, *c]
            e: &e [*d, *d, *d, *d, *d]
            """,
            [
                "web.yaml:2:92: more than 20000 values, counting expanded aliases"
            ]),
        FaultCase(
            "a list as a key",
            """
            version: 1
            ? [a, b]
            : c
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:2:3: a key is text, not a list or a map"
            ]),
        FaultCase(
            "a control character",
            """
            version: 1
            after: \u{1}
            """,
            [
                "web.yaml:2:8: not YAML: control characters are not allowed"
            ]),
        FaultCase(
            "everything at once",
            """
            version: 1
            acept: [jpeg]
            limits: { time: 10 }
            stages:
              - autorotat
              - resize: { widht: 800 }
            renditions:
              large: { format: webp, qualty: 82, compression: 3 }
              thumb: { format: jpeg, quality: 101 }
            metadata: { keep: [icc, gsp] }
            after: archieve
            """,
            [
                "web.yaml:2:1: acept: unknown key; did you mean 'accept'?",
                "web.yaml:3:17: limits.time: '10' is not a time from 1s on (500ms, 2s, 10m, 1h30m); add the "
                    + "unit, as in 10s",
                "web.yaml:5:5: stages[0]: 'autorotat' is not a stage; did you mean 'autorotate'?",
                "web.yaml:6:15: stages[1].resize.widht: unknown key; did you mean 'width'?",
                "web.yaml:8:26: renditions.large.qualty: unknown key; did you mean 'quality'?",
                "web.yaml:8:38: renditions.large.compression: 'compression' is not an option of format webp (but "
                    + "of png, tiff)",
                "web.yaml:9:35: renditions.thumb.quality: '101' is not a whole number from 1 to 100",
                "web.yaml:10:25: metadata.keep[1]: 'gsp' is not one of all, exif, xmp, iptc, icc, copyright, "
                    + "gps; did you mean 'gps'?",
                "web.yaml:11:8: after: 'archieve' is not one of archive, delete, keep; did you mean 'archive'?",
            ]),
    ]
}
