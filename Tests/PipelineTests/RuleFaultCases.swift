/// Bad limits, names and metadata, and rules across keys.
extension FaultCase {
    static let rules: [FaultCase] = [
        FaultCase(
            "limits that are none",
            """
            version: 1
            limits: { pixels: lots, bytes: 2 gigs, time: 10, pages: 0, damage: eror }
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:2:19: limits.pixels: 'lots' is not a number of pixels (500k, 100M, 2G)",
                "web.yaml:2:32: limits.bytes: '2 gigs' is not a size in bytes (64MiB, 2G, 512K, 1048576)",
                "web.yaml:2:46: limits.time: '10' is not a time from 1s on (500ms, 2s, 10m, 1h30m); add the "
                    + "unit, as in 10s",
                "web.yaml:2:57: limits.pages: '0' is not a whole number from 1 to 1000000",
                "web.yaml:2:68: limits.damage: 'eror' is not one of none, truncated, error, warning; did you "
                    + "mean 'error'?",
            ]),
        FaultCase(
            "a template with faults",
            """
            version: 1
            renditions:
              a: { format: png }
            output: { name: "../{stm}.{rendition}" }
            """,
            [
                "web.yaml:4:17: output.name: a file name cannot contain '/'; sub-folders mirror the inbox",
                "web.yaml:4:17: output.name: a name that starts with '.' is hidden; start with something else",
                "web.yaml:4:17: output.name: '..' is not allowed in a name",
                "web.yaml:4:17: output.name: unknown placeholder '{stm}'; did you mean '{stem}'?",
            ]),
        FaultCase(
            "a template that gives all renditions one name",
            """
            version: 1
            renditions:
              a: { format: png }
              b: { format: jpeg }
            output: { name: "{stem}.{ext}" }
            """,
            [
                "web.yaml:5:17: output.name: needs {rendition}, as there are 2 renditions"
            ]),
        FaultCase(
            "a template that gives all sources one name",
            """
            version: 1
            renditions:
              a: { format: png }
            output: { name: "{rendition}.{ext}" }
            """,
            [
                "web.yaml:4:17: output.name: needs {stem}, {name} or {counter}: otherwise all sources would get the same name"
            ]),
        FaultCase(
            "a date that is none, a number of digits that is none, and words of routes",
            """
            version: 1
            renditions:
              a: { format: png }
            output: { name: "{date:%Q}-{counter:x}-{year}-{stem}.{ext}" }
            """,
            [
                "web.yaml:4:17: output.name: '%Q' in '{date:%Q}' is unknown; available: %Y %y %m %d %H %M %S %j %G %V %u %b %B %a "
                    + "%A %F %%",
                "web.yaml:4:17: output.name: '{counter:x}' needs a number of digits from 1 to 9, as in {counter:4}",
                "web.yaml:4:17: output.name: unknown placeholder '{year}'; write {date:%Y}",
            ]),
        FaultCase(
            "labels of no model in a name",
            """
            version: 1
            renditions:
              a: { format: png }
            output: { name: "{label}-{stem}.{ext}" }
            """,
            ["web.yaml:4:17: output.name: '{label}' needs a classify stage in the pipeline"]),
        FaultCase(
            "a folder in a date",
            """
            version: 1
            renditions:
              a: { format: png }
            output: { name: "{date:%Y/%m}-{stem}.{ext}" }
            """,
            ["web.yaml:4:17: output.name: a file name cannot contain '/'; sub-folders mirror the inbox"]),
        FaultCase(
            "an open brace",
            """
            version: 1
            renditions:
              a: { format: png }
            output: { name: "{stem.{ext}" }
            """,
            [
                "web.yaml:4:17: output.name: '{' and '}' must come in pairs around a placeholder"
            ]),
        FaultCase(
            "metadata that is none",
            """
            version: 1
            renditions:
              a: { format: png }
            metadata: { keep: [icc, copyrigth], drop: exf }
            """,
            [
                "web.yaml:4:25: metadata.keep[1]: 'copyrigth' is not one of all, exif, xmp, iptc, icc, "
                    + "copyright, gps; did you mean 'copyright'?",
                "web.yaml:4:43: metadata.drop: 'exf' is not one of all, exif, xmp, iptc, icc, copyright, gps; "
                    + "did you mean 'exif'?",
            ]),
        FaultCase(
            "sidecars that are told to nobody, and nowhere",
            """
            version: 1
            renditions:
              a: { format: png }
            sidecar: { exif: some, were: beside }
            """,
            [
                "web.yaml:4:18: sidecar.exif: 'some' is not one of all, as-pictures, none",
                "web.yaml:4:24: sidecar.were: unknown key; did you mean 'where'?",
            ]),
        FaultCase(
            "EXIF data in sidecars that are not published",
            """
            version: 1
            renditions:
              a: { format: png }
            sidecar: { exif: all, where: none }
            """,
            [
                "web.yaml:4:18: sidecar.exif: has no effect with where: none, which publishes no sidecars; name a folder "
                    + "instead of none"
            ]),
        FaultCase(
            "sidecars outside of the outbox",
            """
            version: 1
            renditions:
              a: { format: png }
            sidecar: { where: ../told }
            """,
            ["web.yaml:4:19: sidecar.where: '..' leads out of the outbox"]),
        FaultCase(
            "sidecars in an absolute folder",
            """
            version: 1
            renditions:
              a: { format: png }
            sidecar: { where: /srv/told }
            """,
            [
                "web.yaml:4:19: sidecar.where: starts with '/'; expected a folder below the outbox, as in 'sidecars' (to keep "
                    + "them out of what is served, serve a folder of the outbox: output.route)"
            ]),
        FaultCase(
            "sidecars in Sluice's own folder",
            """
            version: 1
            renditions:
              a: { format: png }
            sidecar: { where: .sluice/told }
            """,
            ["web.yaml:4:19: sidecar.where: is Sluice's own; choose another name, or none"]),
        FaultCase(
            "accepted formats",
            """
            version: 1
            accept: [jpeg, jpgg, svg]
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:2:16: accept[1]: 'jpgg' is not one of jpeg, png, webp, tiff, gif, heif, avif, jxl, raw, bmp, pnm; did "
                    + "you "
                    + "mean 'jpeg'?",
                "web.yaml:2:22: accept[2]: 'svg' is not one of jpeg, png, webp, tiff, gif, heif, avif, jxl, raw, bmp, pnm",
            ]),
        FaultCase(
            "a key given twice, and a fault elsewhere",
            """
            version: 1
            renditions:
              a: { format: png, format: jpeg }
              b: { format: webp, quality: 0 }
            version: 1
            """,
            [
                "web.yaml:3:21: renditions.a.format: given twice; first on line 3",
                "web.yaml:4:31: renditions.b.quality: '0' is not a whole number from 1 to 100",
                "web.yaml:5:1: version: given twice; first on line 1",
            ]),
        FaultCase(
            "two spellings of a key",
            """
            version: 1
            renditions:
              a: { format: jpeg, progressive: true, interlace: true }
            """,
            [
                "web.yaml:3:41: renditions.a.interlace: another spelling of 'progressive', given on line 3"
            ]),
        FaultCase(
            "an option that has no effect",
            """
            version: 1
            renditions:
              a: { format: png, quality: 80 }
              b: { format: tiff, quality: 80 }
            """,
            [
                "web.yaml:3:21: renditions.a.quality: has no effect in png without palette: true",
                "web.yaml:4:22: renditions.b.quality: has no effect in tiff without compression: jpeg",
            ]),
        FaultCase(
            "a watermark that is missing",
            """
            version: 1
            stages:
              - watermark: { picture: missing.png, opacity: 2 }
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:27: stages[0].watermark.picture: 'missing.png': no such file; looked for "
                    + "/nowhere/missing.png",
                "web.yaml:3:49: stages[0].watermark.opacity: '2' is not a number from 0 to 1",
            ]),
    ]
}
