import Foundation

/// The shared corpus of pictures, which is not part of the repository.
enum SharedCorpus {
    static let root: URL? = {
        let place =
            ProcessInfo.processInfo.environment["SLUICE_SHARED"].map { URL(fileURLWithPath: $0) }
            ?? URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("shared")
        let corpus = place.appendingPathComponent("corpus")
        return FileManager.default.fileExists(atPath: corpus.path) ? corpus : nil
    }()
    static var isPresent: Bool { root != nil }
}

/// What exiftool reads in one file of the corpus.
struct ReferenceExif: Decodable {
    var fileType: String
    var orientation: Int?
    var make: String?
    var model: String?
    var taken: String?
    var exposure: Double?
    var iso: Int?
    var latitude: Double?
    var longitude: Double?
    /// Whether libvips opens the file.
    var isReadable: Bool

    private enum CodingKeys: String, CodingKey {
        case fileType = "file_type"
        case orientation, make, model
        case taken = "date_time_original"
        case exposure = "exposure_time"
        case iso
        case latitude = "gps_lat"
        case longitude = "gps_lon"
        case vips
    }
    private struct Vips: Decodable {}

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        fileType = try values.decode(String.self, forKey: .fileType)
        orientation = try values.decodeIfPresent(Int.self, forKey: .orientation)
        make = try values.decodeIfPresent(String.self, forKey: .make)
        model = try values.decodeIfPresent(String.self, forKey: .model)
        taken = try values.decodeIfPresent(String.self, forKey: .taken)
        exposure = try values.decodeIfPresent(Double.self, forKey: .exposure)
        iso = try values.decodeIfPresent(Int.self, forKey: .iso)
        latitude = try values.decodeIfPresent(Double.self, forKey: .latitude)
        longitude = try values.decodeIfPresent(Double.self, forKey: .longitude)
        isReadable = (try? values.decode(Vips.self, forKey: .vips)) != nil
    }

    static func all() throws -> [String: ReferenceExif] {
        guard let root = SharedCorpus.root else { return [:] }
        let data = try Data(contentsOf: root.appendingPathComponent("exif_reference.json"))
        return try JSONDecoder().decode([String: ReferenceExif].self, from: data)
    }
}
