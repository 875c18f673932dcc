import Glibc

/// Where `sluice-worker` is: named by `SLUICE_WORKER`, beside `sluice`, or in `libexec/sluice` next to its `bin`.
package func findWorkerExecutable() throws(WorkerMissing) -> String {
    var candidates: [String] = []
    if let named = getenv("SLUICE_WORKER") { candidates.append(String(cString: named)) }
    let directory = ownDirectory()
    candidates += ["\(directory)/sluice-worker", "\(directory)/../libexec/sluice/sluice-worker"]
    for candidate in candidates where access(candidate, X_OK) == 0 { return candidate }
    throw WorkerMissing(looked: candidates)
}

package struct WorkerMissing: Error, CustomStringConvertible {
    let looked: [String]

    package var description: String {
        "sluice-worker is missing; looked for \(looked.joined(separator: ", ")). Install it beside sluice."
    }
}

/// The directory of the running program.
package func ownDirectory() -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard count > 0 else { return "." }
    let path = buffer.prefix(count).map { UInt8(bitPattern: $0) }
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return String(decoding: path[..<slash], as: UTF8.self)
}
