import Glibc
import LinuxIO

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
