extension ModelDescription {
    /// A model that comes with Sluice; nil where there is none of that name.
    static func builtIn(_ name: String) -> ModelDescription? { nil }
}
