import BitmapHeader

/// Names, for people, of content that is recognised but not read.
func knownContent(_ start: [UInt8]) -> String? {
    if start.has("FOVb") { return "RAW (Sigma)" }
    for signature in signatures where start.has(signature.text, at: signature.offset) {
        return signature.name
    }
    if start.starts(with: [0xFF, 0x4F, 0xFF, 0x51]) { return "JPEG 2000" }
    if start.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) { return "Microsoft compound file" }
    if start.starts(with: [0xC5, 0xD0, 0xD3, 0xC6]) { return "EPS" }
    if start.starts(with: [0x49, 0x49, 0xBC]) { return "JPEG XR" }
    if start.starts(with: [0x42, 0x50, 0x47, 0xFB]) { return "BPG" }
    if start.starts(with: [0x37, 0x7A, 0xBC, 0xAF]) { return "7-Zip" }
    if start.starts(with: [0x1F, 0x8B]) { return "GZIP" }
    if start.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A]) { return "XZ" }
    if start.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return "Zstandard" }
    if start.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) { return "Matroska or WebM video" }
    if start.starts(with: [0xD7, 0xCD, 0xC6, 0x9A]) { return "WMF" }
    if start.starts(with: [0x8A, 0x4D, 0x4E, 0x47]) { return "MNG" }
    if start.starts(with: [0x8B, 0x4A, 0x4E, 0x47]) { return "JNG" }
    if start.starts(with: [0x08, 0xF2, 0xA6, 0xB6]) || start.starts(with: [0xB6, 0xA6, 0xF2, 0x08]) { return "VIPS" }
    if start.starts(with: [0xFF, 0xFB]) || start.starts(with: [0xFF, 0xF3]) { return "MP3 audio" }
    return container(start) ?? looseSignature(start) ?? text(start)
}

/// The name for people of a camera's RAW file that says what it is in its first bytes. Others are TIFFs whose directories
/// tell.
func rawName(_ start: [UInt8]) -> String? {
    for mark in rawMarks where start.has(mark.text, at: mark.offset) { return mark.name }
    guard start.has("II*\0") || start.has("MM\0*") else { return nil }
    if start.has("CR\u{2}", at: 8) { return "RAW (Canon CR2)" }
    if start.dropFirst(8).starts(with: [0xBA, 0xB0, 0xAC, 0xBB]) { return "RAW (Canon)" }
    if start.has("IIII", at: 8) && start.has("waR", at: 13) { return "RAW (Phase One)" }
    if start.has("MMMM", at: 8) && start.has("Raw", at: 12) { return "RAW (Phase One)" }
    return nil
}

private let rawMarks: [(text: StaticString, offset: Int, name: String)] = [
    ("ftypcrx ", 4, "RAW (Canon CR3)"), ("FUJIFILMCCD-RAW", 0, "RAW (Fujifilm)"),
    ("IIRO", 0, "RAW (Olympus)"), ("IIRS", 0, "RAW (Olympus)"), ("MMOR", 0, "RAW (Olympus)"),
    ("IIU\0", 0, "RAW (Panasonic)"), ("\0MRM", 0, "RAW (Minolta)"), ("HEAPCCDR", 6, "RAW (Canon CRW)"),
]

