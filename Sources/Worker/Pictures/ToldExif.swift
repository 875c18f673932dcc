package import Jobs
package import Metadata
package import Pipeline

/// What a sidecar tells of a source's metadata.
package struct ToldExif: Sendable, Equatable {
    /// Nil where nothing is told.
    package private(set) var record: ExifRecord?
    /// What of it is from companions; nil where nothing is.
    package private(set) var filled: Filled?
    /// Texts that are known of the source and not told.
    private let withheld: [String]

    /// - Parameters:
    ///   - exif: what the EXIF block says, with what companions fill of it.
    ///   - packet: the XMP packet; nil without one.
    package init(
        _ exif: ExifRecord, _ filling: ExifFilling?, xmp packet: [UInt8]?, _ rule: SidecarRules.Exif,
        _ policy: MetadataPolicy
    ) {
        var all = exif
        filling?.apply(to: &all)
        if let packet { all.takeDate(ofXMP: packet) }
        var told = all
        var sources = filling?.sources
        switch rule {
        case .all: break
        case .none: (told, sources) = (ExifRecord(), nil)
        case .asPictures:
            told = exif
            filling?.apply(to: &told)
            if !policy.keeps(.exif) { (told, sources) = (ExifRecord(copyrightOf: told), nil) }
            let hasCopyright = policy.keeps(.exif) ? !policy.drop.contains(.copyright) : policy.keepsCopyright
            if !hasCopyright { (told.copyright, told.artist) = (nil, nil) }
            if policy.keeps(.xmp), let packet { told.takeDate(ofXMP: packet) }
            if !policy.keepsGPS {
                told.removePlace()
                sources?.gps = nil
            }
            if told.takenFrom != .companion { sources?.taken = nil }
            if told.description == nil { sources?.description = nil }
        }
        record = told.isEmpty ? nil : told
        filled = sources?.isEmpty == false ? sources : nil
        // A date that another one stands before is in the pictures all the same.
        let kept = Set(told.texts + (policy.keeps(.exif) && rule != .none ? exif.texts : []))
        let known = rule == .all ? [] : Set(exif.texts + all.texts)
        withheld = known.filter { !kept.contains($0) && $0.utf8.count > 3 }
            .sorted { $0.utf8.count > $1.utf8.count }
    }

    /// Warnings without texts that are not told: what libraries say may quote what they read.
    package func hiding(in warnings: [String]) -> [String] {
        warnings.map { warning in
            guard let start = warning.firstIndex(of: ":"), Self.ofLibraries.contains(String(warning[..<start])) else {
                return warning
            }
            return warning[..<start] + withheld.reduce(String(warning[start...])) { $0.replacing($1, with: "…") }
        }
    }

    private static let ofLibraries: Set<String> = ["libvips", "EXIF", "metadata", "raw"]
}

extension ExifRecord {
    /// Of a block of which only the copyright is kept.
    fileprivate init(copyrightOf record: ExifRecord) {
        self.init()
        (copyright, artist) = (record.copyright, record.artist)
    }

    /// All that somebody wrote, and the date as EXIF and others write it.
    fileprivate var texts: [String] {
        let dates = taken.map { taken in
            let moment = String(taken.prefix(19))
            return [taken, moment, moment.replacing("-", with: ":").replacing("T", with: " ")]
        }
        return [make, model, lens, copyright, artist, description].compactMap(\.self) + (dates ?? [])
    }
}
