package import ByteReading

/// What a folder of pictures holds besides them: videos, companions of pictures, notes, archives.
///
/// The content decides, and the name where that says no more than "text", or nothing: under the name of a picture it is a
/// picture that cannot be read.
package enum OtherContent {
    /// What to count a file as that has no header of a picture: `mov`, `aae`, `json`, `video`, … one of a bounded set. Nil:
    /// it is meant to be a picture.
    ///
    /// - Parameters:
    ///   - error: what reading its header gave.
    ///   - name: the last component of its path.
    package static func kind(of error: HeaderError, name: [UInt8]) -> String? {
        let ending = ending(of: name)
        if let ending, isOfPicture(ending) { return nil }
        switch error {
        case .unsupported(let content):
            guard let family = family(of: content) else { return nil }
            return known(ending) ?? family
        // Without any ending, as scripts and web forms upload, it may have been meant as a picture.
        case .unknown, .empty: return ending == nil ? nil : known(ending) ?? "other"
        case .truncated, .malformed, .unreadable: return nil
        }
    }

    /// The same of a file that has one: cameras lay a small picture beside each video.
    package static func kindOfPicture(named name: [UInt8]) -> String? { ending(of: name) == "thm" ? "thm" : nil }

    /// Whether a name is one of a picture, of a format that is read or not; where it has no ending, it may be one.
    package static func isNameOfPicture(_ name: [UInt8]) -> Bool {
        ending(of: name).map(isOfPicture) ?? true
    }

    /// Whether a name ends as one of a picture.
    package static func endsAsPicture(_ name: some Collection<UInt8>) -> Bool {
        ending(of: Array(name)).map(isOfPicture) ?? false
    }

    /// Whether a companion goes where its picture is deleted: not what may be a film or a sound of its own.
    package static func mayBeDeleted(_ name: [UInt8]) -> Bool {
        ending(of: name).map { !["mp4", "m4v", "wav"].contains($0) } ?? false
    }

    /// `IMG_1.MOV` of `IMG_1.HEIC`.
    static let besideStem: Set<String> = [
        "mov", "mp4", "m4v", "aae", "thm", "xmp", "wav", "pp3", "dop", "cos", "nksc", "on1",
    ]
    /// `IMG_1.HEIC.xmp`, `IMG_1.HEIC.supplemental-metadata.json`.
    static let besideWholeName: Set<String> = ["xmp", "json", "aae", "pp3", "dop", "cos", "on1"]

    private static func isOfPicture(_ ending: String) -> Bool {
        pictureEndings.contains(ending) || rawEndings.contains(ending)
    }

    /// What follows the last dot, in lower case; nil where there is none.
    static func ending(of name: [UInt8]) -> String? {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0, name.count - dot <= 12 else { return nil }
        let letters = name[(dot + 1)...].map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 }
        guard !letters.isEmpty, letters.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }) else {
            return nil
        }
        return String(decoding: letters, as: UTF8.self)
    }

    private static func known(_ ending: String?) -> String? { ending.flatMap { otherEndings.contains($0) ? $0 : nil } }

    /// By the names of `knownContent`; nil of pictures that are not read.
    private static func family(of content: String) -> String? {
        if content.hasSuffix(" video") || content == "Ogg" { return "video" }
        if content.hasSuffix(" audio") { return "audio" }
        if content.hasSuffix(" font") { return "font" }
        return families[content]
    }

    private static let families = [
        "PDF": "document", "PostScript": "document", "EPS": "document", "DjVu": "document",
        "Microsoft compound file": "document", "HTML": "html", "XML": "xml", "text": "text", "script": "program",
        "XBM or C source": "text", "ELF program": "program", "SQLite": "database", "Matlab": "data",
        "ICC profile": "profile", "ZIP": "archive", "RAR": "archive", "7-Zip": "archive", "GZIP": "archive",
        "XZ": "archive", "Zstandard": "archive", "BZIP2": "archive", "TAR": "archive", "StuffIt": "archive",
        "RIFF": "data",
    ]

    private static let pictureEndings: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "jps", "mpo", "png", "apng", "webp", "tif", "tiff", "gif", "heic", "heif", "hif",
        "avif", "avifs", "heics", "heifs", "jxl", "jxr", "wdp", "jp2", "j2k", "j2c", "jpc", "jpf", "jpx", "bmp", "dib",
        "rle", "ppm", "pgm", "pbm", "pnm", "pam", "pfm", "svg", "svgz", "psd", "psb", "xcf", "ico", "cur", "icns",
        "tga",
        "exr", "hdr", "dds", "pcx", "sgi", "qoi", "ff", "fits", "xbm", "xpm", "wmf", "emf", "dcm", "bpg", "flif",
    ]

    /// Of cameras' own formats.
    static let rawEndings: Set<String> = [
        "cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "dng", "raf", "orf", "ori", "rw2", "rwl", "raw", "pef",
        "ptx", "srw", "iiq", "cap", "eip", "3fr", "fff", "erf", "mef", "mos", "mrw", "mdc", "x3f", "kdc", "dcr", "dcs",
        "k25", "gpr", "bay", "cine",
    ]

    private static let otherEndings: Set<String> = [
        "mov", "mp4", "m4v", "avi", "mts", "m2ts", "m2t", "3gp", "3g2", "mkv", "webm", "wmv", "mpg", "mpeg", "vob",
        "flv",
        "lrv", "insv", "360", "mxf", "ogv", "mp3", "m4a", "wav", "aac", "flac", "ogg", "oga", "opus", "wma", "amr",
        "aif",
        "aiff", "aae", "xmp", "thm", "json", "xml", "plist", "txt", "csv", "tsv", "md", "html", "htm", "css", "js",
        "yaml",
        "yml", "toml", "ini", "cfg", "log", "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp",
        "rtf",
        "pages", "numbers", "key", "epub", "ps", "eps", "ai", "indd", "zip", "rar", "7z", "tar", "gz", "tgz", "bz2",
        "xz",
        "zst", "iso", "dmg", "gpx", "kml", "kmz", "srt", "vtt", "ctg", "ind", "bdm", "cpi", "mpl", "pod", "mrk", "dat",
        "bin", "db", "sqlite", "lrcat", "lrtemplate", "cos", "dop", "pp3", "nksc", "icc", "icm", "cube", "ttf", "otf",
        "exe", "dll", "sh", "py", "url", "lnk", "webloc", "nomedia", "md5", "sha1", "sha256", "sfv", "par2", "bak",
    ]
}
