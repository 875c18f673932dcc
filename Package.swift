// swift-tools-version: 6.2
import PackageDescription

// The manifest is the architecture: targets stand in level order, and imports go downwards only
// (`make check` proves it). The supervisor's side never reaches a decoder, the worker's side never
// reaches SQLite.

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A program is half as large: one copy of equal functions, relocations as a bitmap, and no tables for C++ exceptions,
/// which neither program throws (the engine does, in a library of its own). Debian's gold, the default, knows none of it.
let small: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-use-ld=lld", "-Xlinker", "--icf=all", "-Xlinker", "--no-export-dynamic",
            "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
            "-Xlinker", "-T", "-Xlinker", "\(Context.packageDirectory)/systemd/package/small.ld",
        ], .when(configuration: .release))
]

let package = Package(
    name: "sluice",
    products: [
        .executable(name: "sluice", targets: ["sluice"]),
        .executable(name: "sluice-worker", targets: ["sluice-worker"]),
        // Opened at run time by workers whose pipelines name a model; nothing links it.
        .library(name: "sluice-inference", type: .dynamic, targets: ["COpenCVDNN"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Level 0: C libraries. Module maps, and the thinnest shims.
        // The worker's malloc: whoever links it, allocates with it.
        .target(name: "CAllocator"),
        // Models that stand in the programs.
        .target(name: "CBuiltInModels", exclude: ["kind.safetensors"]),
        // Convolutions on the processor's vectors, for the engine that runs networks.
        .target(
            name: "CConvolution",
            // Millions of sums: tests would wait for them.
            cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
        // A picture in numbers, for classifiers that learn from a handful of pictures without a network.
        .target(name: "CDescriptor"),
        .systemLibrary(name: "CExif", pkgConfig: "libexif", providers: [.apt(["libexif-dev"])]),
        // The interface between workers and the engine that runs networks; the engine itself, behind it.
        .systemLibrary(name: "CInference"),
        // Types alone: the worker that trains opens the library itself.
        .systemLibrary(name: "CLinear", providers: [.apt(["liblinear-dev"])]),
        .target(name: "CLinux"),
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
        .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),
        // Denoising and resampling, the operations that Sluice does not leave to libvips; both make their lines once.
        .target(name: "CDenoise", dependencies: ["CLines", "CVips"]),
        .target(name: "CLines", dependencies: ["CVips"]),
        .target(name: "CResample", dependencies: ["CJPEG", "CLines", "CVips"]),
        // Colours: profiles made and judged, and light beyond white.
        .systemLibrary(name: "CLCMS", pkgConfig: "lcms2", providers: [.apt(["liblcms2-dev"])]),
        .target(name: "CColour", dependencies: ["CLCMS", "CVips"]),
        // What stands for Foundation's data about languages.
        .target(name: "CUnicodeData"),
        .target(
            name: "COpenCVDNN", dependencies: ["CConvolution"],
            cxxSettings: [
                .headerSearchPath("../CInference"),
                // Debian's libopencv-dnn-dev brings no description for pkg-config.
                .unsafeFlags(["-I/usr/include/opencv4", "-fvisibility=hidden", "-fvisibility-inlines-hidden"]),
            ],
            linkerSettings: [
                .linkedLibrary("opencv_dnn"), .linkedLibrary("opencv_core"),
                // There is no Swift in it: without its start-up code and run-time it loads where no toolchain is.
                .unsafeFlags(["-nostartfiles", "-static-stdlib", "-Xlinker", "--as-needed"]),
            ]),
        // Pictures through a network, tile by tile. It knows the engine as CInference has it.
        .target(
            name: "CTiledNetwork", dependencies: ["CLines", "CVips"],
            cSettings: [.headerSearchPath("../CInference")]),
        // Pages that people look at; they stand in the program.
        .target(name: "CPages", exclude: ["status.html", "report.css", "report.js"]),
        .systemLibrary(name: "CVips", pkgConfig: "vips", providers: [.apt(["libvips-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Level 1: what the rest talks about, and the way to the kernel.
        .target(name: "PipelineModel", dependencies: ["CBuiltInModels", "Yams"], swiftSettings: strict),
        .target(name: "ImageHeader", swiftSettings: strict),
        .target(name: "LinuxIO", dependencies: ["CLinux", "CNettle"], swiftSettings: strict),

        // Level 2: one responsibility each.
        .target(name: "HTTP", dependencies: ["LinuxIO"], swiftSettings: strict),
        .target(name: "WorkerProtocol", dependencies: ["PipelineModel", "LinuxIO"], swiftSettings: strict),
        .target(
            name: "Journal",
            dependencies: ["PipelineModel", "LinuxIO", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict),
        .target(
            name: "Inbox", dependencies: ["PipelineModel", "LinuxIO"], swiftSettings: strict),
        .target(name: "Admission", dependencies: ["PipelineModel", "ImageHeader"], swiftSettings: strict),
        .target(name: "Outbox", dependencies: ["PipelineModel", "LinuxIO"], swiftSettings: strict),
        .target(name: "Metadata", dependencies: ["CExif", "PipelineModel"], swiftSettings: strict),
        // What a training counts and says.
        .target(name: "Training", dependencies: ["PipelineModel"], swiftSettings: strict),
        // What a report says of many sidecars, and how it looks.
        .target(name: "Report", dependencies: ["CPages", "LinuxIO", "PipelineModel"], swiftSettings: strict),
        .target(name: "Restream", dependencies: ["CZlib"], swiftSettings: strict),
        .target(
            name: "Inference", dependencies: ["CInference", "CLinear", "LinuxIO", "PipelineModel"],
            swiftSettings: strict),
        .target(
            name: "Imaging",
            dependencies: [
                "CColour", "CDenoise", "CDescriptor", "CInference", "CResample", "CTiledNetwork", "CVips", "Inference",
                "PipelineModel",
                "ImageHeader", "LinuxIO", "Metadata", "Restream",
            ],
            swiftSettings: strict),

        // Level 3: the workers, seen from outside.
        .target(
            name: "WorkerPool", dependencies: ["CLinux", "WorkerProtocol", "LinuxIO", "PipelineModel"],
            swiftSettings: strict),

        // Level 4: the composition root.
        .target(
            name: "Supervisor",
            dependencies: [
                "CPages", "PipelineModel", "ImageHeader", "LinuxIO", "HTTP", "WorkerProtocol", "Journal", "Inbox",
                "Admission",
                "Outbox", "Report", "Training", "WorkerPool",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        // Level 5: parse, wire, run.
        .executableTarget(
            name: "sluice",
            dependencies: [
                "CUnicodeData", "Supervisor", "PipelineModel", "ImageHeader", "Journal", "LinuxIO", "Admission",
                "Outbox", "Report",
                "Training",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict, linkerSettings: small),
        .executableTarget(
            name: "sluice-worker",
            dependencies: [
                "CAllocator", "CLinux", "CUnicodeData", "Imaging", "Inference", "Metadata", "WorkerProtocol",
                "PipelineModel",
                "LinuxIO",
            ],
            swiftSettings: strict, linkerSettings: small),

        // Tests: one target per library for its decisions, one for the real binaries on real files.
        // Networks that several of them run.
        .target(name: "ModelMaker", path: "Tests/ModelMaker", swiftSettings: strict),
        // A client of the HTTP server that several of them use.
        .target(name: "WebClient", dependencies: ["LinuxIO"], path: "Tests/WebClient", swiftSettings: strict),
        // Every parser, given any bytes: by `make fuzz`, and by FuzzTests those that it once found.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "CResample", "CVips", "HTTP", "ImageHeader", "Imaging", "Inference", "Metadata", "PipelineModel",
                "Restream", "WorkerProtocol",
            ],
            path: "Tests/Fuzz/Targets", swiftSettings: strict),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"], swiftSettings: strict),
        .testTarget(name: "PipelineModelTests", dependencies: ["PipelineModel"], swiftSettings: strict),
        .testTarget(name: "ImageHeaderTests", dependencies: ["ImageHeader"], swiftSettings: strict),
        .testTarget(name: "LinuxIOTests", dependencies: ["LinuxIO"], swiftSettings: strict),
        .testTarget(name: "HTTPTests", dependencies: ["HTTP", "LinuxIO", "WebClient"], swiftSettings: strict),
        .testTarget(
            name: "JournalTests",
            dependencies: ["Journal", "LinuxIO", "PipelineModel", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict),
        .testTarget(name: "InboxTests", dependencies: ["Inbox", "LinuxIO", "PipelineModel"], swiftSettings: strict),
        .testTarget(
            name: "AdmissionTests", dependencies: ["Admission", "PipelineModel", "ImageHeader"],
            swiftSettings: strict),
        .testTarget(
            name: "OutboxTests", dependencies: ["Outbox", "LinuxIO", "PipelineModel"], swiftSettings: strict),
        .testTarget(name: "ReportTests", dependencies: ["Report", "PipelineModel"], swiftSettings: strict),
        .testTarget(name: "TrainingTests", dependencies: ["Training", "PipelineModel"], swiftSettings: strict),
        .testTarget(name: "MetadataTests", dependencies: ["Metadata", "PipelineModel"], swiftSettings: strict),
        .testTarget(
            name: "ImagingTests",
            dependencies: [
                "CColour", "CConvolution", "CDenoise", "CDescriptor", "CResample", "Imaging", "Inference", "Restream",
                "CZlib",
                "Admission", "ImageHeader", "LinuxIO", "ModelMaker", "PipelineModel",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WorkerPoolTests", dependencies: ["WorkerPool", "WorkerProtocol", "LinuxIO", "PipelineModel"],
            swiftSettings: strict),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "Supervisor", "WorkerPool", "WorkerProtocol", "PipelineModel", "LinuxIO", "ImageHeader", "Admission",
                "HTTP", "Journal", "Outbox", "Report", "ModelMaker", "WebClient",
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
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
