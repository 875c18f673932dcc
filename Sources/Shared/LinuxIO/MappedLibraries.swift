/// The shared libraries that a process has loaded, with the versions that their files are named after
/// (`libexif.so.12.3.4` → `libexif`, `12.3.4`): the version of the binary interface, where the maker counts it apart.
/// - Parameter process: nil: this one. One of another user cannot be looked at: none.
package func mappedLibraries(of process: Int32? = nil) -> [String: String] {
    contents(ofSmallFile: "/proc/\(process.map(String.init) ?? "self")/maps").map(mappedLibraries(maps:)) ?? [:]
}

func mappedLibraries(maps: String) -> [String: String] {
    var found: [String: String] = [:]
    for line in maps.split(separator: "\n") {
        // Address, permissions, offset, device, inode, path.
        guard let slash = line.lastIndex(of: "/") else { continue }
        let name = line[line.index(after: slash)...]
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard let end = parts.firstIndex(of: "so"), end > 0, end + 1 < parts.count else { continue }
        let version = parts[(end + 1)...].joined(separator: ".")
        guard version.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }) else { continue }
        found[parts[..<end].joined(separator: ".")] = version
    }
    return found
}
