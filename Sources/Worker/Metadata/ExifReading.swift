import CExif
import Glibc
package import Jobs

/// What an EXIF block says, and what was wrong with it.
package struct ExifReading: Sendable, Equatable {
    package var record = ExifRecord()
    /// For people, at most some ten; a damaged block is never an error.
    package var warnings: [String] = []

    package init(record: ExifRecord = ExifRecord(), warnings: [String] = []) {
        self.record = record
        self.warnings = warnings
    }
}

/// Finds a picture's EXIF block and reads it; an empty record where there is none.
/// - Throws: what `source` throws.
package func readExif(in source: PictureBytes, format: PictureFormat) throws -> ExifReading {
    guard let block = try exifBlock(in: source, format: format) else { return ExifReading() }
    return readExif(block)
}

/// Reads an EXIF block, with or without the signature that opens it in JPEG.
///
/// libexif gets it laid out anew, without what is damaged and without maker notes: it gives up where exiftool reads on
/// (a wrong magic number, an odd thumbnail length), and its maker note parsers need not meet a stranger's bytes.
package func readExif(_ block: [UInt8]) -> ExifReading {
    // Reading from memory does not throw.
    guard var directories = try? ExifDirectories(in: PictureBytes(withoutExifSignature(block))) else {
        return ExifReading(warnings: ["EXIF: the block does not start with a TIFF structure; it was ignored."])
    }
    var damage: [String] = []
    if directories.damageCount > 0 {
        damage.append("EXIF: \(directories.damageCount) damaged entries or directories were skipped.")
    }
    directories.exif.removeAll { $0.tag == ExifTagNumber.makerNote }
    guard let structure = directories.serialised() else { return ExifReading(warnings: damage) }
    var reading = parse(exifSignature + structure)
    reading.warnings = damage + reading.warnings
    return reading
}

private func parse(_ block: [UInt8]) -> ExifReading {
    guard let data = exif_data_new(), let log = exif_log_new() else {
        return ExifReading(warnings: ["libexif is out of memory."])
    }
    defer {
        exif_log_unref(log)
        exif_data_unref(data)
    }
    let warnings = WarningList()
    exif_log_set_func(log, collectWarning, Unmanaged.passUnretained(warnings).toOpaque())
    exif_data_log(data, log)
    // Both are on by default. Following the specification would invent tags, and unknown ones may be of interest.
    exif_data_unset_option(data, EXIF_DATA_OPTION_IGNORE_UNKNOWN_TAGS)
    exif_data_unset_option(data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION)
    exif_data_load_data(data, block, UInt32(block.count))
    let record = withExtendedLifetime(warnings) { ExifFields(data: data).record() }
    // The object outlives this call only if libexif leaks it: it must not call back then.
    exif_log_set_func(log, nil, nil)
    return ExifReading(record: record, warnings: warnings.messages)
}

/// libexif's messages of one block, each once.
private final class WarningList {
    private static let limit = 10
    private(set) var messages: [String] = []

    func add(_ message: String) {
        guard messages.count < Self.limit, !messages.contains(message) else { return }
        messages.append(message)
    }
}

private let collectWarning: ExifLogFunc = { _, code, _, format, arguments, context in
    guard code == EXIF_LOG_CODE_CORRUPT_DATA || code == EXIF_LOG_CODE_NO_MEMORY, let format, let arguments, let context
    else { return }
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 300) { buffer -> String in
        guard let start = buffer.baseAddress, vsnprintf(start, buffer.count, format, arguments) >= 0 else { return "" }
        return String(cString: start)
    }
    Unmanaged<WarningList>.fromOpaque(context).takeUnretainedValue().add("EXIF: \(text)")
}
