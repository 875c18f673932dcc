import FoundationEssentials
import Jobs
import LinuxIO
import Pipeline
import Text

/// The thumbnails of a report. Renditions that are small enough are used as they are.
struct ReportThumbnails {
    /// Sidecars that are held at a time.
    static let batch = 16
    /// Bytes of one embedded picture: at most, and what it always may have.
    private static let largest: UInt64 = 64 << 10
    private static let least: UInt64 = 3 << 10

    private let outbox: Directory
    private let options: ReportRun.Options
    private let linkPrefix: [UInt8]
    private let most: UInt64
    private var maker: ThumbnailMaker?
    private var leftOut = 0

    init(_ outbox: Directory, _ options: ReportRun.Options, count: Int, linkPrefix: [UInt8], cap: UInt64?) {
        self.outbox = outbox
        self.options = options
        self.linkPrefix = linkPrefix
        most = min(Self.largest, max(Self.least, options.budget / UInt64(max(1, count))))
        if options.thumbnails == .embed { maker = ThumbnailMaker(cap: cap, most: most) }
    }

    mutating func make(_ sidecars: [Sidecar]) async -> [ReportPage.Thumbnail] {
        switch options.thumbnails {
        case .none: return sidecars.map { _ in .none }
        case .link:
            return sidecars.map { sidecar in
                guard let smallest = sidecar.renditions.smallestForBrowsers() else { return .none }
                return .linked(url(linkPrefix + unescaped(smallest.path)))
            }
        case .embed:
            let (outbox, most, maker) = (outbox, most, maker)
            let made = await withTaskGroup(of: (Int, ReportPage.Thumbnail).self) { group in
                for (index, sidecar) in sidecars.enumerated() {
                    group.addTask { (index, await embedded(sidecar, in: outbox, atMost: most, maker)) }
                }
                var made = [ReportPage.Thumbnail](repeating: .none, count: sidecars.count)
                for await (index, thumbnail) in group { made[index] = thumbnail }
                return made
            }
            for (sidecar, thumbnail) in zip(sidecars, made) {
                if case .none = thumbnail, !sidecar.renditions.isEmpty { leftOut += 1 }
            }
            return made
        }
    }

    func end() async { await maker?.end() }

    /// What a reader should know of them.
    var remarks: [String] {
        leftOut > 0
            ? ["\(leftOut) pictures have no thumbnail: their renditions are missing, changed or too large."] : []
    }
}

private func embedded(
    _ sidecar: Sidecar, in outbox: Directory, atMost most: UInt64, _ maker: ThumbnailMaker?
) async -> ReportPage.Thumbnail {
    if let small = sidecar.renditions.smallestForBrowsers(atMost: most), let type = small.browserType,
        let file = opened(small, in: outbox), let bytes = try? contents(file, atMost: most),
        UInt64(bytes.count) == small.bytes
    {
        return .embedded(type: type, base64: Data(bytes).base64EncodedString())
    }
    guard let maker, let smallest = sidecar.renditions.min(by: { $0.bytes < $1.bytes }),
        let file = opened(smallest, in: outbox), let bytes = await maker.make(file, smallest)
    else { return .none }
    return .embedded(type: "image/jpeg", base64: Data(bytes).base64EncodedString())
}

/// A rendition as it was published, as far as its size tells.
private func opened(_ rendition: RenditionReport, in outbox: Directory) -> Descriptor? {
    guard let file = try? outbox.openFile(unescaped(rendition.path)), let status = try? FileStatus.of(file),
        status.isRegular, UInt64(exactly: status.size) == rendition.bytes
    else { return nil }
    return file
}

func contents(_ file: Descriptor, atMost most: UInt64) throws -> [UInt8] {
    var bytes: [UInt8] = []
    struct TooLong: Error {}
    try file.forEachPiece(subject: "rendition") { piece in
        guard UInt64(bytes.count + piece.count) <= most else { throw TooLong() }
        bytes.append(contentsOf: piece)
    }
    return bytes
}
