import Glibc
import LinuxIO
import Schema

/// The paths that a training writes to: everything beside the description it makes.
package struct TrainingPlaces: Sendable {
    /// Absolute, without links.
    package let directory: String
    /// File names in it.
    package let description: String
    package let classifier: String
    package let labels: String
    /// Folders in it.
    package let report: String
    package let work: String

    /// - Parameters:
    ///   - out: the description's path.
    ///   - sources: the folder of the pictures, absolute.
    /// - Throws: `TrainingError.usage`.
    init(out: String, sources: String, overwrite: Bool) throws {
        let slash = out.lastIndex(of: "/")
        let name = slash.map { String(out[out.index(after: $0)...]) } ?? out
        let ending = [".yaml", ".yml"].first { name.lowercased().hasSuffix($0) }
        guard let ending, name.count > ending.count else {
            throw TrainingError.usage("--out '\(out)' is not a YAML file: use --out model.yaml")
        }
        let stem = String(name.dropLast(ending.count))
        let parent = slash.map { $0 == out.startIndex ? "/" : String(out[..<$0]) } ?? "."
        directory = absolutePath(parent)
        if "\(directory)/".hasPrefix("\(sources)/") {
            throw TrainingError.usage(
                "--out '\(out)' is inside the folder of pictures, where it would become one of them: choose another"
            )
        }
        description = name
        (classifier, labels) = ("\(stem).safetensors", "\(stem).labels.txt")
        (report, work) = ("\(stem).report", "\(stem).training")
        if !overwrite { try refuseForeign() }
    }

    package func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// What lies there is replaced only where an earlier training has made it.
    private func refuseForeign() throws {
        let isOurs = isOurs()
        for name in [description, classifier, labels] where access(path(name), F_OK) == 0 && isOurs != true {
            let why = isOurs == nil ? "without a training description" : "and was not made by 'sluice train'"
            throw TrainingError.usage(
                "'\(path(name))' already exists, \(why): choose another --out, or add --overwrite")
        }
    }

    /// Nil where nothing is there.
    private func isOurs() -> Bool? {
        guard access(path(description), F_OK) == 0 else { return nil }
        guard let file = try? Directory.open(path: directory).openFile(Array(description.utf8)) else { return false }
        var start = [UInt8](repeating: 0, count: ModelText.mark.utf8.count)
        let count = pread(file.number, &start, start.count, 0)
        return count == start.count && start.elementsEqual(ModelText.mark.utf8)
    }

    /// How the description names a file: relative, so that all of it can be moved together; absolute where the two have
    /// nothing in common.
    func named(_ path: String) -> String {
        let (here, there) = (directory.split(separator: "/"), (realPath(path) ?? path).split(separator: "/"))
        let common = zip(here, there).prefix { $0 == $1 }.count
        guard common > 0 else { return "/" + there.joined(separator: "/") }
        return (Array(repeating: "..", count: here.count - common) + there[common...]).joined(separator: "/")
    }
}

/// Removes a folder with all that is in it, whatever it is.
func removeTree(_ name: [UInt8], in directory: Directory) throws {
    let folder = try directory.openDirectory(name)
    for (name, type) in try folder.list() {
        if type == .directory { try removeTree(name, in: folder) } else { try folder.unlink(name) }
    }
    try directory.removeDirectory(name)
}
