/// Privileges of this process beyond those of its user (capabilities(7)).
package enum Capability: Int, Sendable {
    /// To learn of writers to files of others (fcntl(2), F_SETLEASE).
    case lease = 28

    /// Whether this process has it now; false where the kernel does not tell.
    package var isEffective: Bool {
        contents(ofSmallFile: "/proc/self/status").map { isEffective(status: $0) } ?? false
    }

    /// The same on a given text of `/proc/self/status`: `CapEff:	000001ffffffffff`.
    func isEffective(status: String) -> Bool {
        for line in status.split(separator: "\n") where line.hasPrefix("CapEff:") {
            let digits = line.dropFirst("CapEff:".count).filter { !$0.isWhitespace }
            return UInt64(digits, radix: 16).map { $0 >> UInt64(rawValue) & 1 == 1 } ?? false
        }
        return false
    }
}
