package import ImageHeader
package import Jobs
import Pipeline

extension JobError {
    /// Says what kind of file it is that a decoder does not read.
    package func naming(_ header: PictureHeader?) -> JobError {
        guard code == .unsupportedFormat, let header else { return self }
        let kind: String
        if let raw = header.raw {
            kind = raw.name
        } else if let tiff = header.tiff {
            kind = tiff.words
        } else if header.format == .jpeg, message.lowercased().contains("sof type 0xc3") {
            kind = "a lossless JPEG (SOF3) of \(header.depth) bits"
        } else {
            kind = "\(header.format.rawValue.uppercased()) of \(header.bands) x \(header.depth) bits"
        }
        return message.contains(kind) ? self : JobError(code, "This is \(kind). \(message)", stage: stage)
    }
}
