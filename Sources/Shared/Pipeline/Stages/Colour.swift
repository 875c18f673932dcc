import Schema

/// Brings the picture's colours into a profile.
package struct Colour: Codable, Sendable, Equatable {
    package enum Profile: String, Codable, Sendable, CaseIterable {
        /// Convert to sRGB (grey stays grey); what browsers expect.
        case srgb
        /// Convert to Display P3, embedding the profile.
        case p3
        /// Leave the picture in its own profile.
        case keep
    }
    package enum Intent: String, Codable, Sendable, CaseIterable {
        case perceptual, relative, saturation, absolute
    }
    package var profile: Profile = .srgb
    package var intent: Intent = .relative

    package init() {}
}

extension StageDeclaration {
    static let colour = StageDeclaration(
        "colour", or: ["color"], "Brings the picture's colours into a profile.",
        Shape.object(
            "a map of profile and intent", initial: Colour(),
            keys: [
                Key("profile", \.profile, .word, "srgb is what browsers expect; keep leaves the picture's own."),
                Key("intent", \.intent, .word, "How colours outside the profile are brought into it."),
            ]
        ).orScalar(
            Shape<Colour.Profile>.word.map { profile in
                var colour = Colour()
                colour.profile = profile
                return colour
            }
        ).map(Stage.colour), bare: .colour(Colour()))
}
