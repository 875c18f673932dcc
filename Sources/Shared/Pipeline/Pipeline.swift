package import Jobs

/// A validated pipeline: what is done to every source that lands in an inbox.
///
/// Read from YAML by `PipelineLoader`; sent to workers as JSON. Every default is filled in, so that equal
/// pipelines have equal digests whatever their YAML looks like.
package struct Pipeline: Codable, Sendable, Equatable {
    /// The file's name without `.yaml`, e.g. `web`.
    package var name: String
    package var description: String?
    package var accept: AcceptedFormats
    package var pages: PageRule
    package var motion: MotionRule
    package var limits: Limits
    /// Applied once, to the picture, in order, before the renditions part.
    package var stages: [Stage]
    /// In the order of the file. None where only a sidecar is wanted: then a stage classifies.
    package var renditions: [Rendition]
    package var metadata: MetadataPolicy
    package var output: OutputRules
    package var after: Disposal
    package var others: OthersRule
    package var raw: RAWRule
    /// Renditions that are the sources' own files; made after the others.
    package var originals: [Original] = []
    /// Not in the digest: it says which files are processed, not what becomes of one.
    package var pairs = PairsRule.jpeg
    package var sidecar = SidecarRules()
    package var dates = DatesRule.now

    package init(
        name: String, description: String? = nil, accept: AcceptedFormats = AcceptedFormats(PictureFormat.allCases),
        limits: Limits = Limits(), stages: [Stage] = [], renditions: [Rendition],
        metadata: MetadataPolicy = MetadataPolicy(), output: OutputRules = OutputRules(), after: Disposal = .archive,
        others: OthersRule = .leave, raw: RAWRule = .auto, pages: PageRule = .first, motion: MotionRule = .leave
    ) {
        self.name = name
        self.description = description
        self.accept = accept
        self.pages = pages
        self.motion = motion
        self.limits = limits
        self.stages = stages
        self.renditions = renditions
        self.metadata = metadata
        self.output = output
        self.after = after
        self.others = others
        self.raw = raw
    }
}

/// Limits beyond which a source is refused.
package struct Limits: Codable, Sendable, Equatable {
    /// Width × height × pages, in pixels.
    package var pixels: UInt64 = 2_000_000_000
    /// The file's size, in bytes.
    package var bytes: UInt64 = 2 << 30
    /// Wall-clock time of one attempt, in seconds.
    package var time: Double = 600
    /// Frames of an animation, or pages of a document of which each is made; more are a refusal, never a silent cut.
    package var pages: Int = 1000
    /// Frames of an animation that are read, nil for all of them; a warning tells how many are left out.
    package var frames: Int?
    /// From which damage on a source is refused.
    package var damage: DamageTolerance = .truncated

    package init() {}
}

/// How much damage a source may have; libvips' `fail_on`, passed to every loader as an argument.
package enum DamageTolerance: String, Codable, Sendable, CaseIterable {
    /// Accept whatever the decoder can make of it.
    case none
    /// Refuse files that end early.
    case truncated
    /// Refuse files that end early or that the decoder calls damaged.
    case error
    /// Refuse on any decoder warning.
    case warning
}

/// Which pages of a document are made.
package enum PageRule: String, Codable, Sendable, CaseIterable {
    case first, all
}

/// What to do with the video of a motion photo.
package enum MotionRule: String, Codable, Sendable, CaseIterable {
    case leave, extract
}

extension Pipeline {
    /// Files that a job makes of a document.
    package static let mostPageResults = 1000
    /// Bytes of a worker's answer that may tell of them (`Frame.longestReply` is a little more): the supervisor holds it.
    private static let mostTold = 200_000

    /// As many as this pipeline's can be told of: a few words, a digest and twice the name of each.
    private var mostResults: Int {
        let longest = renditions.map(\.name.utf8.count).max() ?? 0
        return min(Self.mostPageResults, Self.mostTold / (230 + 2 * longest))
    }

    /// Why a document of so many pages is not taken; nil where it is.
    package func refusal(ofPages pages: Int) -> JobError? {
        if pages > limits.pages {
            return JobError(.tooManyPages, "The document has \(pages) pages (limit: \(limits.pages), limits.pages).")
        }
        let (results, overflow) = pages.multipliedReportingOverflow(by: max(1, renditions.count))
        guard overflow || results > mostResults else { return nil }
        return JobError(
            .tooManyPages,
            "The document has \(pages) pages, each in \(renditions.count) renditions; a job makes at most "
                + "\(mostResults) files. Split the document, or make fewer renditions.")
    }
}

