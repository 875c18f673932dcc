import Glibc
import Jobs
import LinuxIO

/// Makes and opens a folder below `root`. Where a file has the name of one on the way (a source without an extension,
/// say), `NAME~2`, `NAME~3`, … . Returns the folder with its path; nil is the root itself.
func openFolder(_ path: RelativePath?, below root: Directory) throws -> (Directory, RelativePath?) {
    var here: (directory: Directory, path: RelativePath?) = (root, nil)
    for component in path?.components ?? [] {
        var attempt = 1
        while true {
            let name = folderName(component, attempt)
            do {
                let next = try here.directory.openDirectory(name, create: true)
                here = (next, here.path.map { $0.appending(name) } ?? RelativePath(bytes: name))
                break
            } catch let error as SystemCallError where [ENOTDIR, ELOOP].contains(error.errno) && attempt < 9999 {
                attempt += 1
            }
        }
    }
    return here
}

/// `holiday`, 3 → `holiday~3`.
func folderName(_ component: [UInt8], _ attempt: Int) -> [UInt8] {
    if attempt == 1 { return component }
    let ending = Array("~\(attempt)".utf8)
    return component.prefix(OutputNames.longestName - ending.count) + ending
}

/// `a/IMG.JPG`, 3 → `IMG~3.JPG`.
func numbered(_ path: RelativePath, _ attempt: Int) -> [UInt8] { numberedName(path.name, attempt) }
