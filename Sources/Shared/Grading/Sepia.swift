package import Schema

/// Brown tones of one colour, as on old prints; those of the CSS filter of the same name.
package struct Sepia: Codable, Sendable, Equatable {
    /// 0…1: how much of the picture's own colours is replaced.
    package var amount: Double = 1

    package init() {}
}

extension Sepia {
    /// Red, green and blue to the toned ones, by rows.
    package var toning: [Double] {
        let toned = [0.393, 0.769, 0.189, 0.349, 0.686, 0.168, 0.272, 0.534, 0.131]
        return toned.enumerated().map { $1 * amount + ($0 / 3 == $0 % 3 ? 1 - amount : 0) }
    }

    package static let shape = Shape<Sepia>.object(
        "a map of amount", initial: Sepia(),
        keys: [Key("amount", \.amount, strength, "How much of the picture's own colours to replace, from 0 to 1.")]
    ).orScalar(
        strength.map { amount in
            var sepia = Sepia()
            sepia.amount = amount
            return sepia
        })

    private static let strength = Shape<Double>.number(0...1)
}
