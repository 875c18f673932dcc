import Glibc

/// The directory of the running program.
package func ownDirectory() -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard count > 0 else { return "." }
    let path = buffer.prefix(count).map { UInt8(bitPattern: $0) }
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return String(decoding: path[..<slash], as: UTF8.self)
}
