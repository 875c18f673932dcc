import Models
import Pipeline

/// What libvips 8.14.1 and its libraries were measured to hold: a release worker with one thread a picture and a tile
/// height of 16, all blocks of its allocator by size, anonymous memory at its peak; pictures of 2 to 192 megapixels.
/// To be calibrated again, here alone, when the worker or a library changes. Bytes, lines, or bytes a pixel.
enum EstimateFigures {
    /// What is added to everything above the warm worker, for the allocator's own needs and what differs from one picture
    /// to the next.
    static let margin = 0.06

    // MARK: Lines that stream

    /// libvips' state, threads' stacks, the decoder's and the encoder's own: blocks under 256 KiB. Measured 0.5–2.5 MB in a
    /// young worker, up to 5 MB of small pictures after hundreds of others (ten of 1,201 corpus files took more than 4 MB).
    static let workingSet: UInt64 = 5_500_000
    /// Lines of the picture as it is decoded that libvips' loaders keep: 85–93 for PNG, 2,000 to 60,000 pixels wide.
    static let loadedLines: UInt64 = 96
    /// The same where the planes of a JPEG are read: a row of its blocks, and what waits for the rest of a strip.
    static let planeLines: UInt64 = 48
    /// Lines of full width that libjpeg keeps before it has shrunk them: 8 rows of blocks and what upsampling needs.
    static let jpegLines: UInt64 = 24
    /// Of a JPEG whose decoder has a thread of its own: three rows of blocks.
    static let linesAhead: UInt64 = 48
    /// Lines of a result that are written, and of all that comes between: 46.
    static let writtenLines: UInt64 = 48

    // MARK: Resizes (`Scaler.c`, `Lines.c`)

    /// Lines of the result, in floating point, that a line of the picture adds to: six, and those that begin and end.
    static let unfinishedLines = 8.0
    /// Lines of the picture that are added at once; where planes are, what some of them are ahead of others.
    static let stripLines = 16.0
    static let aheadLines = 56.0
    /// Finished lines that are kept; of each pixel of a filter's sigma, so many more.
    static let keptLines: UInt64 = 64
    static let keptLinesPerSigma = 8.0
    /// Bytes of weights for a pixel of the picture's width and height: six taps of four bytes, 36 where it hardly shrinks.
    static let weights = 32.0
    /// Bytes of pixels that are filtered at once; and again for each time that the picture is shrunk by so much.
    static let segment: UInt64 = 36_000
    static let segmentShrink = 14.0
    /// Lines of the picture that libvips' own resize keeps in its caches: 290–350.
    static let libvipsResizedLines: UInt64 = 300
    /// It multiplies colours by alpha first, in floating point.
    static let alphaFactor: UInt64 = 4

    // MARK: Models that no worker has tried yet

    static func memory(of model: ModelDescription) -> ModelDescription.Memory { model.memory ?? untriedModel(model) }

    /// A picture for a model: its bytes, their means in floating point, what the network or the descriptor is given.
    static let smallVersion: UInt64 = 3_000_000

    /// Of a network's bytes, those in blocks that are large enough to be spilled.
    static let largeWeights = 0.8

    /// Weights are pages of the compiled file. What lies between layers goes with the pixels that the network sees: it keeps
    /// 80–500 bytes of each for ten networks, and 32 MiB at most; 110–690 while it runs (`Documentation/models.md`).
    static func untriedModel(_ model: ModelDescription) -> ModelDescription.Memory {
        let (width, height) = model.inputSize ?? (model.tile, model.tile)
        let pixels = product(count(width), count(height))
        return .init(kept: min(product(pixels, 512), 32 << 20), peak: product(pixels, 720))
    }

    // MARK: Filters

    /// Lines of floating point that a blur or a sharpening keeps, and for each pixel of sigma; where there is alpha, which
    /// colours are multiplied by, so many times that.
    static let blurLines = 64.0
    static let blurLinesPerSigma = 3.0
    static let blurAlphaFactor: UInt64 = 3

    // MARK: Tones and colours (`CGrade`)

    /// Curves of 65,536 values for three channels, and those that they are made of.
    static let gradingTables: UInt64 = 450_000
    /// Lines that are graded at once, before and after.
    static let gradedLines: UInt64 = 32

    // MARK: Denoising

