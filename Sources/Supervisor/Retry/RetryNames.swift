import Glibc
import LinuxIO
import Text

/// Finds what the user means by a FILE: a path of the quarantine or of the inbox, absolute or not, as bytes or as
/// messages write it (`\xNN`); a folder stands for all that is in it.
struct RetryNames {
    /// One selectable file, with all its names.
    struct Named {
        /// In order of precedence.
        var absolute: [[UInt8]] = []
        var relative: [[UInt8]] = []
    }

    private let named: [Named]
    private var exact: [[UInt8]: [Int]] = [:]

    init(_ named: [Named]) {
        self.named = named
        for (index, name) in named.enumerated() {
            for path in name.absolute + name.relative { exact[path, default: []].append(index) }
        }
    }

    /// Indices, in order; empty if nothing matches.
    func find(_ file: [UInt8]) -> [Int] {
        var forms: [[UInt8]] = []
        for bytes in [file, unescaped(String(decoding: file, as: UTF8.self))] {
            let plain = trimmed(bytes)
            forms += [absolute(plain), plain].filter { !$0.isEmpty && !forms.contains($0) }
        }
        for form in forms {
            if let found = exact[form] {
                // A name in the quarantine is one file; sources of one path may have failed several times.
                let best = found.filter { named[$0].absolute.first == form || named[$0].relative.first == form }
                return best.isEmpty ? found : best
            }
        }
        for form in forms {
            let folder = form + [slash]
            let below = named.indices.filter { index in
                (named[index].absolute + named[index].relative).contains { $0.starts(with: folder) }
            }
            if !below.isEmpty { return below }
        }
        return []
    }
}

private let slash = UInt8(ascii: "/")

/// Without `./` at its front and slashes at its end.
private func trimmed(_ path: [UInt8]) -> [UInt8] {
    var rest = path[...]
    while rest.starts(with: "./".utf8) { rest = rest.dropFirst(2) }
    while rest.count > 1, rest.last == slash { rest = rest.dropLast() }
    return Array(rest)
}

/// Absolute; links are resolved as far as the directories on the way exist, the last component is taken as it is.
private func absolute(_ path: [UInt8]) -> [UInt8] {
    guard let cut = path.lastIndex(of: slash) else { return joined(resolved(Array(".".utf8)) ?? [slash], path) }
    let parent = cut == 0 ? [slash] : Array(path[..<cut])
    let name = Array(path[(cut + 1)...])
    if [".", ".."].contains(where: { name.elementsEqual($0.utf8) }) { return resolved(path) ?? path }
    return joined(resolved(parent) ?? absolute(parent), name)
}
