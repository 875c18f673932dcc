import Glibc

// Temporary names for files: hidden, ignored by inboxes, and recognisable, so that what a
// crash has left under them can be brought back.

/// `.NAME.sluice-RANDOM`, at most 255 bytes.
package func temporaryName(for name: [UInt8]) -> [UInt8] { temporaryName(for: name, mark: uniqueRandomHex(8)) }

/// `.NAME.sluice-MARK`, for a mark of 16 hex digits.
package func temporaryName(for name: [UInt8], mark: String) -> [UInt8] {
    let ending = infix + Array(mark.utf8)
    return [dot] + name.prefix(longestName - 1 - ending.count) + ending
}

/// The name that a temporary name was made for (the beginning of one of more than 230 bytes); nil where it is none.
package func nameBehind(temporary: [UInt8]) -> [UInt8]? {
    let rest = temporary.dropLast(markLength)
    guard temporary.first == dot, rest.count > infix.count + 1, rest.suffix(infix.count).elementsEqual(infix),
        temporary.suffix(markLength).allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else { return nil }
    return Array(rest.dropFirst().dropLast(infix.count))
}

/// `IMG.JPG`, 3 → `IMG~3.JPG`; the first is the name itself. What would be longer than a name may be is cut before the
/// number.
package func numberedName(_ name: [UInt8], _ attempt: Int) -> [UInt8] {
    if attempt == 1 { return name }
    let start = name.lastIndex(of: dot).flatMap { $0 > 0 ? $0 : nil } ?? name.endIndex
    let number = Array("~\(attempt)".utf8)
    // An "extension" that leaves no room is none.
    let ending = name.count - start + number.count < longestName ? number + name[start...] : number
    let stem = ending.count == number.count ? name[...] : name[..<start]
    return stem.prefix(longestName - ending.count) + ending
}

/// Gives a file with a temporary name its own name in `parent`; where another has come meanwhile, `NAME~2`,
/// `NAME~3`, … . Returns the name that it has now. Throws SystemCallError.
@discardableResult
package func putBack(
    _ temporary: [UInt8], from directory: Directory, as name: [UInt8], in parent: Directory
) throws -> [UInt8] {
    var attempt = 1
    while true {
        let name = numberedName(name, attempt)
        do {
            try directory.rename(temporary, to: parent, name, replacing: false)
            try parent.sync()
            return name
        } catch let error as SystemCallError where error.errno == EEXIST && attempt < 9999 {
            attempt += 1
        }
    }
}

private let dot = UInt8(ascii: ".")
private let infix = Array(".sluice-".utf8)
private let markLength = 16
/// NAME_MAX of every file system that Linux has.
private let longestName = 255
