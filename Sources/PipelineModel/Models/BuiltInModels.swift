extension ModelDescription {
    /// A model that comes with Sluice; nil where there is none of that name.
    static func builtIn(_ name: String) -> ModelDescription? { nil }

    /// The linear classifier of the built-in model with this digest: the file's bytes.
    package static func builtInClassifier(digest: String) -> [UInt8]? { nil }
}
