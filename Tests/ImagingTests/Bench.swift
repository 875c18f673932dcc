import CVips
import Glibc
import Inference
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pictures
@testable import Pipeline
@testable import Vips

/// All suites of this target: libvips runs one job at a time in a process, so tests do too.
@Suite("Imaging", .serialized)
struct ImagingTests {}

/// A temporary directory with pictures that tests draw themselves, and jobs run in it.
final class Bench {
    let path: String
    let directory: Int32
    private var sources = 0

    init() throws {
        try VipsRuntime.start()
        var template = Array("/tmp/imaging-tests-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer -> String? in
            guard let start = buffer.baseAddress, let made = mkdtemp(start) else { return nil }
            return String(cString: made)
        }
        path = try #require(made)
        directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    deinit {
        for name in fileNames { unlinkat(directory, name, 0) }
        close(directory)
        rmdir(path)
    }

    /// Everything in the directory, in order.
    var fileNames: [String] {
        guard let listing = opendir(path) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// What jobs left, sources aside.
    var outputNames: [String] { fileNames.filter { !$0.hasPrefix("source") } }

    /// Writes a source file and gives its path.
    func source(_ image: Image, as encoder: Rendition.Encoder = .png(PNG())) throws -> String {
        sources += 1
        let name = "source\(sources)"
        var file = try StagedFile(in: directory, name: name)
        try file.write(image, by: encoder.operation)
        file.keep()
        return "\(path)/\(name)"
    }

    func source(bytes: [UInt8]) throws -> String {
        sources += 1
        let file = "\(path)/source\(sources)"
        let descriptor = open(file, O_CREAT | O_WRONLY | O_EXCL, 0o600)
        defer { close(descriptor) }
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
        return file
    }

    /// Runs a job; renditions land in the directory under `out.NAME`.
    @discardableResult
    func run(
        _ source: String, stages: [Stage] = [], renditions: [Rendition], only: [String]? = nil,
        limits: Limits = Limits(), metadata: MetadataPolicy = MetadataPolicy(),
        accept: AcceptedFormats = AcceptedFormats(PictureFormat.allCases), prefix: String = "out",
        restreams: Bool = false, overlaps: Bool = false, models: [OpenModel] = [],
        output: OutputRules = OutputRules(), raw: RAWReading? = nil, originals: [Original] = [],
        progress: (JobProgress) -> Void = { _ in }
    ) throws(JobError) -> JobOutput {
        let descriptor = open(source, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        var pipeline = Pipeline(
            name: "test", accept: accept, limits: limits, stages: stages, renditions: renditions, metadata: metadata,
            output: output)
        pipeline.originals = originals
        var input = JobInput(
            descriptor: descriptor, fileSize: fileSize(source), pipeline: pipeline, renditions: only,
            stagingDirectory: directory, stagedName: { "\(prefix).\($0)" }, sourceName: source)
        input.restreams = restreams
        input.overlaps = overlaps
        input.raw = raw
        if !models.isEmpty {
            input.openModel = { model throws(JobError) in
                guard let open = models.first(where: { $0.description == model }) else {
                    throw JobError(.stageFailed, "no such model")
                }
                return open
            }
        }
        return try Imaging.run(input, progress: progress)
    }

    /// The error that a job ends with.
    func failure(
        _ source: String, stages: [Stage] = [], renditions: [Rendition] = [.png()],
        limits: Limits = Limits(), accept: AcceptedFormats = AcceptedFormats(PictureFormat.allCases)
    ) -> JobError? {
        do throws(JobError) {
            try run(
                source, stages: stages, renditions: renditions, limits: limits,
                accept: accept)
            return nil
        } catch {
            return error
        }
    }

    func inspect(
        _ source: String, stages: [Stage] = [], renditions: [Rendition], restreams: Bool = false
    ) throws -> Inspection {
        let descriptor = open(source, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        return try Imaging.inspect(
            descriptor: descriptor, fileSize: fileSize(source),
            pipeline: Pipeline(name: "test", stages: stages, renditions: renditions), restreams: restreams)
    }

    /// A file of the directory, decoded.
    func read(_ name: String, allFrames: Bool = false) throws -> Image {
        try decode("\(path)/\(name)", allFrames: allFrames)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        let descriptor = open("\(path)/\(name)", O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        return readBytes(descriptor, at: 0, count: Int(fileSize("\(path)/\(name)")))
    }

    /// The PNG that is made of a file's bytes.
    func decoded(
        _ file: [UInt8], limits: Limits = Limits()
    ) throws -> (output: JobOutput, image: Image, samples: [UInt8]) {
        let source = try source(bytes: file)
        let name = "of-\(fileNames.count)"
        let output = try run(source, renditions: [.png()], limits: limits, prefix: name)
        let image = try read("\(name).png")
        return (output, image, try samples(image))
    }

    /// One stage, one PNG, decoded.
    func apply(_ stages: [Stage], to image: Image) throws -> Image {
        let prefix = "apply\(sources)"
        try run(try source(image), stages: stages, renditions: [.png("staged")], prefix: prefix)
        return try read("\(prefix).staged")
    }
}

func fileSize(_ path: String) -> UInt64 {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(status.st_size) : 0
}

func decode(_ path: String, allFrames: Bool = false) throws -> Image {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    try #require(descriptor >= 0, "no file \(path)")
    defer { close(descriptor) }
    let format = try #require(sniffFormat(descriptor))
    return try Loader(descriptor: descriptor, format: format, damage: .warning).open(frames: allFrames ? -1 : 1)
        .copiedToMemory()
}

extension Limits {
    /// Whatever can be decoded is taken.
    static let tolerant: Limits = {
        var limits = Limits()
        limits.damage = .none
        return limits
    }()
}

extension Rendition {
    static func png(_ name: String = "png", _ stages: [Stage] = []) -> Rendition {
        var png = PNG()
        png.compression = 1
        return Rendition(name: name, stages: stages, encoder: .png(png))
    }

    static func jpeg(_ name: String = "jpeg", _ stages: [Stage] = []) -> Rendition {
        var jpeg = JPEG()
        jpeg.quality = 95
        return Rendition(name: name, stages: stages, encoder: .jpeg(jpeg))
    }
}

extension Stage {
    static func resize(
        _ width: Int?, _ height: Int?, _ fit: Resize.Fit = .inside, position: Position = .centre,
        enlarge: Bool = false
    ) -> Stage {
        var resize = Resize(width: width, height: height, fit: fit)
        resize.position = position
        resize.enlarge = enlarge
        return .resize(resize)
    }
}
