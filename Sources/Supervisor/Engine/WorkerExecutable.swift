import Glibc
import LinuxIO

/// Where `sluice-worker` is: named by `SLUICE_WORKER`, beside `sluice`, or in `lib/sluice` or `libexec/sluice` next to its
/// `bin`, wherever that has been installed.
package func findWorkerExecutable() throws(WorkerMissing) -> String {
    var candidates: [String] = []
    if let named = getenv("SLUICE_WORKER") { candidates.append(String(cString: named)) }
    let directory = ownDirectory()
    candidates.append("\(directory)/sluice-worker")
    if let slash = directory.lastIndex(of: "/") {
        candidates += ["lib", "libexec"].map { "\(directory[..<slash])/\($0)/sluice/sluice-worker" }
    }
    for candidate in candidates where access(candidate, X_OK) == 0 { return candidate }
    throw WorkerMissing(looked: candidates)
}

package struct WorkerMissing: Error, CustomStringConvertible {
    let looked: [String]

    package var description: String {
        "sluice-worker is missing; looked for \(looked.joined(separator: ", ")). Install it beside sluice."
    }
}
