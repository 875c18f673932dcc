/// Bad stages for tones and colours.
extension FaultCase {
    static let grading: [FaultCase] = [
        FaultCase(
            "tones that are none",
            """
            version: 1
            stages:
              - adjust
              - adjust: {}
              - adjust: 0.5
              - adjust: { exposure: 6, contrast: 20%, saturatoin: 10, gamma: 0 }
              - adjust: { temperature: 5500 }
              - sepia: 2
              - sepia: { ammount: 1 }
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:5: stages[0]: 'adjust' needs parameters, as in 'adjust: { exposure: 0.5 }'",
                "web.yaml:4:13: stages[1].adjust: adjusts nothing; needs at least one of exposure, contrast, saturation, "
                    + "gamma, temperature, tint",
                "web.yaml:5:13: stages[2].adjust: '0.5' is not a map of exposure, contrast, saturation, gamma, temperature "
                    + "and tint",
                "web.yaml:6:25: stages[3].adjust.exposure: '6' is not a number from -5 to 5",
                "web.yaml:6:38: stages[3].adjust.contrast: '20%' is not a number from -100 to 100",
                "web.yaml:6:43: stages[3].adjust.saturatoin: unknown key; did you mean 'saturation'?",
                "web.yaml:6:66: stages[3].adjust.gamma: '0' is not a number from 0.1 to 10",
                "web.yaml:7:28: stages[4].adjust.temperature: '5500' is not a number from -100 to 100",
                "web.yaml:8:12: stages[5].sepia: '2' is not a number from 0 to 1",
                "web.yaml:9:14: stages[6].sepia.ammount: unknown key; did you mean 'amount'?",
            ]),
        FaultCase(
            "levels that are none",
            """
            version: 1
            stages:
              - levels: automatic
              - levels: [10]
              - levels: [200, 20]
              - levels: [10, 20, 30]
              - levels: {}
              - levels: { clip: 1 }
              - levels: { auto: true, black: 5 }
              - levels: { auto: false, clip: 1 }
              - levels: { black: 90, white: 90 }
              - levels: { white: 300 }
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:13: stages[0].levels: 'automatic' is not 'auto'; or write [black, white, gamma]",
                "web.yaml:4:13: stages[1].levels: expected [black, white] or [black, white, gamma], not 1 numbers",
                "web.yaml:5:13: stages[2].levels: white has to be more than black",
                "web.yaml:6:13: stages[3].levels: gamma has to be from 0.1 to 10",
                "web.yaml:7:13: stages[4].levels: changes nothing; needs auto: true, black, white or gamma",
                "web.yaml:8:13: stages[5].levels: changes nothing; needs auto: true, black, white or gamma",
                "web.yaml:8:15: stages[5].levels.clip: is for auto: true only",
                "web.yaml:9:27: stages[6].levels.black: cannot be combined with auto: true; remove one or the other",
                "web.yaml:10:28: stages[7].levels.clip: is for auto: true only",
                "web.yaml:11:33: stages[8].levels.white: white has to be more than black",
                "web.yaml:12:22: stages[9].levels.white: '300' is not a number from 0 to 255",
            ]),
    ]
}

/// Bad stages for what is put around a picture.
extension FaultCase {
    static let frames: [FaultCase] = [
        FaultCase(
            "frames that are none",
            """
            version: 1
            stages:
              - pad: 1:30
              - pad: 1080
              - pad: { ratio: 4x5 }
              - pad: { ratio: 4:5, width: 100 }
              - pad: { background: white }
              - pad: { raito: 4:5 }
              - border
              - border: 20px
              - border: { colour: red }
              - border: { width: 101%, color: white }
              - rounded: 60%
              - rounded: { radius: 0 }
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:10: stages[0].pad: '1:30' is not a ratio (4:5) or a size (1080x1350)",
                "web.yaml:4:10: stages[1].pad: '1080' is not a ratio (4:5) or a size (1080x1350)",
                "web.yaml:5:19: stages[2].pad.ratio: '4x5' is not a ratio of width to height (4:5, 1.91:1, 0.8) from 1:20 to "
                    + "20:1",
                "web.yaml:6:12: stages[3].pad.ratio: cannot be combined with width and height; remove one or the other",
                "web.yaml:7:10: stages[4].pad: needs a ratio, a width or a height",
                "web.yaml:8:12: stages[5].pad.raito: unknown key; did you mean 'ratio'?",
                "web.yaml:9:5: stages[6]: 'border' needs parameters, as in 'border: 20'",
                "web.yaml:10:13: stages[7].border: '20px' is not a length (24 for pixels, 5% of the shorter side) up to "
                    + "10000 or 100%; pixels are written without px",
                "web.yaml:11:13: stages[8].border: key 'width' is missing (a length (24 for pixels, 5% of the shorter side) "
                    + "up to 10000 or 100%)",
                "web.yaml:11:23: stages[8].border.colour: 'red' is not a colour (white, black, transparent, \"#rrggbb\", "
                    + "\"#rrggbbaa\", [r, g, b])",
                "web.yaml:12:22: stages[9].border.width: '101%' is not a length (24 for pixels, 5% of the shorter side) up "
                    + "to 10000 or 100%",
                "web.yaml:13:14: stages[10].rounded: '60%' is not a length (24 for pixels, 5% of the shorter side) up to "
                    + "100000 or 50%",
                "web.yaml:14:24: stages[11].rounded.radius: '0' is not a length (24 for pixels, 5% of the shorter side) up "
                    + "to 100000 or 50%",
            ])
    ]
}
