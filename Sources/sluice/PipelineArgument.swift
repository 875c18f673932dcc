import Glibc
import LinuxIO
import Pipeline

/// Where pipeline names are looked up: in the current directory, beside the program, then where a package installs
/// them.
func pipelineDirectories() -> [String] {
    var directories = ["Pipelines", "pipelines"]
    if let named = getenv("SLUICE_PIPELINES") { directories.insert(String(cString: named), at: 0) }
    let own = ownDirectory()
    // .build/release/sluice of a checkout, then an installed tree.
    directories += ["\(own)/../../../Pipelines", "\(own)/../share/sluice/pipelines", "/usr/share/sluice/pipelines"]
    return directories
}

/// SHA-256 of a whole file, hex. Links are followed: a pipeline or a model names the user's own file.
func digestOfFile(_ path: String) throws -> String {
    let path = realPath(path) ?? path
    let slash = path.lastIndex(of: "/")
    let directory = try Directory.open(path: slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".")
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    return try sha256(of: directory.openFile(Array(name.utf8))).digest
}

func loadPipeline(_ name: String) throws -> Pipeline {
    try PipelineLoader.load(named: name, directories: pipelineDirectories(), digest: digestOfFile)
}
