/// Bad conditions and routes.
extension FaultCase {
    static let conditions: [FaultCase] = [
        FaultCase(
            "a condition that has no sense, at the very word",
            """
            version: 1
            stages:
              - blur: { when: width > 'large', sigma: 2 }
              - grayscale: { when: "widht > 100 and format == 'jpg'" }
              - sharpen: { when: 'name contains ''x'' and exif.isso > 100', sigma: 1 }
              - trim: { when: "name == \\"a\\" and bytes" }
            renditions:
              a: { format: png, when: height }
            """,
            [
                "web.yaml:3:25: stages[0].blur.when: cannot compare a number with a text",
                "web.yaml:4:25: stages[1].grayscale.when: unknown name 'widht'; did you mean 'width'?",
                "web.yaml:4:51: stages[1].grayscale.when: 'jpg' is not a format; did you mean 'jpeg'?",
                "web.yaml:5:47: stages[2].sharpen.when: unknown name 'exif.isso'; did you mean 'exif.iso'?",
                "web.yaml:6:38: stages[3].trim.when: what follows 'and' must be true or false, but this is a number; "
                    + "compare it, as in 'width > 1000'",
                "web.yaml:8:27: renditions.a.when: the condition must be true or false, but this is a number; "
                    + "compare it, as in 'width > 1000'",
            ]),
        FaultCase(
            "conditions that cannot be read",
            """
            version: 1
            stages:
              - blur: { when: width > , sigma: 2 }
              - blur: { when: "width = 3 && height = 4", sigma: 2 }
              - blur: { when: "(width > 3", sigma: 2 }
              - blur: { when: "name == 'a", sigma: 2 }
              - blur: { when: 1 < width < 3, sigma: 2 }
              - blur: { when: [width > 3], sigma: 2 }
              - blur: { when: "", sigma: 2 }
              - blur: { when: width > 3 height, sigma: 2 }
              - blur: { when: width > 3 and $x, sigma: 2 }
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:26: stages[0].blur.when: expected a name or a value, found the end of the condition",
                "web.yaml:4:26: stages[1].blur.when: '=' is not supported; write '=='",
                "web.yaml:5:30: stages[2].blur.when: expected ')', found the end of the condition",
                "web.yaml:6:28: stages[3].blur.when: the text that starts here is not closed; end it with '",
                "web.yaml:7:29: stages[4].blur.when: two comparisons in a row; join them with 'and'",
                "web.yaml:8:19: stages[5].blur.when: expected a condition (label == 'document', width > 2000), not a list",
                "web.yaml:9:19: stages[6].blur.when: '' is not a condition (label == 'document', width > 2000)",
                "web.yaml:10:29: stages[7].blur.when: expected 'and', 'or' or the end, found 'height'",
                "web.yaml:11:33: stages[8].blur.when: '$' is not valid in a condition; put text in quotes: '…'",
            ]),
        FaultCase(
            "a condition over several lines: the fault is at its start",
            """
            version: 1
            stages:
              - blur:
                  when: >
                    width > 3 and
                    heigth > 4
                  sigma: 2
            renditions:
              a: { format: png }
            """,
            ["web.yaml:4:13: stages[0].blur.when: unknown name 'heigth'; did you mean 'height'?"]),
        FaultCase(
            "labels where nothing classifies",
            """
            version: 1
            stages:
              - blur: { when: "label == 'document'", sigma: 2 }
            renditions:
              a: { format: png, when: "width > 3 and kind.score > 0.5" }
            output: { route: "{label}/{kind.label}" }
            """,
            [
                "web.yaml:3:20: stages[0].blur.when: 'label' needs an earlier classify stage",
                "web.yaml:5:42: renditions.a.when: 'score' needs an earlier classify stage",
                "web.yaml:6:18: output.route: '{label}' needs a classify stage in the pipeline",
                "web.yaml:6:18: output.route: '{kind.label}' needs a classify stage in the pipeline",
            ]),
        FaultCase(
            "slips in the key",
            """
            version: 1
            stages:
              - blur: { whem: width > 3, sigma: 2 }
              - grayscale: { when: true, amount: 3 }
              - autorotate: { amount: 3 }
              - resize: { when: width > 3 }
            renditions:
              a: { format: png, whn: width > 3 }
            """,
            [
                "web.yaml:3:13: stages[0].blur.whem: unknown key; did you mean 'when'?",
                "web.yaml:4:30: stages[1].grayscale.amount: unknown key; 'grayscale' takes 'when' only",
                "web.yaml:5:17: stages[2].autorotate: takes no parameters; write '- autorotate'",
                "web.yaml:6:13: stages[3].resize: needs a width or a height",
                "web.yaml:8:21: renditions.a.whn: unknown key; did you mean 'when'?",
            ]),
        FaultCase(
            "routes that lead nowhere",
            """
            version: 1
            renditions:
              a: { format: png }
            output: { route: "/srv/../{yaer}/.x/{ISO}//{" }
            """,
            [
                "web.yaml:4:18: output.route: starts with '/'; a route is a folder below the outbox, as in '{label}'",
                "web.yaml:4:18: output.route: '{' and '}' must come in pairs around a placeholder",
            ]),
        FaultCase(
            "routes out of the outbox",
            """
            version: 1
            renditions:
              a: { format: png }
            output: { route: "x/../{yaer}/.x/{ISO}/" }
            """,
            [
                "web.yaml:4:18: output.route: '..' leads out of the outbox",
                "web.yaml:4:18: output.route: a folder whose name starts with '.' is hidden; start with something else",
                "web.yaml:4:18: output.route: an empty folder name (two '/', or one at the end)",
                "web.yaml:4:18: output.route: unknown placeholder '{yaer}'; did you mean '{year}'?",
                "web.yaml:4:18: output.route: unknown placeholder '{ISO}'; available: {label} {format} {year} {month} "
                    + "{day} {make} {model} {NAME.label}",
            ]),
        FaultCase(
            "more conditions than memory can be set aside for",
            "version: 1\nrenditions: { a: { format: png } }\nstages:\n"
                + (1...9).map { "  - blur: { sigma: 2, when: sigma > \($0) }\n" }.joined(),
            [
                "web.yaml:1:1: has 9 different conditions; the maximum is 8, because memory is reserved for every "
                    + "combination"
            ]),
        FaultCase(
            "neither renditions nor anything that classifies",
            """
            version: 1
            stages: [autorotate]
            renditions: {}
            """,
            ["web.yaml:3:13: renditions: is empty; expected a map of renditions (name: { format: webp })"]),
    ]
}
