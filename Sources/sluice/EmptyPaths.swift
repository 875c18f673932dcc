import ArgumentParser

/// An empty path is probably an unset script variable: refuse it.
/// - Parameter paths: by display name.
func refuseEmpty(_ paths: [String: String?]) throws {
    for (name, path) in paths.sorted(by: { $0.key < $1.key }) where path?.isEmpty == true {
        throw ValidationError("\(name) is empty: is a variable not set?")
    }
}
