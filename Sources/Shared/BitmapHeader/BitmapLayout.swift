/// What the header of a BMP, PNM or PAM says of the picture behind it. Nothing here is compared with the file's size: lines
/// may lie behind its end.
package struct BitmapLayout: Sendable, Equatable {
    package enum Coding: Sendable, Equatable {
        /// Numbers into a table of colours, of so many bits.
        case indexed(bits: Int)
        /// The same in runs: RLE4, RLE8.
        case runs(bits: Int)
        /// Pixels of so many bits, in which `masks` say where each band is.
        case fields(bits: Int)
        /// A bit a pixel; 1 is black.
        case bits
        /// Samples of one byte, or of two where white is more than 255.
        case samples
        /// A decimal digit a pixel; 1 is black.
        case digits
        /// Samples in decimal digits.
        case numbers
    }

    package var coding: Coding
    package var width: Int
    package var height: Int
    /// Of the picture that is made of it: 1 grey, 2 with alpha, 3 colours, 4 with alpha.
    package var bands: Int
    /// Bits of a sample.
    package var depth = 8
    /// The largest sample.
    package var white = 255
    /// Where the first line begins.
    package var offset: UInt64 = 0
    /// Bytes from one line to the next; 0 where that differs.
    package var lineBytes: UInt64 = 0
    package var isBottomUp = false
    /// Red, green and blue of each colour.
    package var colours: [UInt8] = []
    /// Red, green, blue, alpha.
    package var masks: [UInt32] = [0, 0, 0, 0]
    /// Where an ICC profile lies in the file.
    package var profile: Range<UInt64>?
    package var density: Density?
    /// Pictures that follow each other in the file, and whether there are more that were not counted.
    package var pages = 1
    package var hasMorePages = false
    /// For the sidecar: what is there and not used.
    package var warnings: [String] = []

    /// Pixels a metre.
    package struct Density: Sendable, Equatable {
        package var across: Int
        package var down: Int

        package init(across: Int, down: Int) {
            self.across = across
            self.down = down
        }
    }

    package init(_ coding: Coding, width: Int, height: Int, bands: Int) {
        self.coding = coding
        self.width = width
        self.height = height
        self.bands = bands
    }

    package var isInRuns: Bool { if case .runs = coding { true } else { false } }

    package var hasAlpha: Bool { bands == 2 || bands == 4 }

    /// Behind the last line; nil where only reading them tells, and for a file longer than there can be.
    var end: UInt64? {
        guard lineBytes > 0 else { return nil }
        let (lines, overflow) = lineBytes.multipliedReportingOverflow(by: UInt64(max(0, height)))
        let (end, more) = lines.addingReportingOverflow(offset)
        return overflow || more ? nil : end
    }
}

/// Why a header could not be read.
package enum BitmapFault: Error, Equatable {
    /// The file ends before it, or cannot be read there.
    case endOfFile
    /// It contradicts its format, and how.
    case malformed(String)
    /// It is sound, and of a kind that is not read: its name for people.
    case unsupported(String)
}

/// As many of so many bytes at an offset of the file as there are; nil where they cannot be read.
package typealias BitmapBytes = (_ offset: UInt64, _ count: Int) -> [UInt8]?
