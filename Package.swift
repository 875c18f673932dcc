// swift-tools-version: 6.2
import PackageDescription

// The manifest is the architecture. Two programs connected only by a socket: the supervisor, which owns the journal and
// reaches no decoder, and its workers, which decode and reach no journal. Sources are grouped by where they run; what a
// target may import is listed here, and `make check` proves that it imports nothing else and that the two sides never
// meet.

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Smaller programs: one copy of equal functions, relocations as a bitmap. Debian's gold, the default, knows neither.
let small: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-use-ld=lld", "-Xlinker", "--icf=all", "-Xlinker", "--no-export-dynamic",
            "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
        ], .when(configuration: .release))
]

/// A Swift module, in a folder of its own below `Sources/`.
func module(_ side: String, _ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(side)/\(name)", swiftSettings: strict)
}

func native(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Native/\(name)", exclude: exclude)
}

func library(_ name: String, pkgConfig: String? = nil, package: String? = nil) -> Target {
    .systemLibrary(
        name: name, path: "Sources/Native/\(name)", pkgConfig: pkgConfig,
        providers: package.map { [.apt([$0])] })
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

// The libraries of the system, and what is written in C.
let nativeTargets: [Target] = [
    // The worker's malloc: whoever links it, allocates with it.
    native("CAllocator"),
    // Models embedded in the binaries.
    native("CBuiltInModels", exclude: ["kind.safetensors"]),
    // A picture in numbers, for classifiers that learn from a handful of pictures without a network.
    native("CDescriptor"),
    library("CExif", pkgConfig: "libexif", package: "libexif-dev"),
    // Types alone: the worker that trains opens the library itself.
    library("CLinear", package: "liblinear-dev"),
    native("CLinux"),
    library("CJPEG", pkgConfig: "libjpeg", package: "libjpeg62-turbo-dev"),
    // BMP, PNM and PAM, line by line.
    native("CBitmaps", ["CVips"]),
    // JPEG XL, by the libjxl that libvips brings along: its headers come with libvips-dev, its functions are looked up.
    native("CJXL", ["CVips"]),
    // HEIC out, in the same way.
    native("CHEIF", ["CVips"]),
    // Cameras' RAW files, by LibRaw: its headers come with libraw-dev, workers that meet such a file open the library.
    native("CRAW", ["CVips"]),
    library("CNettle", pkgConfig: "nettle", package: "nettle-dev"),
    // Denoising and resampling, the operations that Sluice does not leave to libvips; both make their lines once.
    native("CLines", ["CVips"]),
    native("CNoise"),
    native("CDenoise", ["CLines", "CNoise", "CVips"]),
    native("CResample", ["CJPEG", "CLines", "CVips"]),
    // Coded pictures, packed anew.
    native("CRepack", ["CJPEG"]),
    // How alike two pictures look.
    native("CSimilarity", ["CVips"]),
    // Colours: profiles made and judged, and light beyond white.
    library("CLCMS", pkgConfig: "lcms2", package: "liblcms2-dev"),
    native("CColour", ["CLCMS", "CVips"]),
    // Colours graded, pixel by pixel.
    native("CGrade", ["CVips"]),
    // In place of Foundation's data about languages.
    native("CUnicodeData"),
    // ONNX Runtime, which runs networks, opened at run time.
    native("COnnxRuntime"),
    // Pictures through a network, tile by tile.
    native("CTiledNetwork", ["CLines", "COnnxRuntime", "CVips"]),
    // Pages that people look at, embedded in the binary.
    native("CPages", exclude: ["status.html", "report.css", "report.js"]),
    library("CVips", pkgConfig: "vips", package: "libvips-dev"),
    library("CZlib", pkgConfig: "zlib", package: "zlib1g-dev"),
]

// What both programs know: what a job and a pipeline are, how they speak with each other, and the kernel.
let sharedTargets: [Target] = [
    module("Shared", "Text"),
    module("Shared", "LinuxIO", ["CLinux", "CNettle", "Text"]),
    // Numbers out of files that nobody trusts; what pictures say of themselves.
    module("Shared", "ByteReading", ["Jobs"]),
    module("Shared", "BitmapHeader"),
    module("Shared", "ImageHeader", ["BitmapHeader", "ByteReading", "Jobs"]),
    module("Shared", "Schema", ["Text", "Yams"]),
    module("Shared", "Jobs", ["Text"]),
    module("Shared", "Conditions", ["Jobs", "Schema", "Text"]),
    module("Shared", "Models", ["CBuiltInModels", "Schema", "Text"]),
    // What stages for tones and colours are told to do.
    module("Shared", "Grading", ["Schema", "Text"]),
    // What results are called.
    module("Shared", "Naming", ["Jobs", "Schema", "Text"]),
    module("Shared", "Pipeline", ["Conditions", "Grading", "Jobs", "Models", "Naming", "Schema", "Text"]),
    module("Shared", "Configuration", ["Jobs", "Models", "Pipeline", "Schema", "Text"]),
    module("Shared", "WorkerProtocol", ["Jobs", "Models", "Pipeline", "Schema"]),
]

// The process that owns inboxes, journal and outbox. It decodes nothing.
let supervisorTargets: [Target] = [
    module("Supervisor", "Journal", ["Jobs", "LinuxIO", grdb]),
    // What lies in folders beside pictures, by name and by content.
    module("Supervisor", "FolderContent", ["ByteReading", "Jobs"]),
    module("Supervisor", "Inbox", ["FolderContent", "Jobs", "LinuxIO", "Text", heap]),
    module("Supervisor", "Outbox", ["Jobs", "LinuxIO", "Naming", "Pipeline", "Text"]),
    module(
        "Supervisor", "Admission",
        ["BitmapHeader", "Conditions", "Grading", "ImageHeader", "Jobs", "Models", "Pipeline"]),
    // The workers, seen from outside.
    module("Supervisor", "WorkerPool", ["CLinux", "Jobs", "LinuxIO", "Pipeline", "Text", "WorkerProtocol"]),
    // The directories that one supervisor owns, opened and locked.
    module("Supervisor", "Places", ["Journal", "LinuxIO", "Outbox"]),
    // The life of jobs: what is started when, and what becomes of it.
    module(
        "Supervisor", "Engine",
        [
            "Admission", "ByteReading", "Conditions", "FolderContent", "Grading", "ImageHeader", "Jobs", "Journal",
            "LinuxIO", "Models", "Naming", "Outbox",
            "Pipeline", "Places", "Schema", "Text", "WorkerPool", "WorkerProtocol",
        ]),
    module("Supervisor", "HTTP", ["LinuxIO"]),
    // What pipelines and models would do, and whether they can.
    module(
        "Supervisor", "Check",
        [
            "Admission", "ByteReading", "Engine", "ImageHeader", "Jobs", "LinuxIO", "Models", "Naming", "Outbox",
            "Pipeline",
            "Schema", "Text", "WorkerPool", "WorkerProtocol",
        ]),
    // What a supervisor shows of itself, and who asks for it.
    module(
        "Supervisor", "Status",
        [
            "Admission", "Configuration", "Engine", "Inbox", "Jobs", "Journal", "LinuxIO", "Models", "Outbox",
            "Pipeline", "Places", "Schema", "Text", "WorkerPool", logging,
        ]),
    // The same over HTTP: page, health, metrics.
    module(
        "Supervisor", "Web",
        [
            "Admission", "CPages", "Configuration", "HTTP", "Jobs", "Journal", "LinuxIO", "Outbox", "Pipeline",
            "Schema", "Status", "Text", "WorkerPool", logging,
        ]),
    // `process` and `watch`: everything wired together.
    module(
        "Supervisor", "Run",
        [
            "Admission", "Check", "Configuration", "Engine", "HTTP", "Inbox", "Jobs", "Journal", "LinuxIO", "Outbox",
            "Pipeline", "Places", "Schema", "Status", "Text", "Web", "WorkerPool", lifecycle, logging, signals,
        ]),
    module(
        "Supervisor", "Retry",
        ["Configuration", "Jobs", "Journal", "LinuxIO", "Outbox", "Places", "Status", "Text"]),
    module(
        "Supervisor", "Doctor",
        [
            "Admission", "Configuration", "Engine", "Journal", "LinuxIO", "Outbox", "Pipeline", "Places", "Run", "Text",
            "WorkerPool", "WorkerProtocol",
        ]),
    module(
        "Supervisor", "Report",
        [
            "Admission", "CPages", "Configuration", "Engine", "Inbox", "Jobs", "Journal", "LinuxIO", "Outbox",
            "Pipeline",
            "Places", "Run", "Schema", "Text", "WorkerPool", "WorkerProtocol",
        ]),
    module(
        "Supervisor", "Training",
        [
            "Admission", "Engine", "Inbox", "Jobs", "Journal", "LinuxIO", "Models", "Outbox", "Pipeline", "Places",
            "Run", "Schema", "Text", "WorkerPool", "WorkerProtocol", signals,
        ]),
]

// The processes that decode. They know one job each, and no journal.
let workerTargets: [Target] = [
    module("Worker", "Metadata", ["ByteReading", "CExif", "CZlib", "ImageHeader", "Jobs", "Pipeline"]),
    module("Worker", "Restream", ["CZlib"]),
    // Files without their metadata, and packed anew, their pixels untouched.
    module("Worker", "Originals", ["CRepack", "CZlib", "Jobs", "Metadata"]),
    module("Worker", "Inference", ["CLinear", "COnnxRuntime", "LinuxIO", "Models", "Schema"]),
    // Sizes, before there are pixels.
    module("Worker", "Planning", ["CResample", "Jobs", "Models", "Pipeline", "Text"]),
    // libvips, in Swift.
    module(
        "Worker", "Vips",
        [
            "CColour", "CJXL", "CLinux", "CRAW", "CResample", "CTiledNetwork", "CVips", "ImageHeader", "Inference",
            "Jobs", "Models", "Planning",
        ]),
    // Sources, opened and made uniform: colours, samples, frames; and what models say of them.
    module(
        "Worker", "Pictures",
        [
            "BitmapHeader", "ByteReading", "CBitmaps", "CColour", "CDenoise", "CDescriptor", "CJXL", "CNoise", "CRAW",
            "CResample", "CTiledNetwork", "CVips", "Conditions", "Grading", "ImageHeader", "Inference", "Jobs",
            "LinuxIO",
            "Metadata",
            "Models", "Pipeline", "Planning",
            "Restream",
            "Schema", "Text", "Vips",
        ]),
    module(
        "Worker", "Stages",
        [
            "CDenoise", "CGrade", "CNoise", "CResample", "CVips", "Grading", "Inference", "Jobs", "Models", "Pictures",
            "Pipeline", "Planning", "Text", "Vips",
        ]),
    // A whole job: plan, stages, encoders, staged files.
    module(
        "Worker", "Imaging",
        [
            "CDenoise", "CHEIF", "CNoise", "CSimilarity", "CVips", "Conditions", "Grading", "Inference", "Jobs",
            "Metadata", "Models", "Originals", "Pictures", "Pipeline", "Planning", "Stages", "Vips",
        ]),
]

// Parse, wire, run.
let programs: [Target] = [
    .executableTarget(
        name: "sluice",
        dependencies: [
            "Admission", "CUnicodeData", "Check", "Configuration", "Doctor", "Engine", "ImageHeader", "Jobs", "Journal",
            "LinuxIO", "Models", "Outbox", "Pipeline", "Places", "Report", "Retry", "Run", "Schema", "Status", "Text",
            "Training", "Web", .product(name: "ArgumentParser", package: "swift-argument-parser"), logging,
        ],
        swiftSettings: strict, linkerSettings: small),
    .executableTarget(
        name: "sluice-worker",
        dependencies: [
            "CAllocator", "CLinux", "CUnicodeData", "Imaging", "Inference", "Jobs", "LinuxIO", "Metadata", "Models",
            "Pictures", "Pipeline", "Schema", "Text", "Vips", "WorkerProtocol",
        ],
        swiftSettings: strict, linkerSettings: small),
]

let pipelineRooms: [Target.Dependency] = [
    "Conditions", "Configuration", "Grading", "Jobs", "Models", "Pipeline", "Schema", "Text",
]
let imagingRooms: [Target.Dependency] = ["Imaging", "Originals", "Pictures", "Planning", "Stages", "Vips"]

// One target per library for its decisions, one for the real binaries on real files.
let testTargets: [Target] = [
    // Networks that several of them run.
    .target(name: "ModelMaker", path: "Tests/ModelMaker", swiftSettings: strict),
    // A client of the HTTP server that several of them use.
    .target(name: "WebClient", dependencies: ["LinuxIO"], path: "Tests/WebClient", swiftSettings: strict),
    // Every parser, given any bytes: by `make fuzz`, and by FuzzTests those that it once found.
    .target(
        name: "FuzzTargets",
        dependencies: [
            "ByteReading", "CResample", "CVips", "HTTP", "ImageHeader", "Inference", "Metadata", "Restream",
            "WorkerProtocol",
        ] + pipelineRooms + imagingRooms,
        path: "Tests/Fuzz/Targets", swiftSettings: strict),
    tests("FuzzTests", ["FuzzTargets"]),
    tests("PipelineTests", pipelineRooms),
    tests("ImageHeaderTests", ["BitmapHeader", "ByteReading", "FolderContent", "ImageHeader", "Jobs"]),
    tests("LinuxIOTests", ["LinuxIO", "Text"]),
    tests("HTTPTests", ["HTTP", "LinuxIO", "WebClient"]),
    tests("JournalTests", ["Jobs", "Journal", "LinuxIO", grdb]),
    tests("InboxTests", ["Inbox", "Jobs", "LinuxIO", "Text"]),
    tests("AdmissionTests", ["Admission", "BitmapHeader", "ImageHeader"] + pipelineRooms),
    tests("NamingTests", ["Jobs", "Naming"]),
    tests("OutboxTests", ["Jobs", "LinuxIO", "Naming", "Outbox", "Pipeline", "Text"]),
    tests("ReportTests", ["Jobs", "Report"]),
    tests("TrainingTests", ["Models", "Training"]),
    tests("MetadataTests", ["Jobs", "Metadata", "Pipeline"]),
    tests(
        "ImagingTests",
        [
            "Admission", "ByteReading", "CColour", "CDenoise", "CDescriptor", "CNoise", "CResample", "CSimilarity",
            "CVips", "CZlib", "ImageHeader", "Inference", "LinuxIO", "Metadata", "ModelMaker", "Restream",
        ] + pipelineRooms + imagingRooms),
    tests("WorkerPoolTests", ["Jobs", "LinuxIO", "Pipeline", "WorkerPool", "WorkerProtocol"]),
    tests(
        "IntegrationTests",
        [
            "Admission", "Check", "Doctor", "Engine", "HTTP", "ImageHeader", "Inbox", "Journal", "LinuxIO",
            "ModelMaker", "Outbox", "Places", "Report", "Retry", "Run", "Status", "Training", "Web", "WebClient",
            "WorkerPool", "WorkerProtocol", logging,
        ] + pipelineRooms),
]

let package = Package(
    name: "sluice",
    products: [
        .executable(name: "sluice", targets: ["sluice"]),
        .executable(name: "sluice-worker", targets: ["sluice-worker"]),
        // Opened at run time by workers whose pipelines name a model; nothing links it.
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: nativeTargets + sharedTargets + supervisorTargets + workerTargets + programs + testTargets,
    swiftLanguageModes: [.v6]
)

// The program that `make fuzz` runs links libFuzzer, and is no part of an ordinary build.
if Context.environment["SLUICE_FUZZ"] != nil {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzz/CLibFuzzer"),
        .executableTarget(
            name: "sluice-fuzz", dependencies: ["CLibFuzzer", "FuzzTargets"], path: "Tests/Fuzz/Program",
            swiftSettings: strict),
    ]
}
