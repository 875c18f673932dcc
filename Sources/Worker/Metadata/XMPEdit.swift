/// Cuts a packet that is kept whole.
struct XMPEdit {
    let cuts: MetadataCuts
    /// What finds a place by its value.
    let search: CoordinateSearch
    /// Of the pixels, 1…8.
    let orientation: Int

    func apply(to nodes: [XMLNode]) -> [XMLNode] {
        nodes.compactMap { node in
            guard case .element(var element) = node else {
                return keepsRaw(node) ? node : nil
            }
            if drops(element.namespace, element.local) || cuts.gps && namesPlace(element) { return nil }
            element.attributes.removeAll {
                drops($0.namespace, $0.local) || cuts.gps && !$0.name.hasPrefix("xmlns") && search.finds(in: $0.value)
            }
            for index in element.attributes.indices
            where isOrientation(element.attributes[index].namespace, element.attributes[index].local) {
                element.attributes[index].value = "\(orientation)"
            }
            element.children =
                isOrientation(element.namespace, element.local)
                ? [.other("\(orientation)")] : apply(to: element.children)
            return .element(element)
        }
    }

    /// Whether an element's own text, or a list of numbers as a whole, is a place on the map.
    private func namesPlace(_ element: XMLElement) -> Bool {
        if search.finds(in: text(element.children)) { return true }
        guard element.namespace == XMPNamespace.rdf, ["Seq", "Bag", "Alt"].contains(element.local) else { return false }
        let items = element.children.compactMap { item -> String? in
            if case .element(let item) = item { text(item.children) } else { nil }
        }
        return !items.contains(where: search.finds(in:)) && search.finds(in: items.joined(separator: " "))
    }

    private func text(_ nodes: [XMLNode]) -> String {
        nodes.reduce(into: "") { if case .other(let raw) = $1 { $0 += raw } }
    }

    /// The packet's padding, for editing in place, is not copied; nor are comments, which could hold anything.
    private func keepsRaw(_ node: XMLNode) -> Bool {
        guard case .other(let raw) = node else { return true }
        return !raw.hasPrefix("<!--") && !(raw.utf8.count > 256 && raw.utf8.allSatisfy { $0 <= 0x20 })
    }

    private func isOrientation(_ namespace: String, _ local: String) -> Bool {
        namespace == XMPNamespace.tiff && local == "Orientation"
    }

    private func drops(_ namespace: String, _ local: String) -> Bool {
        if namespace == XMPNamespace.basic && local == "Thumbnails" { return true }
        if namespace == XMPNamespace.note && local == "HasExtendedXMP" { return true }
        if namespace == XMPNamespace.tiff && ["ImageWidth", "ImageLength"].contains(local) { return true }
        if namespace == XMPNamespace.exif && ["PixelXDimension", "PixelYDimension"].contains(local) { return true }
        if XMPPart.name(namespace, local) != nil { return true }
        if cuts.copyright && XMPNamespace.isRights(namespace, local) { return true }
        guard cuts.gps else { return false }
        if namespace.hasPrefix(XMPNamespace.google) { return true }
        let name = String(decoding: lowercased(local.utf8), as: UTF8.self)
        return ["gps", "latitude", "longitude", "longtitude", "altitude", "geotag"].contains { name.contains($0) }
            || ["lat", "lon", "long", "lat_long", "latlong"].contains(name)
    }
}
