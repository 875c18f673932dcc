import CJXL
import CVips
package import ImageHeader
package import Jobs
import Metadata
package import Vips

/// What a source says of its colours, to be put on every image that is opened of it.
package struct SourceColour {
    /// Where the ICC profile says it, nil.
    package private(set) var meaning: ColourMeaning?
    /// Whether the decoder hands out grey from 16 to 235 for black and white, as libheif 1.15 does.
    package private(set) var isNarrowGrey = false
    /// Bits that the decoder has moved to the upper end of 16; nil where all 16 count.
    package private(set) var movedBits: Int?

    /// - Parameters:
    ///   - image: as it was opened, with its profile.
    ///   - exif: the block as it stands in the file.
    package init(_ header: PictureHeader?, of image: Image, exif: [UInt8]?, descriptor: Int32, _ context: JobContext) {
        guard var header else { return }
        if header.format == .heif || header.format == .avif {
            if case .coded(let coded)? = header.colour, header.heif?.chroma == .monochrome, header.depth == 8 {
                isNarrowGrey = !coded.isFullRange
            }
            if (9...15).contains(header.depth), image.is16Bit { movedBits = header.depth }
        }
        let profile = image.blob("icc-profile-data").map(ColourProfile.init)
        let named = image.colourOfJXL
        if let brightest = image.double(SLUICE_JXL_BRIGHTEST) { header.brightest = brightest }
        let signal = (named ?? header.colour).flatMap { Self.meaning(of: $0, header, context) }
        // The profile of a JPEG XL is libjxl's, made of the same numbers.
        if profile != nil, !header.outranksProfile, named == nil {
            // A profile's curves end at white: light beyond it is described by codes, beside the profile or in it.
            let coded = profile?.codedColour.flatMap { ColourMeaning($0, brightest: header.brightest) }
            for case .highRange(let range)? in [signal, coded] { meaning = .highRange(range) }
            return
        }
        if let passed = header.passedProfile, let read = Self.profile(in: passed, descriptor) {
            meaning = .profile(read)
            return
        }
        // Codes that are not known leave a profile as it is.
        if profile != nil, signal == nil { return }
        meaning = signal ?? Self.meaning(of: header, exif: exif, descriptor)
    }

    /// Of an iCCP chunk: a name, a zero, the method (0 is zlib), the profile.
    private static func profile(in chunk: Range<UInt64>, _ descriptor: Int32) -> [UInt8]? {
        guard let start = Int(exactly: chunk.lowerBound) else { return nil }
        let data = readBytes(descriptor, at: start, count: chunk.count)
        guard let end = data.prefix(80).firstIndex(of: 0), data.count > end + 2, data[end + 1] == 0 else { return nil }
        let profile = inflate(zlib: Array(data[(end + 2)...]), limit: largestProfile)
        return profile.flatMap { ColourProfile(bytes: $0).space == nil ? nil : $0 }
    }

    /// Bytes.
    private static let largestProfile = 4 << 20

    private static func meaning(
        of signal: ColourSignal, _ header: PictureHeader, _ context: JobContext
    ) -> ColourMeaning? {
        switch signal {
        case .standard: return .standard
        case .measured(let measured): return ColourMeaning(measured)
        case .coded(let coded):
            if let meaning = ColourMeaning(coded, brightest: header.brightest) { return meaning }
            context.warn(
                "colour: the file uses colour codes unknown to Sluice (primaries \(coded.primaries), "
                    + "transfer \(coded.transfer)): using its profile, or sRGB")
            return nil
        }
    }

    /// Of tags that stand in for a profile: TIFF's own, then EXIF's.
    private static func meaning(of header: PictureHeader, exif: [UInt8]?, _ descriptor: Int32) -> ColourMeaning? {
        if let tiff = header.tiff, let meaning = meaning(of: tiff, descriptor) { return meaning }
        guard let colour = exif.map(readExifColour) else { return nil }
        if colour.isAdobeRGB {
            return .curve(.power(563.0 / 256), .adobeRGB, name: "Adobe RGB (1998), by EXIF")
        }
        guard colour.isUncalibrated else { return nil }
        let space = colour.chromaticities.flatMap { Chromaticities($0) }
        guard space != nil || colour.gamma != nil else { return nil }
        let measured = ColourMeaning(MeasuredColour(gamma: colour.gamma, chromaticities: space))
        guard case .curve(let curve, let found, _) = measured else { return measured }
        return .curve(curve, found, name: "EXIF's white point, primaries and gamma")
    }

    private static func meaning(of tiff: TIFFLayout, _ descriptor: Int32) -> ColourMeaning? {
        let space = tiff.colour.chromaticities
        var curve = ColourCurve.standard
        if let table = tiff.colour.transfer, let read = transferCurve(table, tiff, descriptor) { curve = read }
        if curve == .standard, space == nil { return nil }
        let named = space ?? .standard
        if curve == .standard, named.isStandard { return .standard }
        return .curve(curve, named, name: "TIFF's transfer function and primaries")
    }

    /// TransferFunction: 2^bits numbers once, or three times.
    private static func transferCurve(
        _ table: TIFFColour.Table, _ tiff: TIFFLayout, _ descriptor: Int32
    ) -> ColourCurve? {
        guard (1...16).contains(tiff.bitsPerSample) else { return nil }
        let entries = 1 << tiff.bitsPerSample
        let channels = table.count == UInt64(entries) ? 1 : 3
        // At most 3 x 65,536 numbers.
        guard table.count == UInt64(entries * channels), let offset = Int(exactly: table.offset) else { return nil }
        let bytes = readBytes(descriptor, at: offset, count: entries * channels * 2)
        guard bytes.count == entries * channels * 2 else { return nil }
        let (high, low) = table.isBigEndian ? (0, 1) : (1, 0)
        let numbers = stride(from: 0, to: bytes.count, by: 2).map {
            UInt16(bytes[$0 + high]) << 8 | UInt16(bytes[$0 + low])
        }
        return .table(numbers, channels: channels)
    }
}

