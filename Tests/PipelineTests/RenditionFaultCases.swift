/// Bad keys, values and renditions.
extension FaultCase {
    static let renditions: [FaultCase] = [
        FaultCase(
            "a misspelt option",
            """
            version: 1
            renditions:
              large:
                format: webp
                qualty: 82
            """,
            [
                "web.yaml:5:5: renditions.large.qualty: unknown key; did you mean 'quality'?"
            ]),
        FaultCase(
            "a misspelt word",
            """
            version: 1
            stages:
              - autorotate
              - resize: { width: 800, fit: covr }
            renditions:
              large: { format: webp }
            """,
            [
                "web.yaml:4:32: stages[1].resize.fit: 'covr' is not one of cover, contain, fill, inside, "
                    + "outside; did you mean 'cover'?"
            ]),
        FaultCase(
            "an unknown key at the root",
            """
            version: 1
            rendtions: {}
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:2:1: rendtions: unknown key; did you mean 'renditions'?"
            ]),
        FaultCase(
            "a key far from any",
            """
            version: 1
            renditions:
              a: { format: png }
            colour-depth: 8
            """,
            [
                "web.yaml:4:1: colour-depth: unknown key; valid keys: version, description, accept, pages, motion, limits, "
                    + "stages, renditions, metadata, sidecar, output, dates, after, others, raw, pairs"
            ]),
        FaultCase(
            "a page's number where only the first is made",
            """
            version: 1
            renditions:
              a: { format: webp }
            output: { name: "{stem}-{page}.{ext}" }
            """,
            [
                "web.yaml:4:17: output.name: {page} needs 'pages: all': of the first page alone it would always be 1"
            ]),
        FaultCase(
            "camel case",
            """
            version: 1
            renditions:
              a: { format: webp, smartSubsampling: true }
            """,
            [
                "web.yaml:3:22: renditions.a.smartSubsampling: unknown key; did you mean 'smart-subsampling'?"
            ]),
        FaultCase(
            "an option of another format",
            """
            version: 1
            renditions:
              a: { format: jpeg, lossless: true }
            """,
            [
                "web.yaml:3:22: renditions.a.lossless: 'lossless' is not an option of format jpeg (but of "
                    + "webp, avif, jxl)"
            ]),
        FaultCase(
            "a quality of what loses nothing",
            """
            version: 1
            renditions:
              a: { format: jxl, lossless: true, quality: 90 }
            """,
            ["web.yaml:3:37: renditions.a.quality: has no effect in jxl with lossless: true"]),
        FaultCase(
            "numbers out of range",
            """
            version: 1
            renditions:
              a: { format: jpeg, quality: 120 }
              b: { format: webp, effort: 7 }
              c: { format: gif, dither: -0.5 }
            """,
            [
                "web.yaml:3:31: renditions.a.quality: '120' is not a whole number from 1 to 100",
                "web.yaml:4:30: renditions.b.effort: '7' is not a whole number from 0 to 6",
                "web.yaml:5:29: renditions.c.dither: '-0.5' is not a number from 0 to 1",
            ]),
        FaultCase(
            "a number in quotes",
            """
            version: 1
            renditions:
              a: { format: jpeg, quality: "80" }
            """,
            [
                "web.yaml:3:31: renditions.a.quality: '80' in quotes is text; write 80 without them"
            ]),
        FaultCase(
            "a flag in another language",
            """
            version: 1
            renditions:
              a: { format: jpeg, progressive: yes }
            """,
            [
                "web.yaml:3:35: renditions.a.progressive: 'yes' is not true or false; did you mean 'true'?"
            ]),
        FaultCase(
            "no version",
            """
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:1:1: key 'version' is missing (1, the only version there is)"
            ]),
        FaultCase(
            "a version to come",
            """
            version: 2
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:1:10: version: '2' is not 1, the only version there is"
            ]),
        FaultCase(
            "no renditions, and none inside",
            """
            version: 1
            stages: [autorotate]
            """,
            [
                "web.yaml:1:1: key 'renditions' is missing (a map of renditions (name: { format: webp }))"
            ]),
        FaultCase(
            "empty renditions",
            """
            version: 1
            renditions: {}
            """,
            [
                "web.yaml:2:13: renditions: is empty; expected a map of renditions (name: { format: webp })"
            ]),
        FaultCase(
            "a rendition without a format, with faults of its own",
            """
            version: 1
            renditions:
              a: { quality: 80, resise: 640 }
            """,
            [
                "web.yaml:3:6: renditions.a: key 'format' is missing (one of jpeg, png, webp, avif, jxl, heif, tiff, gif, original)",
                "web.yaml:3:21: renditions.a.resise: unknown key; did you mean 'resize'?",
            ]),
        FaultCase(
            "a format that is none",
            """
            version: 1
            renditions:
              a: { format: jpgg, quality: 80 }
            """,
            [
                "web.yaml:3:16: renditions.a.format: 'jpgg' is not one of jpeg, png, webp, avif, jxl, heif, tiff, gif, original; did "
                    + "you mean 'jpeg'?"
            ]),
        FaultCase(
            "a rendition's name",
            """
            version: 1
            renditions:
              Large Size: { format: png }
            """,
            [
                "web.yaml:3:3: renditions.Large Size: a name consists of a-z, 0-9, - and _, starts with a "
                    + "letter or digit, and has at most 64 characters"
            ]),
    ]
}
