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