extension SourceColour {
    /// Puts it on an image that was just opened and is not shared: as a profile, or as fields that go with the
    /// pixels.
    package func mark(_ image: Image) throws(JobError) -> Image {
        var image = image
        if isNarrowGrey { image = try image.widened() }
        // What stands in for a profile is of light: a CMYK picture without one stays as it is.
        guard let meaning, !image.isCMYK else { return image }
        vips_image_remove(image.pointer, "icc-profile-data")
        switch meaning {
        case .standard: break
        case .curve, .profile:
            if let profile = meaning.profile(isGrey: image.isGrey) {
                vips_image_set_blob_copy(image.pointer, "icc-profile-data", profile, profile.count)
            }
        case .highRange(let range):
            if let movedBits {
                let largest = Double((1 << movedBits - 1) << (16 - movedBits))
                image = try image.scalingColours(by: 65535 / largest, offset: 0)
            }
            vips_image_set_int(image.pointer, HighRange.lightField, Int32(range.light.rawValue))
            vips_image_set_int(image.pointer, HighRange.primariesField, Int32(range.primaries))
            if let brightest = range.brightest {
                vips_image_set_double(image.pointer, HighRange.brightestField, brightest)
            }
        }
        return image
    }
}

extension Image {
    /// What libjxl says of it, where the file has no profile of its own.
    fileprivate var colourOfJXL: ColourSignal? {
        guard let primaries = integer(SLUICE_JXL_PRIMARIES), let transfer = integer(SLUICE_JXL_TRANSFER) else {
            return nil
        }
        return .coded(CodedColour(primaries: primaries, transfer: transfer, matrix: 0, isFullRange: true))
    }

    /// Of 8 bits: black from 16, white from 235.
    fileprivate func widened() throws(JobError) -> Image {
        try scalingColours(by: 255.0 / 219, offset: -16 * 255.0 / 219)
    }

    /// Rounded; alpha stays.
    package func scalingColours(by factor: Double, offset: Double) throws(JobError) -> Image {
        let colours = hasAlpha ? try extractedBands(first: 0, count: bands - 1) : self
        let scaled = try colours.linear(factor: factor, offset: offset + 0.5).cast(to: format)
        let whole = hasAlpha ? try scaled.joined(with: try extractedBands(first: bands - 1, count: 1)) : scaled
        return try whole.interpreted(as: interpretation)
    }
}