    /// Numbers of four bytes for each pixel of a picture's width: what `sluice_denoise_numbers` says of pictures 4000
    /// pixels wide, which a test compares.
    static func denoiseNumbers(planes: UInt64, width: UInt64, quality: Denoise.Quality) -> UInt64 {
        let grey = planes == 1
        switch quality {
        case .fast: return width <= 24576 ? (grey ? 383 : 1032) : grey ? 101 : 259
        case .good:
            return width <= 12288 ? (grey ? 588 : 1446) : width <= 24576 ? (grey ? 455 : 1139) : grey ? 223 : 525
        case .best:
            return width <= 12288 ? (grey ? 809 : 1892) : width <= 24576 ? (grey ? 476 : 1136) : grey ? 237 : 523
        }
    }
    /// Bytes more for each plane of narrower ones, of which more rows are denoised at once.
    static let denoiseNarrow: UInt64 = 800_000
    /// Lines of the result, and of its alpha.
    static func denoisedLines(width: UInt64) -> UInt64 { width <= 24576 ? 160 : 80 }
    /// Bytes of each thread: sums of 512 pixels, its stack.
    static let denoiseThread: UInt64 = 700_000
    /// Bytes of what noise is measured with, beside lines, whatever the size.
    static let noiseMeter: UInt64 = 1_400_000

    // MARK: Decoders that hold the picture. Bytes a pixel.

    /// Coefficients are 16-bit numbers (libjpeg's virtual arrays; exact).
    static let coefficient = 2.0
    /// Canvas and frame, 4 each.
    static let webp = 8.4
    /// Shrunk on load; and, where it is lossless, the whole picture in ARGB before that.
    static let webpScaled = 8.4
    static let webpLossless = 4.1
    /// Alpha of a lossy one is a picture of its own, which is not shrunk.
    static let webpAlpha = 1.05
    /// What libwebp's canvas takes of the address space and hardly of the memory: 15–19 in all; 4 when shrunk on load.
    static let webpUntouched = 10.5
    static let webpScaledUntouched = 4.1
    /// Canvas and what the decoder keeps beside it: 4.4–5.1.
    static let gif = 5.2
    /// HEIC 4:2:0 5.2–5.9, AVIF 6.7–7.2 of which a third more is reserved and not touched; the others from 84 runs of
    /// other sizes (FACTS of the libraries).
    static let heic420 = 6.3
    static let avif420 = 7.4
    static let avifUntouched = 2.8
    static let heif444 = 12.7
    static let heif420Deep = 13.0
    static let heif444Deep = 23.0

    /// Beside its samples: 2.4–3 of the usual kinds, lossy or not; 20 where a lossless one can be shown in steps.
    static let jxl = 3.5
    /// LibRaw: two bytes a value of the sensor (twice that in a few formats), and four values of 16 bits a pixel.
    static let raw = 12.0
    static let rawHalf = 24.0
    /// The same where each pixel has all colours already.
    static let rawColours = 18.0
    /// The square that it makes colours of at a time, and the curve of brightness.
    static let rawTables: UInt64 = 9_000_000
    /// BMP in runs (`Runs.c`): lines that are decoded together, a byte a pixel; of high pictures as many as make so many groups.
    static let runLines: UInt64 = 16
    static let runGroups: UInt64 = 4096
    /// Of animations of JPEG XL, which do not say how many they have.
    static let untoldFrames = 50

    // MARK: Encoders. Bytes a pixel of the output.

    /// YUV 1.5, tokens 0.6–3 for photographs (8 for noise: those are spilled where there is no room), the file itself.
    /// The picture itself, which all these encoders hold beside, is counted apart.
    static let webpLossy = 5.5
    /// Its alpha is a lossless picture of its own: up to 18 where that is no plain one.
    static let webpAlphaEncoder = 18.0
    /// 29–35, as the content has it.
    static let webpLosslessEncoder = 36.0
    /// Efforts 0–2: 14. From 3 on, where libaom looks further: 26, 29 at effort 4, 35 at effort 9. At 4:4:4 11–14 more.
    static let avifQuick = 15.0
    static let avifThorough = 34.0
    static let avifFullChroma = 13.0
    /// Of its threads, whatever the size.
    static let avifThreads: UInt64 = 3_500_000
    /// libjxl 0.7 with an effort of 3 to 6: 41, lossless 63; from 7 on 80, lossless or not.
    static let jxlQuick = 42.0
    static let jxlLossless = 22.0
    static let jxlThorough = 82.0
    /// Of its tables and small blocks: 2 MB of the smallest picture, 4 MB at 100 megapixels.
    static let jxlTables: UInt64 = 4_500_000
    /// x265 3.5, whatever the effort: 14.2 at 4:2:0, 22 at 4:4:4, and the file four times: 1 of photographs, above a quality
    /// of 60 3.5 (8 of noise: those are spilled where there is no room).
    static let heic = 15.5
    static let heicFullChroma = 8.0
    static let heicAlpha = 2.0
    static let heicFine = 3.0
    /// Of its tables and small blocks, whatever the size.
    static let heicTables: UInt64 = 4_500_000
    /// The quantiser's pixels are four floating-point numbers: 19–20.
    static let palette = 20.5
    /// Coefficients: 2.5 at 4:2:0, 5.6 at 4:4:4.
    static let jpegWhole420 = 3.3
    static let jpegWhole444 = 6.2
    static let pyramid = 2.0
    /// A watermark is loaded whole before it is scaled: a mark of two megapixels.
    static let watermarkFile: UInt64 = 8_000_000
}
