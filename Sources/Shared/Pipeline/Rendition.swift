package import Conditions
package import Jobs

/// One output picture of a job: stages of its own, then an encoder.
package struct Rendition: Codable, Sendable, Equatable {
    /// `[a-z0-9][a-z0-9_-]*`, unique in the pipeline.
    package var name: String
    /// After the pipeline's own stages; in YAML `resize:` is short for one resize, `stages:` gives a list.
    package var stages: [Stage]
    package var encoder: Encoder
    /// It is made where this holds; nil: always.
    package var when: Condition?
    /// What its quality is found by; nil: it is the encoder's.
    package var target: EncodingTarget?
    /// What several renditions are called in file names that are the same pixels in different formats; they follow each
    /// other. Nil of one that stands alone.
    package var group: String?
    /// Whether the source's own bytes are published where they are fewer, as `Original` has it; nil: no.
    package var neverLarger: Bool?

    package init(name: String, stages: [Stage] = [], encoder: Encoder) {
        self.name = name
        self.stages = stages
        self.encoder = encoder
    }

    /// `{rendition}` of file names.
    package var shownName: String { group ?? name }

    /// Whether it is another one's picture in another format.
    package func isSamePixels(as other: Rendition) -> Bool {
        group != nil && group == other.group && stages == other.stages
    }

    /// How a rendition is written. Quality is 1…100; a nil quality means the format's default.
    package enum Encoder: Codable, Sendable, Equatable {
        case jpeg(JPEG)
        case png(PNG)
        case webp(WebP)
        case avif(AVIF)
        case jxl(JXL)
        case heif(HEIF)
        case tiff(TIFF)
        case gif(GIF)
    }
}

/// A rendition that is the source's own file: its pixels untouched, without the metadata that is not kept.
package struct Original: Codable, Sendable, Equatable {
    /// As of renditions, among which it stands.
    package var name: String
    /// Whether JPEG and PNG are packed anew, where that makes them smaller.
    package var optimize = false

    package init(name: String) { self.name = name }
}

extension Pipeline {
    /// The names of all that is made of a source, in the order in which it is made.
    package var resultNames: [String] { renditions.map(\.name) + originals.map(\.name) }
}

/// Chroma subsampling.
package enum ChromaSubsampling: String, Codable, Sendable, CaseIterable {
    /// 4:4:4 from quality 90 on, else 4:2:0.
    case auto
    case off = "4:4:4"
    case on = "4:2:0"
}

package struct JPEG: Codable, Sendable, Equatable {
    package var quality: Int = 80
    package var progressive: Bool = false
    package var chroma: ChromaSubsampling = .auto
    /// Huffman tables made for this picture: 2–5 % smaller, holds the coefficients.
    package var optimize: Bool = false
    /// What transparent parts become, as JPEG has none.
    package var background: RGBA = .white

    package init() {}
}

package struct PNG: Codable, Sendable, Equatable {
    /// zlib level 0…9.
    package var compression: Int = 6
    package var progressive: Bool = false
    /// Reduce to at most 256 colours.
    package var palette: Bool = false
    /// Only with `palette`, 1…100.
    package var quality: Int = 100

    package init() {}
}

package struct WebP: Codable, Sendable, Equatable {
    package var quality: Int = 80
    package var lossless: Bool = false
    /// 0 (fast) … 6 (small).
    package var effort: Int = 4
    package var smartSubsampling: Bool = false

    package init() {}
}

package struct AVIF: Codable, Sendable, Equatable {
    package var quality: Int = 50
    package var lossless: Bool = false
    /// 0 (fast) … 9 (small).
    package var effort: Int = 4
    package var chroma: ChromaSubsampling = .auto

    package init() {}
}

/// JPEG XL.
package struct JXL: Codable, Sendable, Equatable {
    package var quality: Int = 80
    package var lossless: Bool = false
    /// 3 (fast) … 9 (small).
    package var effort: Int = 4

    package init() {}

    /// libjxl's measure of what is lost: 0 is nothing, 1 is hardly seen. By libjxl's own rule for quality; libvips takes
    /// at most 15.
    package var distance: Double {
        if lossless { return 0 }
        let quality = Double(quality)
        if quality >= 30 { return 0.1 + (100 - quality) * 0.09 }
        return min(15, 53.0 / 3000 * quality * quality - 23.0 / 20 * quality + 25)
    }
}

/// HEIC: HEIF with an HEVC picture.
package struct HEIF: Codable, Sendable, Equatable {
    package var quality: Int = 50
    /// 0 (fast) … 9 (small).
    package var effort: Int = 5
    /// What phones decode, at any quality.
    package var chroma: ChromaSubsampling = .on

    package init() {}
}

package struct TIFF: Codable, Sendable, Equatable {
    package enum Compression: String, Codable, Sendable, CaseIterable {
        case none, lzw, deflate, zstd, jpeg
    }
    package var compression: Compression = .deflate
    /// Only with `compression: jpeg`.
    package var quality: Int = 90
    /// Whether to write tiles and reduced layers, for viewers of large pictures.
    package var pyramid: Bool = false

    package init() {}
}

package struct GIF: Codable, Sendable, Equatable {
    /// 1 (fast) … 10 (small).
    package var effort: Int = 7
    /// 0 (none) … 1.
    package var dither: Double = 1
    /// Bits a pixel, 1…8.
    package var bitdepth: Int = 8

    package init() {}
}

extension Rendition.Encoder {
    package var format: PictureFormat {
        switch self {
        case .jpeg: .jpeg
        case .png: .png
        case .webp: .webp
        case .avif: .avif
        case .jxl: .jxl
        case .heif: .heif
        case .tiff: .tiff
        case .gif: .gif
        }
    }

    /// The word in YAML and in the sidecar.
    package var formatName: String { format.rawValue }

    /// `{ext}` of the name template.
    package var fileExtension: String {
        switch self {
        case .jpeg: "jpg"
        case .heif: "heic"
        case .tiff: "tif"
        default: formatName
        }
    }

    /// Whether readers of the format mind no orientation tag, or it has no place for one.
    package var losesOrientation: Bool {
        switch self {
        case .avif, .jxl, .heif, .gif: true
        case .jpeg, .png, .webp, .tiff: false
        }
    }

    /// Whether the format can hold an animation.
    package var animates: Bool {
        switch self {
        case .webp, .gif: true
        case .jpeg, .png, .avif, .jxl, .heif, .tiff: false
        }
    }
}
