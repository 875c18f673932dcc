import Glibc
package import Schema

/// Reads pipelines from YAML. `digest` gives the SHA-256 of a file, for watermarks.
package enum PipelineLoader {
    /// The pipeline of a file; its name is the file's without `.yaml`.
    package static func load(
        path: String, digest: @escaping FileDigest
    ) throws(ConfigurationFaults) -> Pipeline {
        let text = try ConfigurationText.read(path)
        return try load(
            yaml: text, file: path, name: pipelineName(path), directory: parentDirectory(path), digest: digest)
    }

    /// - Parameters:
    ///   - file: What faults call it.
    ///   - directory: Where relative paths of watermarks start.
    package static func load(
        yaml: String, file: String, name: String, directory: String = ".", digest: @escaping FileDigest
    ) throws(ConfigurationFaults) -> Pipeline {
        let root = try YAMLDocument.parse(yaml, file: file)
        var reading = Reading(file: file, directory: directory, digest: digest)
        let pipeline = Shape<Pipeline>.pipeline.read(root, &reading)
        var result = try reading.finish(pipeline)
        result.name = name
        return result
    }

    /// `find`, then `load`.
    package static func load(
        named name: String, directories: [String], digest: @escaping FileDigest
    ) throws(ConfigurationFaults) -> Pipeline {
        try load(path: find(name: name, directories: directories), digest: digest)
    }

    /// The file of a pipeline: `web` is the first `web.yaml` or `web.yml` in the directories; what holds a `/` or
    /// ends in `.yaml` or `.yml` is a file already.
    package static func find(name: String, directories: [String]) throws(ConfigurationFaults) -> String {
        if name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            if access(name, F_OK) == 0 { return name }
            throw ConfigurationFaults([Fault(file: name, message: "no such file")])
        }
        for directory in directories {
            for ending in ["yaml", "yml"] {
                let path = "\(directory)/\(name).\(ending)"
                if !name.isEmpty, access(path, F_OK) == 0 { return path }
            }
        }
        let known = names(directories: directories)
        var message = "no such pipeline; "
        if known.isEmpty {
            // One directory may be listed under two spellings: `Pipelines` and `./Pipelines`.
            var seen: Set<String> = []
            let searched = directories.filter { seen.insert(absolutePath($0, in: ".")).inserted }
            message += "none found in \(searched.joined(separator: ", "))"
        } else {
            if let near = nearest(name, of: known) { message += "did you mean '\(near)'? " }
            message += "available: \(known.joined(separator: ", "))"
        }
        throw ConfigurationFaults([Fault(file: name, message: message)])
    }

    /// The names of all pipelines in the directories, sorted.
    package static func names(directories: [String]) -> [String] {
        var names: Set<String> = []
        for directory in directories {
            guard let stream = opendir(directory) else { continue }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if !name.hasPrefix("."), name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
                    names.insert(pipelineName(name))
                }
            }
        }
        return names.sorted()
    }

    private static func pipelineName(_ path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        for ending in [".yaml", ".yml"] where name.hasSuffix(ending) && name.count > ending.count {
            return String(name.dropLast(ending.count))
        }
        return name
    }
}
