package import BitmapHeader
package import Jobs

/// What a picture file says about itself before anything is decoded.
///
/// Nothing here is checked against what a decoder can take: a hostile file has sizes up to 2^32 - 1 and up to 65,535
/// bands, whose product does not fit into an `Int`.
package struct PictureHeader: Sendable, Equatable {
    package var format: PictureFormat
    /// Pixels as stored: one frame or page, before HEIF's own crop and rotation.
    package var width: Int
    package var height: Int
    /// Pixels as the decoder hands them out: after HEIF's crop and rotation, otherwise as stored. EXIF orientation is
    /// not applied.
    package var decodedWidth: Int
    package var decodedHeight: Int
    /// Bands as the decoder hands them out, alpha included: a palette counts 3, or 4 with transparency.
    package var bands: Int
    /// Bits per band as stored.
    package var depth: Int
    /// Frames or pages that the decoder can reach; nil when counting them would have read too much of the file.
    package var pages: Int?
    /// Frames or pages that were certainly found, at least 1.
    package var minimumPages: Int = 1
    /// TIFF and HEIF: the pages that are pictures of their own, in order, as far as `minimumPages` goes.
    package var pictures: [PagePlace] = []
    /// Of a document of which each page is made: what its other pages take, the most of those that are alike. `readDocument`
    /// fills it.
    package var furtherPages: [PictureHeader] = []
    /// HEIF and AVIF: how many pictures a sequence has that stands beside the still one; nil without one, 0 where that is
    /// not said.
    package var sequenceLength: Int?
    package var hasAlpha = false
    /// The turn that EXIF or TIFF asks for, 1…8; nil where it was not looked for or not found. JPEG and TIFF only: others
    /// have it behind the picture, or none.
    package var orientation: Int?
    /// JPEG: the decoder holds the whole picture as coefficients. Progressive, or baseline in several scans.
    package var isProgressive = false
    /// PNG: Adam7.
    package var isInterlaced = false
    /// JPEG: coefficients per pixel, over all components: 1 grey, 1.5 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4, 4 CMYK.
    package var coefficientsPerPixel: Double?
    /// WebP: the picture, or one of the frames looked at, is lossless. JPEG: it is of the lossless kind, which no decoder of
    /// pictures reads.
    package var isLossless = false
    /// GIF: areas of the canvas are not drawn by the first frame, or become transparent again when one is over; the decoder
    /// does not tell.
    package var clearsAreas = false
    /// The file plays: more than one frame. Of PNG and JPEG XL `pages` is nil then.
    package var isAnimated = false
    /// PNG: how many frames it says to have. No more are played.
    package var statedFrames: Int?
    /// What is said of the colours outside an ICC profile.
    package var colour: ColourSignal?
    /// Whether that counts more than an ICC profile, as PNG's cICP does.
    package var outranksProfile = false
    /// The brightest pixel that the file tells, or the brightest light of the display it was made on; cd/m².
    package var brightest: Double?
    /// PNG: where an iCCP chunk's data lies that libpng does not read, as an sRGB chunk is before it.
    package var passedProfile: Range<UInt64>?
    package var tiff: TIFFLayout?
    package var heif: HEIFLayout?
    package var jxl: JXLLayout?
    package var raw: RAWLayout?
    /// BMP and PNM.
    package var bitmap: BitmapLayout?
    /// RAW: of each 2 × 2 values of the sensor one pixel is made; the size is that of the result.
    package var isHalfSize = false
    /// What the file is, where this is the header of a picture embedded in it.
    package var original: PictureFormat?

    package init(format: PictureFormat, width: Int, height: Int, bands: Int, depth: Int, pages: Int? = 1) {
        self.format = format
        self.width = width
        self.height = height
        decodedWidth = width
        decodedHeight = height
        self.bands = bands
        self.depth = depth
        self.pages = pages
    }

    /// Pixels of one frame or page; the largest number there is rather than an overflow.
    package var pixels: UInt64 {
        let (product, overflow) = UInt64(max(width, 0)).multipliedReportingOverflow(by: UInt64(max(height, 0)))
        return overflow ? .max : product
    }

    /// Bytes that one band of a decoded pixel takes: 1, 2, 4 or 8.
    package var bytesPerBand: Int {
        switch depth {
        case ...8: 1
        case ...16: 2
        case ...32: 4
        default: 8
        }
    }
}

/// The layout of a TIFF's first page.
package struct TIFFLayout: Sendable, Equatable {
    /// Rows per strip, never more than the height; nil for tiles.
    package var rowsPerStrip: Int?
    /// Pixels; nil for strips.
    package var tileWidth: Int?
    package var tileHeight: Int?
    /// Each band in strips or tiles of its own.
    package var isPlanar = false
    /// Tag 259: 1 none, 5 LZW, 7 JPEG, 8 Deflate, …
    package var compression = 1
    /// Tag 262: 0 and 1 grey, 2 RGB, 3 palette, 5 CMYK, 6 YCbCr, 8 Lab, …
    package var photometric = 1
    package var samplesPerPixel = 1
    package var bitsPerSample = 1
    package var isBigTIFF = false
    /// Tag 338, for each sample beyond the colours: 0 anything, 1 associated alpha, 2 unassociated alpha.
    package var extraSamples: [Int] = []
    /// Tag 339: 1 unsigned, 2 signed, 3 floating point, 4 anything, 5 and 6 complex.
    package var sampleFormat = 1
    /// Tag 530: pixels across and down for one of YCbCr's colours.
    package var subsampling: [Int]?
    /// Tag 529: what red, green and blue have of YCbCr's luminance.
    package var yCbCrCoefficients: [Double]?
    /// Tag 532: black and white of each of three samples.
    package var referenceBlackWhite: [Double]?
    package var colour = TIFFColour()

    package init() {}
}

/// What a JPEG XL is beside its size.
package struct JXLLayout: Sendable, Equatable {
    /// Whether it was encoded as libjxl's own colours, as nearly all is that is not lossless.
    package var isXYB = true
    /// What its channels hold beside colours and alpha, and the picture is shown without.
    package var leftOut: [String] = []

    package init() {}
}

/// How a HEIF or AVIF's main picture is coded.
package struct HEIFLayout: Sendable, Equatable {
    package enum Chroma: String, Sendable {
        case monochrome
        case subsampled420 = "4:2:0"
        case subsampled422 = "4:2:2"
        case full444 = "4:4:4"
    }

    /// nil when no codec configuration says it.
    package var chroma: Chroma?
    /// Tiles that make up the picture; 1 when it is not put together from others.
    package var tiles = 1
    /// Whether the picture is put together from tiles.
    package var isGrid = false
    /// Whether EXIF alone says how the picture is to be turned, as in HEIC files of some Samsung phones: it is HEVC, has
    /// neither `irot` nor `imir`, and does not claim to follow MIAF, which has EXIF's orientation ignored.
    package var isTurnedByEXIF = false
    /// What stands beside the picture and belongs to it, and its decoder does not hand out.
    package var companions: [Companion] = []

    package enum Companion: String, Sendable {
        case gainMap = "gain map"
        case depthMap = "depth map"
        case matte
    }

    package init(chroma: Chroma? = nil, tiles: Int = 1, isGrid: Bool = false) {
        self.chroma = chroma
        self.tiles = tiles
        self.isGrid = isGrid
    }
}
