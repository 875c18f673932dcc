import Admission
import Inbox
import Jobs
import LinuxIO
import Outbox
import Schema

/// `sluice report`: reads the sidecars twice, first to count, then to write each as it comes; one batch is held at a time.
package struct ReportRun: Sendable {
    package enum Thumbnails: String, Sendable, CaseIterable {
        /// In the report itself.
        case embed
        /// The renditions where they lie.
        case link
        case none
    }

    package struct Options: Sendable {
        package var thumbnails = Thumbnails.embed
        /// Bytes that all embedded pictures may take together, before they are written as text.
        package var budget: UInt64 = 64 << 20
        package init() {}
    }

    private let place: ReportPlace
    private let options: Options
    private let linkPrefix: [UInt8]

    /// - Parameter directory: where the report will be; nil if unknown.
    package init(_ place: ReportPlace, _ options: Options, in directory: String?) {
        self.place = place
        self.options = options
        let outbox = absolutePath(place.outbox.path)
        linkPrefix = directory.map(absolutePath) == outbox ? [] : Array("\(outbox)/".utf8)
    }

    /// - Throws: `ReportError.noInput` where there is neither a sidecar nor an error file.
    package func count() throws -> ReportTally {
        var tally = ReportTally()
        try forEachSidecar { sidecar in
            tally.add(sidecar)
        } other: { isReplacing in
            if isReplacing { tally.inReplacement += 1 } else { tally.passedOver += 1 }
        }
        try forEachFailure { tally.add($0) }
        tally.others = place.others
        if tally.isEmpty { throw ReportError.noInput("no sidecars or failures in '\(place.name)'") }
        return tally
    }

    /// - Parameter write: takes the report's text, in order.
    package func write(_ summary: ReportSummary, to write: @escaping (String) throws -> Void) async throws {
        let page = ReportPage(write: write)
        let made = timestamp(wallClock())
        try page.begin(summary, subject: place.name, made: made)
        try page.beginFailures(summary)
        if summary.failed > 0 { try forEachFailure { try page.failure($0) } }
        try page.endFailures(summary)
        try page.beginPictures(summary.pictures)
        var pictures = ReportThumbnails(
            place.outbox, options, count: summary.pictures, linkPrefix: linkPrefix, cap: place.memoryCap)
        var batch: [Sidecar] = []
        var walk = files
        while true {
            let next = try nextSidecar(&walk)
            if let next { batch.append(next) }
            if batch.count == ReportThumbnails.batch || next == nil {
                let thumbnails = await pictures.make(batch)
                for (sidecar, thumbnail) in zip(batch, thumbnails) { try page.picture(sidecar, thumbnail) }
                batch.removeAll(keepingCapacity: true)
            }
            if next == nil { break }
        }
        await pictures.end()
        try page.endPictures(summary.pictures)
        try page.end(summary, made: made, remarks: pictures.remarks)
    }

    // MARK: Reading

    private var files: OutboxWalk { OutboxWalk(place.outbox, sidecars: place.folders) }

    private func forEachSidecar(_ body: (Sidecar) throws -> Void, other: (_ isReplacing: Bool) -> Void) throws {
        var walk = files
        while let path = walk.next() {
            guard path.bytes.suffix(5).elementsEqual(".json".utf8) else { continue }
            switch try? SidecarFile.read(path.bytes, in: place.outbox) {
            case let sidecar? where sidecar.replacing == nil: try body(sidecar)
            case let sidecar: other(sidecar != nil)
            }
        }
    }

    private func nextSidecar(_ walk: inout OutboxWalk) throws -> Sidecar? {
        while let path = walk.next() {
            guard path.bytes.suffix(5).elementsEqual(".json".utf8),
                let sidecar = try? SidecarFile.read(path.bytes, in: place.outbox), sidecar.replacing == nil
            else { continue }
            return sidecar
        }
        return nil
    }

    private func forEachFailure(_ body: (ErrorFile) throws -> Void) throws {
        for quarantine in place.quarantines {
            var walk = Scanner(root: quarantine, rules: .hiddenFiles).walk()
            while let entry = walk.next() {
                guard case .file(let path, _) = entry, path.bytes.suffix(11).elementsEqual(".error.json".utf8),
                    let error = try? SidecarFile.readError(path.bytes, in: quarantine)
                else { continue }
                try body(error)
            }
        }
    }
}
