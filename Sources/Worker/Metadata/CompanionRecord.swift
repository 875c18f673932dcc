import FoundationEssentials
package import Jobs

/// What a file beside a picture says of it: an editor's XMP, or the JSON of an export. From strangers, as pictures are.
package struct CompanionRecord: Sendable, Equatable {
    /// Escaped.
    package var name: String
    /// As `ExifRecord.taken`.
    package var taken: String?
    package var gps: ExifRecord.GPS?
    package var description: String?

    package init(name: String, taken: String? = nil, gps: ExifRecord.GPS? = nil, description: String? = nil) {
        self.name = name
        self.taken = taken
        self.gps = gps
        self.description = description
    }

    /// Reads one; what it says beside date, place and description is passed over.
    /// - Throws: why nothing can be read, for people.
    package init(_ bytes: [UInt8], name: String) throws(CompanionFault) {
        guard bytes.count <= Filled.largestCompanion else {
            throw CompanionFault("it has more than \(Filled.largestCompanion >> 10) KiB")
        }
        // A tree takes many times the bytes of its text where there are many small things in it.
        let (marks, isJSON) = name.hasSuffix(".json") ? ("{[:,", true) : ("<=", false)
        let counted = Set(marks.utf8)
        guard bytes.count(where: counted.contains) <= Self.mostParts else {
            throw CompanionFault("it has more than \(Self.mostParts) parts")
        }
        self.init(name: name)
        if isJSON { try readExport(bytes) } else { try readXMP(bytes) }
        // Each character of a text may take six bytes of JSON.
        if let text = description, text.utf8.count > Self.longestText {
            description = text.shortened(to: Self.longestText)
        }
    }

    private static let mostParts = 20_000
    private static let longestText = 3400
    /// Bytes of a text that are looked at: taken apart, it takes many times as many.
    private static let longestRead = 32 << 10

    // MARK: XMP

    private mutating func readXMP(_ bytes: [UInt8]) throws(CompanionFault) {
        guard let nodes = xmpNodes(bytes) else { throw CompanionFault("it is no XML that can be read") }
        taken = dateTaken(in: nodes)
        func degrees(_ local: String, _ hemispheres: String, atMost most: Double) -> Double? {
            xmpText(XMPNamespace.exif, local, in: nodes).flatMap { Self.degrees($0, hemispheres, atMost: most) }
        }
        if let latitude = degrees("GPSLatitude", "NS", atMost: 90),
            let longitude = degrees("GPSLongitude", "EW", atMost: 180)
        {
            let altitude = xmpText(XMPNamespace.exif, "GPSAltitude", in: nodes).flatMap(Self.rational)
            let isBelow = xmpText(XMPNamespace.exif, "GPSAltitudeRef", in: nodes)?.contains("1") ?? false
            gps = .init(latitude: latitude, longitude: longitude, altitude: altitude.map { isBelow ? -$0 : $0 })
        }
        let names = [(XMPNamespace.dublinCore, "description"), (XMPNamespace.tiff, "ImageDescription")]
        description = names.lazy.compactMap { Self.words($0.0, $0.1, in: nodes) }.first
    }

    /// `51,30.5N`, `51,30,30N`, and decimal degrees with a sign, as some write them.
    private static func degrees(_ text: String, _ hemispheres: String, atMost most: Double) -> Double? {
        var text = text.stripped[...]
        var sign = 1.0
        if let last = text.last?.uppercased(), hemispheres.contains(last) {
            if hemispheres.hasPrefix("E") ? last == "W" : last == "S" { sign = -1 }
            text.removeLast()
        }
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        guard (1...3).contains(numbers.count) else { return nil }
        var degrees = 0.0
        for (index, number) in numbers.enumerated() {
            guard let number, number.isFinite, index == 0 || (0..<60).contains(number) else { return nil }
            degrees += (index > 0 && degrees < 0 ? -number : number) / [1, 60, 3600][index]
        }
        return abs(degrees) <= most ? sign * degrees : nil
    }

    private static func rational(_ text: String) -> Double? {
        let parts = text.stripped.split(separator: "/").map { Double($0) }
        guard let over = parts.first ?? nil, parts.count <= 2 else { return nil }
        guard parts.count == 2 else { return over.isFinite ? over : nil }
        guard let under = parts[1], under != 0, (over / under).isFinite else { return nil }
        return over / under
    }

    /// Of a text in several languages that in the default one, else the first.
    private static func words(_ namespace: String, _ local: String, in nodes: [XMLNode]) -> String? {
        for case .element(let element) in nodes {
            if let found = element.attributes.first(where: { $0.namespace == namespace && $0.local == local }) {
                if let text = unescaped(found.value) { return text }
            }
            if element.namespace == namespace, element.local == local {
                var items: [XMLElement] = []
                collectItems(element.children, into: &items)
                let isDefault = { (item: XMLElement) in
                    item.attributes.contains { $0.name == "xml:lang" && $0.value == "x-default" }
                }
                let sorted = items.filter(isDefault) + items.filter { !isDefault($0) }
                let texts = sorted.isEmpty ? [element.children] : sorted.map(\.children)
                if let text = texts.lazy.compactMap({ unescaped(plain($0)) }).first { return text }
            }
            if let found = words(namespace, local, in: element.children) { return found }
        }
        return nil
    }

    private static func collectItems(_ nodes: [XMLNode], into items: inout [XMLElement]) {
        for case .element(let element) in nodes where element.namespace == XMPNamespace.rdf {
            if element.local == "li" { items.append(element) } else { collectItems(element.children, into: &items) }
        }
    }

    private static func plain(_ nodes: [XMLNode]) -> String {
        nodes.reduce(into: "") { text, node in
            guard case .other(let raw) = node else { return }
            if raw.hasPrefix("<![CDATA[") {
                text += raw.dropFirst(9).dropLast(3).replacing("&", with: "&amp;")
            } else if !raw.hasPrefix("<") {
                text += raw
            }
        }
    }

    /// With XML's own entities and characters by number in place; nil where nothing is left.
    private static func unescaped(_ raw: String) -> String? {
        var text = ""
        var rest = raw.shortened(to: longestRead)[...]
        while let start = rest.firstIndex(of: "&") {
            text += rest[..<start]
            rest = rest[start...]
            guard let end = rest.prefix(12).firstIndex(of: ";"),
                let character = character(rest[rest.index(after: start)..<end])
            else {
                text.append(rest.removeFirst())
                continue
            }
            text.append(character)
            rest = rest[rest.index(after: end)...]
        }
        return meant(text + rest)
    }

    private static func character(_ entity: Substring) -> Character? {
        if let named = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"][String(entity)] {
            return Character(named)
        }
        guard entity.hasPrefix("#") else { return nil }
        let digits = entity.dropFirst()
        let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init).map(Character.init)
    }

    /// Without NULs and spaces around; nil where nothing is left.
    private static func meant(_ text: String) -> String? {
        let scalars = text.shortened(to: longestRead).unicodeScalars.filter { $0.value != 0 }
        let text = String(String.UnicodeScalarView(scalars)).stripped
        return text.isEmpty ? nil : String(text)
    }

    // MARK: Google's export

    private mutating func readExport(_ bytes: [UInt8]) throws(CompanionFault) {
        let export: Export
        do {
            export = try JSONDecoder().decode(Export.self, from: Data(bytes))
        } catch {
            throw CompanionFault("it is no JSON object that can be read")
        }
        taken = export.taken.flatMap(Self.moment)
        gps = [export.place, export.placeOfExif].lazy.compactMap { $0.flatMap(Self.place) }.first
        description = export.description.flatMap(Self.meant)
    }

    /// What it cannot be, it is not: another program's JSON is no error.
    private struct Export: Decodable {
        struct Place: Decodable {
            var latitude: Double
            var longitude: Double
            var altitude: Double?
        }
        private struct Moment: Decodable {
            var seconds: Int64?
            private enum CodingKeys: CodingKey { case timestamp }
            init(from decoder: any Decoder) throws {
                let keys = try decoder.container(keyedBy: CodingKeys.self)
                seconds =
                    (try? keys.decode(String.self, forKey: .timestamp)).flatMap { Int64($0) }
                    ?? (try? keys.decode(Int64.self, forKey: .timestamp))
            }
        }

        var taken: Int64?
        var place: Place?
        var placeOfExif: Place?
        var description: String?

        private enum CodingKeys: CodingKey { case photoTakenTime, geoData, geoDataExif, description }

        init(from decoder: any Decoder) throws {
            let keys = try decoder.container(keyedBy: CodingKeys.self)
            taken = (try? keys.decode(Moment.self, forKey: .photoTakenTime))?.seconds
            place = try? keys.decode(Place.self, forKey: .geoData)
            placeOfExif = try? keys.decode(Place.self, forKey: .geoDataExif)
            description = try? keys.decode(String.self, forKey: .description)
        }
    }

    /// Seconds since 1970 as `YYYY-MM-DDThh:mm:ssZ`; nil for 0, which stands for none, and for no year of photographs.
    private static func moment(_ seconds: Int64) -> String? {
        guard seconds != 0, (-300_000_000_000...300_000_000_000).contains(seconds) else { return nil }
        let (days, second) = seconds.quotientAndFlooredRemainder(by: 86_400)
        // Days since 1 March of year 0, in eras of 400 years.
        let (era, day) = (days + 719_468).quotientAndFlooredRemainder(by: 146_097)
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let part = (5 * dayOfYear + 2) / 153
        let (dayOfMonth, month) = (dayOfYear - (153 * part + 2) / 5 + 1, part < 10 ? part + 3 : part - 9)
        let years = era * 400 + year + (month <= 2 ? 1 : 0)
        guard (1826...9999).contains(years) else { return nil }
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(years)-\(two(month))-\(two(dayOfMonth))T\(two(second / 3600)):\(two(second / 60 % 60)):"
            + "\(two(second % 60))Z"
    }

    /// Google's export writes 0, 0 where there is none.
    private static func place(_ place: Export.Place) -> ExifRecord.GPS? {
        guard place.latitude != 0 || place.longitude != 0, abs(place.latitude) <= 90, abs(place.longitude) <= 180 else {
            return nil
        }
        let altitude = place.altitude.flatMap { $0 != 0 && $0.isFinite ? $0 : nil }
        return .init(latitude: place.latitude, longitude: place.longitude, altitude: altitude)
    }
}

/// Why a companion was not used; follows its name.
package struct CompanionFault: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}

extension Int64 {
    fileprivate func quotientAndFlooredRemainder(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