/// Longer ones before those that they start with. The characters are ASCII.
private let signatures: [(text: StaticString, offset: Int, name: String)] = [
    ("%PDF-", 0, "PDF"), ("%!PS", 0, "PostScript"), ("8BPS", 0, "PSD"),
    ("\0\0\0\u{c}jP  ", 0, "JPEG 2000"), ("\0\0\0\u{c}JXL ", 0, "JPEG XL"),
    ("#?RADIANCE", 0, "Radiance HDR"), ("#?RGBE", 0, "Radiance HDR"), ("v/1\u{1}", 0, "OpenEXR"),
    ("SIMPLE  =", 0, "FITS"), ("MATLAB 5.0", 0, "Matlab"), ("n+1\0", 344, "NIfTI"), ("DICM", 128, "DICOM"),
    ("qoif", 0, "QOI"), ("farbfeld", 0, "farbfeld"), ("FLIF", 0, "FLIF"), ("DDS ", 0, "DDS"),
    ("gimp xcf", 0, "GIMP XCF"), ("AT&TFORM", 0, "DjVu"), ("acsp", 36, "ICC profile"),
    ("#define ", 0, "XBM or C source"), ("/* XPM */", 0, "XPM"),
    ("BLP1", 0, "BLP"), ("BLP2", 0, "BLP"), ("icns", 0, "ICNS"), ("SIT!", 0, "StuffIt"),
    ("PK\u{3}\u{4}", 0, "ZIP"), ("PK\u{5}\u{6}", 0, "ZIP"), ("Rar!", 0, "RAR"),
    ("BZh", 0, "BZIP2"), ("ustar", 257, "TAR"), ("SQLite format 3", 0, "SQLite"), ("\u{7f}ELF", 0, "ELF program"),
    ("ID3", 0, "MP3 audio"), ("OggS", 0, "Ogg"), ("fLaC", 0, "FLAC audio"), ("FLV\u{1}", 0, "Flash video"),
    ("OTTO", 0, "OpenType font"), ("wOFF", 0, "WOFF font"), ("wOF2", 0, "WOFF font"), ("#!", 0, "script"),
]

/// RIFF and ISO media files, by what they say they hold.
private func container(_ start: [UInt8]) -> String? {
    if start.has("RIFF") {
        if start.has("AVI ", at: 8) { return "AVI video" }
        if start.has("WAVE", at: 8) { return "WAV audio" }
        return "RIFF"
    }
    for box: StaticString in ["ftyp", "moov", "mdat", "wide"] where start.has(box, at: 4) {
        return "MP4 or QuickTime video"
    }
    return nil
}

/// Signatures too short to be taken at their word.
private func looseSignature(_ start: [UInt8]) -> String? {
    guard start.count >= 8 else { return nil }
    if BMP.isArray(start) { return "OS/2 bitmap array" }
    if PNM.isThumbnail(start) { return "XV thumbnail" }
    if start.has("PF") || start.has("Pf"), isSpace(start[2]) { return "PFM" }
    if start.has("\0\0\u{1}\0"), start[4] > 0, start[5] == 0 { return "ICO" }
    if start.has("\0\0\u{2}\0"), start[4] > 0, start[5] == 0 { return "CUR" }
    if start[0] == 0x0A, start[1] <= 5, start[2] <= 1, [1, 2, 4, 8].contains(start[3]) { return "PCX" }
    if start[0] == 0x01, start[1] == 0xDA, start[2] <= 1, start[3] <= 2 { return "SGI" }
    if [0x11, 0x12].contains(start[4]), start[5] == 0xAF { return "FLIC video" }
    if start.starts(with: [0xB1, 0x68, 0xDE, 0x3A]) { return "DCX" }
    return nil
}

/// Mark-up and plain text, when all that was read is text.
private func text(_ start: [UInt8]) -> String? {
    let content = start.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(start.dropFirst(3)) : start
    let isText = content.allSatisfy { $0 >= 0x20 && $0 != 0x7F || isSpace($0) }
    guard let first = content.first(where: { !isSpace($0) }) else { return isText ? "text" : nil }
    if first == 0x3C {
        let lowercase = content.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 }
        if contains(lowercase, "<svg") { return "SVG" }
        if contains(lowercase, "<!doctype html") || contains(lowercase, "<html") { return "HTML" }
        if contains(lowercase, "<?xml") { return "XML" }
    }
    guard isText, content.count >= 4, String(validating: content.dropLast(3), as: UTF8.self) != nil else { return nil }
    return "text"
}

private func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
}

private func contains(_ bytes: [UInt8], _ text: StaticString) -> Bool {
    text.withUTF8Buffer { needle in
        bytes.count >= needle.count
            && (0...(bytes.count - needle.count)).contains { bytes[$0...].starts(with: needle) }
    }
}
