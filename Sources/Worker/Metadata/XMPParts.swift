/// What else lay in the source's file beside the picture, as its XMP tells: it is not in a rendition, so what describes it
/// would be a lie there.
enum XMPPart {
    /// The name for people of what a property describes; nil for one that is about the picture.
    static func name(_ namespace: String, _ local: String) -> String? {
        if properties.contains(where: local.hasPrefix) { return motionPhoto }
        if gainMapProperties.contains(where: local.hasPrefix) { return gainMap }
        return namespaces.first { namespace.hasPrefix($0.prefix) }?.name
    }

    /// What an entry of a container's directory is, by its `Item:Semantic`; nil for the picture itself.
    static func name(ofSemantic semantic: String) -> String? {
        switch semantic {
        case "Primary": nil
        case "GainMap", "RecoveryMap": gainMap
        case "MotionPhoto": motionPhoto
        case "Depth", "DepthMap", "Confidence": depth
        default: String(semantic.shortened(to: 40).filter { $0.isLetter || $0.isNumber })
        }
    }

    static let container = "http://ns.google.com/photos/1.0/container/"
    /// What the container's directory is called where none of its entries has a name.
    static let others = "other files"

    private static let properties = ["MotionPhoto", "MicroVideo", "OLivePhoto"]
    private static let gainMapProperties = ["GainMap", "HDRGainMap"]

    /// Whether a packet has any of the names and namespaces at all: most have none, and need not be taken apart.
    static func mayBeNamed(in text: [UInt8]) -> Bool {
        let needles = (properties + gainMapProperties + namespaces.map(\.prefix)).map { Array($0.utf8) }
        var isFirst = [Bool](repeating: false, count: 256)
        for needle in needles { isFirst[Int(needle[0])] = true }
        return text.indices.contains { place in
            isFirst[Int(text[place])] && needles.contains { text[place...].starts(with: $0) }
        }
    }

    private static let motionPhoto = "motion photo"
    private static let gainMap = "gain map"
    private static let depth = "depth map"

    private static let namespaces: [(prefix: String, name: String)] = [
        (container, others),
        ("http://ns.adobe.com/hdr-gain-map/", gainMap), ("http://ns.apple.com/HDRGainMap/", gainMap),
        ("http://ns.apple.com/pixeldatainfo/", "second picture"), ("http://ns.apple.com/depthData/", depth),
        ("http://ns.apple.com/depthBlurEffect/", depth), ("http://ns.apple.com/portraiteffectsmatte/", depth),
        ("http://ns.google.com/photos/1.0/depthmap/", depth), ("http://ns.google.com/photos/1.0/focus/", depth),
        ("http://ns.google.com/photos/dd/", depth), ("http://ns.xdm.org/", depth),
        ("http://ns.google.com/photos/1.0/image/", "second picture"),
        ("http://ns.google.com/photos/1.0/audio/", "sound"), ("http://ns.xiaomi.com/photos/", "second picture"),
    ]
}

/// The names of what else lies in the source's file, as its XMP tells, in order; none where it cannot be read.
///
/// - Parameter packets: as they stand in the file.
package func partsDescribed(by packets: [[UInt8]]) -> [String] {
    var described = DescribedParts()
    for packet in packets {
        guard packet.count <= xmpLimit, let text = xmpText(packet), XMPPart.mayBeNamed(in: text),
            let nodes = xmpNodes(packet)
        else { continue }
        described.collect(nodes)
    }
    var found = described.found
    // A directory of the picture alone describes nothing else.
    let isAlone = described.pictures > 0 && described.items <= described.pictures
    if found.count > 1 || isAlone { found.remove(XMPPart.others) }
    return found.sorted()
}

private struct DescribedParts {
    var found: Set<String> = []
    /// Most that are reported: a directory may have thousands of entries, each with another name.
    private static let mostNames = 20
    /// Entries of containers' directories, and those that are the picture itself.
    var items = 0
    var pictures = 0

    mutating func collect(_ nodes: [XMLNode]) {
        for case .element(let element) in nodes {
            if let name = XMPPart.name(element.namespace, element.local) { found.insert(name) }
            for attribute in element.attributes {
                if let name = XMPPart.name(attribute.namespace, attribute.local), name != XMPPart.others {
                    found.insert(name)
                }
                if attribute.local == "Semantic", attribute.namespace.hasPrefix(XMPPart.container) {
                    take(semantic: attribute.value)
                }
            }
            if element.namespace.hasPrefix(XMPPart.container) {
                if element.local == "Item" { items += 1 }
                if element.local == "Semantic", case .other(let text)? = element.children.first {
                    take(semantic: text)
                }
            }
            collect(element.children)
        }
    }

    private mutating func take(semantic: String) {
        if semantic == "Primary" { pictures += 1 }
        guard found.count < Self.mostNames, let name = XMPPart.name(ofSemantic: semantic) else { return }
        found.insert(name)
    }
}

/// Where a motion photo's video begins as XMP has it, in bytes before the end of the file: Google's directory of a container, in
/// which one part follows the other up to the end, and the single number of earlier phones.
package func motionVideoPlaces(describedBy packets: [[UInt8]]) -> [UInt64] {
    var places: [UInt64] = []
    for packet in packets {
        guard packet.count <= xmpLimit, let text = xmpText(packet), XMPPart.mayBeNamed(in: text),
            let nodes = xmpNodes(packet)
        else { continue }
        var parts = ContainerParts()
        parts.collect(nodes)
        places += parts.places
    }
    return places
}

private struct ContainerParts {
    /// Bytes of the entries of a container's directory, and whether each is a video.
    private var items: [(bytes: UInt64, isVideo: Bool)] = []
    private var fromEnd: [UInt64] = []
    private static let mostItems = 20

    mutating func collect(_ nodes: [XMLNode]) {
        for case .element(let element) in nodes {
            var values: [(namespace: String, local: String, value: String)] = element.attributes.map {
                ($0.namespace, $0.local, $0.value)
            }
            for case .element(let child) in element.children {
                if case .other(let text)? = child.children.first { values.append((child.namespace, child.local, text)) }
            }
            for value in values where value.local == "MicroVideoOffset" || value.local == "MotionPhotoOffset" {
                if let offset = UInt64(value.value), fromEnd.count < Self.mostItems { fromEnd.append(offset) }
            }
            let own = values.filter { $0.namespace.hasPrefix(XMPPart.container) }
            func text(_ name: String) -> String? { own.first { $0.local == name }?.value }
            let (semantic, mime) = (text("Semantic"), text("Mime"))
            if semantic != nil || mime != nil, items.count < Self.mostItems {
                // The picture's own length is not said.
                let length = semantic == "Primary" ? 0 : text("Length").flatMap { UInt64($0) } ?? 0
                let padding = semantic == "Primary" ? 0 : text("Padding").flatMap { UInt64($0) } ?? 0
                items.append((length &+ padding, semantic == "MotionPhoto" || mime?.hasPrefix("video/") == true))
            } else {
                collect(element.children)
            }
        }
    }

    var places: [UInt64] {
        items.indices.filter { items[$0].isVideo }.flatMap { index in
            [items[index...].reduce(UInt64(0)) { $0 &+ $1.bytes }, items[index].bytes]
        } + fromEnd
    }
}
