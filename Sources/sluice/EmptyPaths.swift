import ArgumentParser

/// An empty path is a variable of a script that was never set: nothing good can come of it.
/// - Parameter paths: by what they are called.
func refuseEmpty(_ paths: [String: String?]) throws {
    for (name, path) in paths.sorted(by: { $0.key < $1.key }) where path?.isEmpty == true {
        throw ValidationError("\(name) is empty: is a variable not set?")
    }
}
