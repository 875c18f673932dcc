import Schema

/// Converts the picture to a colour profile.
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
        "colour", or: ["color"], "Converts the picture to a colour profile.",
        Shape.object(
            "a map of profile and intent", initial: Colour(),
            keys: [
                Key(
                    "profile", \.profile, .word, "srgb is what browsers expect; keep leaves the picture's own profile."),
                Key("intent", \.intent, .word, "Rendering intent for colours outside the profile."),
            ]
        ).orScalar(
            Shape<Colour.Profile>.word.map { profile in
                var colour = Colour()
                colour.profile = profile
                return colour
            }
        ).map(Stage.colour), bare: .colour(Colour()))
}
