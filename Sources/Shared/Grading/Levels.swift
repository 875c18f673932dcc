package import Schema

/// What becomes black and white, and how bright the middle is.
package struct Levels: Codable, Sendable, Equatable {
    /// On the 8-bit scale, 0…255; `white` is more than `black`. Not used where `clip` says it.
    package var black: Double = 0
    package var white: Double = 255
    /// 0.1…10: more than 1 makes the middle brighter.
    package var gamma: Double = 1
    /// Percent of a picture's numbers that become black, and as many white, 0…25; nil where black and white are given.
    package var clip: Double?

    package init(black: Double = 0, white: Double = 255, gamma: Double = 1, clip: Double? = nil) {
        self.black = black
        self.white = white
        self.gamma = gamma
        self.clip = clip
    }

    /// Whether the picture has to be looked at before the first pixel is done.
    package var looksAtPicture: Bool { clip != nil }

    /// Black and white from each picture.
    package static let auto = Levels(clip: 0.5)
}

extension Levels {
    private static let scale = Shape<Double>.number(0...255)

    package static let shape = Shape<Written>.object(
        "a map of auto, or of black, white and gamma", initial: Written(),
        keys: [
            Key("auto", \.auto, .flag, "Whether to find black and white in each picture."),
            Key(
                "clip", \.clip, .number(0...25),
                "With auto: percent of the picture's values that become black, and as many white."),
            Key(
                "black", \.levels.black, scale,
                "The value that becomes black, on the 8-bit scale whatever the picture has."),
            Key("white", \.levels.white, scale, "The value that becomes white."),
            Key(
                "gamma", \.levels.gamma, .number(0.1...10),
                "Gamma of what lies between: above 1 brightens the midtones."),
        ],
        check: { written, members, reading in
            if !["auto", "black", "white", "gamma"].contains(where: members.isMeant) {
                reading.fault(members.place, "changes nothing; needs auto: true, black, white or gamma")
            }
            guard members.areSound("auto", "black", "white") else { return }
            if members.has("clip"), !written.auto {
                reading.fault(members.keyPlace(of: "clip"), at: "clip", "is for auto: true only")
            }
            for key in ["black", "white"] where members.has(key) && written.auto {
                reading.fault(
                    members.keyPlace(of: key), at: key, "cannot be combined with auto: true; remove one or the other")
            }
            if written.levels.black >= written.levels.white {
                let key = members.has("white") ? "white" : "black"
                reading.fault(members.place(of: key), at: key, "white has to be more than black")
            }
        }
    ).map(\.complete).orList(list).orScalar(word)

    /// The stage as it is written.
    package struct Written: Sendable {
        fileprivate var levels = Levels()
        fileprivate var auto = false
        fileprivate var clip = 0.5

        fileprivate var complete: Levels {
            Levels(black: levels.black, white: levels.white, gamma: levels.gamma, clip: auto ? clip : nil)
        }
    }

    private static let word = Shape<Levels>.words([(["auto"], .auto)], hint: "or write [black, white, gamma]")

    private static let list = Shape<[Double]>.list(of: scale, called: "[black, white, gamma]").map {
        numbers, node, reading -> Levels? in
        guard (2...3).contains(numbers.count) else {
            reading.fault(node.place, "expected [black, white] or [black, white, gamma], not \(numbers.count) numbers")
            return nil
        }
        let gamma = numbers.count == 3 ? numbers[2] : 1
        guard numbers[0] < numbers[1], (0.1...10).contains(gamma) else {
            let fault = numbers[0] < numbers[1] ? "gamma has to be from 0.1 to 10" : "white has to be more than black"
            reading.fault(node.place, fault)
            return nil
        }
        return Levels(black: numbers[0], white: numbers[1], gamma: gamma)
    }
}
