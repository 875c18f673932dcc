import Jobs

extension ExifRecord {
    /// Takes the date that XMP tells where EXIF has none but that of the last change.
    package mutating func takeDate(ofXMP packet: [UInt8]) {
        guard takenFrom == nil || takenFrom == .modifyDate, let date = dateTaken(inXMP: packet) else { return }
        (taken, takenFrom) = (date, .xmp)
    }
}

/// When a picture was taken, as its packet tells: `YYYY-MM-DDThh:mm:ss`, with an offset where there is one; nil where it
/// tells no day and time.
func dateTaken(inXMP packet: [UInt8]) -> String? { xmpNodes(packet).flatMap(dateTaken) }

func dateTaken(in nodes: [XMLNode]) -> String? {
    let names = [
        (XMPNamespace.exif, "DateTimeOriginal"), (XMPNamespace.photoshop, "DateCreated"),
        (XMPNamespace.basic, "CreateDate"),
    ]
    for (namespace, local) in names {
        if let text = xmpText(namespace, local, in: nodes), let date = normalised(text) { return date }
    }
    return nil
}

/// A property's text as it is written: an attribute, or what stands in an element; nil where there is none.
func xmpText(_ namespace: String, _ local: String, in nodes: [XMLNode]) -> String? {
    for case .element(let element) in nodes {
        if let found = element.attributes.first(where: { $0.namespace == namespace && $0.local == local }) {
            return found.value
        }
        if element.namespace == namespace, element.local == local, case .other(let text)? = element.children.first {
            return text
        }
        if let found = xmpText(namespace, local, in: element.children) { return found }
    }
    return nil
}

/// XMP's date (ISO 8601; some editors write EXIF's form) without parts of seconds, which EXIF's has not either.
private func normalised(_ text: String) -> String? {
    var bytes = Array(text.stripped.utf8)
    // Seconds may be left out.
    let pattern = Array("dddd-dd-ddTdd:dd".utf8)
    func matches(_ pattern: [UInt8], at start: Int) -> Bool {
        bytes.count >= start + pattern.count
            && zip(pattern, bytes[start...]).allSatisfy {
                $0 == 0x64 ? (0x30...0x39).contains($1) : $0 == $1
            }
    }
    if matches(Array("dddd:dd:dd dd:dd".utf8), at: 0) {
        (bytes[4], bytes[7], bytes[10]) = (UInt8(ascii: "-"), UInt8(ascii: "-"), UInt8(ascii: "T"))
    }
    guard matches(pattern, at: 0) else { return nil }
    let hasSeconds = matches(Array(":dd".utf8), at: 16)
    var rest = bytes[(hasSeconds ? 19 : 16)...]
    if rest.first == 0x2E { rest = rest.dropFirst().drop { (0x30...0x39).contains($0) } }
    let zone = Array(rest)
    let isZone =
        zone.isEmpty || zone == [0x5A]
        || zone.count == 6 && [0x2B, 0x2D].contains(zone[0])
            && zip(Array("dd:dd".utf8), zone.dropFirst()).allSatisfy {
                $0 == 0x64 ? (0x30...0x39).contains($1) : $0 == $1
            }
    guard isZone, isDate(bytes) else { return nil }
    let moment = String(decoding: bytes[..<(hasSeconds ? 19 : 16)], as: UTF8.self) + (hasSeconds ? "" : ":00")
    return moment + String(decoding: zone, as: UTF8.self)
}

private func isDate(_ bytes: [UInt8]) -> Bool {
    func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 * 10 + Int($1) - 0x30 } }
    return number(0..<4) > 0 && (1...12).contains(number(5..<7)) && (1...31).contains(number(8..<10))
        && number(11..<13) < 24 && number(14..<16) < 60
}

extension String {
    var stripped: Substring {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
