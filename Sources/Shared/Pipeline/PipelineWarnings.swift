extension Pipeline {
    /// What is in order as far as it goes, and probably not what was meant; for people.
    package var warnings: [String] { sidewaysWarnings + motionWarnings + copyWarnings + sidecarWarnings }

    private var motionWarnings: [String] {
        guard motion == .extract, !(metadata.keepsGPS && metadata.keeps(.exif)) else { return [] }
        return [
            "motion: extract publishes videos as they are, with what they say of place and time; 'metadata' is about pictures"
        ]
    }

    private var copyWarnings: [String] {
        guard others == .copy, !(metadata.keepsGPS && metadata.keeps(.exif)) else { return [] }
        return [
            "others: copy publishes files beside pictures as they are: an XMP file or a Google export's JSON tells place and time; "
                + "'metadata' is about pictures and sidecars"
        ]
    }

    private var sidecarWarnings: [String] {
        guard sidecar.place == .hidden, renditions.isEmpty else { return [] }
        return ["publishes nothing: there are no renditions, and 'sidecar: { where: none }' publishes no sidecars"]
    }

    private var sidewaysWarnings: [String] {
        guard !metadata.keeps(.exif) else { return [] }
        let sideways = renditions.filter { rendition in
            let all = (stages + rendition.stages).map(\.unconditional)
            return all.contains(where: \.shrinks) && !all.contains(.autorotate)
        }
        guard !sideways.isEmpty else { return [] }
        let names = sideways.map { "'\($0.name)'" }.joined(separator: ", ")
        return [
            "renditions \(names) are shrunk but not turned upright, and their EXIF block, which holds their orientation, is "
                + "not kept: add the stage autorotate, or 'metadata: { keep: [exif] }'"
        ]
    }
}

extension Stage {
    fileprivate var shrinks: Bool {
        if case .resize(let resize) = self { resize.shrink } else { false }
    }
}