/// What to do with a source once its sidecar is published.
package enum Disposal: String, Codable, Sendable, CaseIterable {
    case archive, delete, keep
}

/// What to do with files that are no pictures.
package enum OthersRule: String, Codable, Sendable, CaseIterable {
    /// They stay where they are, and are counted.
    case leave
    /// They are copied into the outbox, and go where sources go.
    case copy
    /// They are moved as sources are that are archived.
    case archive
    /// They are failures.
    case quarantine
}

/// What to make of cameras' RAW files.
package enum RAWRule: String, Codable, Sendable, CaseIterable {
    /// The embedded picture where it is as large as the largest rendition needs, else what the sensor saw.
    case auto
    /// The largest embedded picture, whatever its size.
    case preview
    /// What the sensor saw.
    case develop
    /// They are failures.
    case refuse
}

/// When renditions say that they were changed.
package enum DatesRule: String, Codable, Sendable, CaseIterable {
    /// As they are made.
    case now
    /// When the picture was taken, else when its source was changed.
    case keep
}

/// Which metadata the renditions carry. What is not kept is removed; `drop` wins over `keep`.
package struct MetadataPolicy: Codable, Sendable, Equatable {
    package enum Block: String, Codable, Sendable, CaseIterable {
        case all, exif, xmp, iptc, icc
        /// EXIF Copyright and Artist, XMP rights and creator, IPTC copyright notice and by-line.
        case copyright
        /// EXIF GPS directory and every GPS property of XMP.
        case gps
    }
    package var keep: Set<Block>
    package var drop: Set<Block>

    /// By default the colour profile and the copyright stay, all else goes.
    package init(keep: Set<Block> = [.icc, .copyright], drop: Set<Block> = []) {
        self.keep = keep
        self.drop = drop
    }

    /// Whether a whole block stays (`copyright` and `gps` are parts: see `keepsCopyright`, `keepsGPS`).
    /// The colour profile stays under `drop: all` as it says what the colours mean; `drop: [icc]` removes it.
    package func keeps(_ block: Block) -> Bool {
        if drop.contains(block) { return false }
        if block == .icc { return drop.contains(.all) || keep.contains(.all) || keep.contains(.icc) }
        return !drop.contains(.all) && (keep.contains(.all) || keep.contains(block))
    }

    package var keepsCopyright: Bool { keeps(.copyright) }
    /// GPS stays only inside a block that is kept whole, and only when it is not dropped.
    package var keepsGPS: Bool { !drop.contains(.gps) && !drop.contains(.all) }
}

extension Pipeline {
    /// Whether sidecars name the source's colour profile: a camera's own has its name.
    package var tellsProfile: Bool { sidecar.told == .all || metadata.keeps(.icc) }
}

/// What sidecars tell of their sources' metadata, and where they lie.
package struct SidecarRules: Codable, Sendable, Equatable {
    package enum Exif: String, Codable, Sendable, CaseIterable {
        /// All that is known of the source.
        case all
        /// What `metadata` keeps in the renditions.
        case asPictures = "as-pictures"
        case none
    }
    package enum Place: Codable, Sendable, Equatable {
        /// Beside the renditions.
        case beside
        /// In a folder of the outbox that only Sluice reads.
        case hidden
        /// In a folder below the outbox, which mirrors the inboxes.
        case folder(String)
    }
    package var exif: Exif
    package var place: Place

    package init(exif: Exif = .asPictures, place: Place = .beside) {
        self.exif = exif
        self.place = place
    }

    /// Below the outbox; nil: sidecars lie beside their renditions.
    package var folder: RelativePath? {
        switch place {
        case .beside: nil
        case .hidden: RelativePath(Self.hiddenFolder)
        case .folder(let folder): RelativePath(folder)
        }
    }

    package static let hiddenFolder = ".sluice/sidecars"

    /// What is told: nothing where nobody is to read it.
    package var told: Exif { place == .hidden ? .none : exif }
}

/// Where renditions go and what they are called.
package struct OutputRules: Codable, Sendable, Equatable {
    /// A `NameTemplate`.
    package var name: String
    /// A folder below that of the inbox, with placeholders: `{NAME.label}` `{format}` `{year}` `{month}` `{day}` `{make}`
    /// `{model}`. Nil: none; results lie as the sources do.
    package var route: String?

    package init(name: String = "{stem}.{rendition}.{ext}", route: String? = nil) {
        self.name = name
        self.route = route
    }
}
