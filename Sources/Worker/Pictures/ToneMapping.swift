import CColour
import CVips
package import ImageHeader
package import Jobs
package import Vips

extension Picture {
    /// Light beyond SDR white to what an SDR display shows, in sRGB's curve and the primaries given; a warning says so.
    ///
    /// The operator is the roll-off of ITU-R BT.2390, with white at 203 cd/m² (BT.2408), from the brightest light that the
    /// file tells of, or 1,000 cd/m².
    /// - Returns: false for a picture that has no such light, which is left alone.
    package mutating func toneMap(to space: Chromaticities, _ context: JobContext) throws(JobError) -> Bool {
        guard let range = HighRange(image) else { return false }
        let own = Chromaticities(coded: range.primaries) ?? .standard
        guard let matrix = own.matrix(to: space), let luminance = own.toXYZ?[1] else {
            throw JobError(.stageFailed, "primaries \(range.primaries) are invalid")
        }
        let peak = range.light == .hlg ? HighRange.usualPeak : range.peak
        var how = sluice_tone_mapping()
        how.light = range.light == .pq ? SLUICE_LIGHT_PQ : SLUICE_LIGHT_HLG
        how.matrix = (
            matrix[0], matrix[1], matrix[2], matrix[3], matrix[4], matrix[5], matrix[6], matrix[7], matrix[8]
        )
        how.luminance = (luminance[0], luminance[1], luminance[2])
        (how.peak, how.has_alpha) = (peak, image.hasAlpha)
        let mapped = try Image.make { sluice_tone_map(image.pointer, &$0, &how) }
        image = try mapped.removingFields(HighRange.fields + ["icc-profile-data"])
        context.warn("hdr: \(range.light.name) of up to \(Int(peak)) cd/m² was tone-mapped to SDR (BT.2390)")
        return true
    }
}

extension HighRange {
    /// Of a display that such pictures are made on; cd/m².
    package static let usualPeak = 1000.0

    /// cd/m²; no brighter than PQ can be, and never under SDR white.
    package var peak: Double { min(max(brightest ?? Self.usualPeak, SLUICE_SDR_WHITE), 10_000) }
}

extension Image {
    /// With one of libvips' own profiles, which its numbers are of.
    package func embeddingProfile(_ name: String) throws(JobError) -> Image {
        var profile: UnsafeMutablePointer<VipsBlob>?
        guard sluice_profile(name, &profile) == 0, let profile else { throw takeVipsError(or: .stageFailed) }
        defer { vips_area_unref(UnsafeMutableRawPointer(profile).assumingMemoryBound(to: VipsArea.self)) }
        var count = 0
        let bytes = vips_blob_get(profile, &count)
        return try editingFields { vips_image_set_blob_copy($0, "icc-profile-data", bytes, count) }
    }
}
