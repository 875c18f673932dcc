import Foundation
import Jobs
import Metadata
import Pipeline
import Testing

@testable import Pictures

@Suite("What sidecars tell of EXIF data")
struct ToldExifTests {
    private static let xmp = Array(
        """
        <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
        <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreateDate="2011-07-12T16:42:31"/>\
        </rdf:RDF></x:xmpmeta>
        """.utf8)

    private static var record: ExifRecord {
        var record = ExifRecord()
        (record.make, record.model, record.lens, record.iso) = ("Maker", "Model", "Lens", 100)
        (record.copyright, record.artist, record.description) = ("Owner", "Somebody", "At 48.2085, 16.3721")
        (record.taken, record.takenFrom) = ("2010-01-02T03:04:05", .modifyDate)
        record.gps = .init(latitude: 48.2085, longitude: 16.3721)
        record.orientation = 6
        return record
    }

    private func told(
        _ policy: MetadataPolicy, _ rule: SidecarRules.Exif = .asPictures, _ filling: ExifFilling? = nil,
        record: ExifRecord = record
    ) -> ToldExif { ToldExif(record, filling, xmp: Self.xmp, rule, policy) }

    @Test("a block that is kept is told; the date of XMP only where XMP is kept")
    func blocks() {
        var all = Self.record
        (all.taken, all.takenFrom) = ("2011-07-12T16:42:31", .xmp)
        #expect(told(MetadataPolicy(keep: [.all])).record == all)
        #expect(told(MetadataPolicy(keep: [.exif])).record == Self.record)
        var date = ExifRecord()
        (date.taken, date.takenFrom) = (all.taken, .xmp)
        #expect(told(MetadataPolicy(keep: [.xmp])).record == date)
        #expect(told(MetadataPolicy(keep: [])).record == nil)
        #expect(told(MetadataPolicy(keep: [.all], drop: [.all])).record == nil)
        #expect(told(MetadataPolicy(keep: [.gps, .icc, .iptc])).record == nil)
    }

    @Test("copyright and place go and stay by their own names, a place in words too")
    func parts() {
        var owner = ExifRecord()
        (owner.copyright, owner.artist) = ("Owner", "Somebody")
        #expect(told(MetadataPolicy()).record == owner)
        #expect(told(MetadataPolicy(keep: [.copyright], drop: [.exif])).record == owner)
        var free = Self.record
        (free.copyright, free.artist) = (nil, nil)
        #expect(told(MetadataPolicy(keep: [.exif], drop: [.copyright])).record == free)
        var nowhere = Self.record
        (nowhere.gps, nowhere.description) = (nil, nil)
        #expect(told(MetadataPolicy(keep: [.exif], drop: [.gps])).record == nowhere)
        var signed = Self.record
        signed.copyright = "Owner, 48°12'30\"N 16°22'19\"E"
        #expect(told(MetadataPolicy(keep: [.exif], drop: [.gps]), record: signed).record?.copyright == nil)
    }

    @Test("the rule of the sidecar decides over metadata")
    func rules() {
        let policy = MetadataPolicy(keep: [.all], drop: [.gps, .copyright])
        #expect(told(policy, .none).record == nil)
        #expect(told(MetadataPolicy(keep: []), .all).record?.gps != nil)
        #expect(told(policy, .all).record?.takenFrom == .xmp)
    }

    @Test("companions' names are told with what they tell")
    func filled() throws {
        let companion = CompanionRecord(
            name: "a.json", taken: "2020-03-01T12:00:00Z", gps: .init(latitude: 1.5, longitude: 2.5),
            description: "Lake")
        let filling = try #require(ExifFilling(lackedBy: ExifRecord(), from: [companion]))
        func filled(_ policy: MetadataPolicy, _ rule: SidecarRules.Exif = .asPictures) -> Filled? {
            ToldExif(ExifRecord(), filling, xmp: nil, rule, policy).filled
        }
        #expect(filled(MetadataPolicy(keep: [.exif])) == filling.sources)
        #expect(filled(MetadataPolicy(keep: [.exif]), .none) == nil)
        #expect(filled(MetadataPolicy()) == nil)
        #expect(filled(MetadataPolicy(), .all) == filling.sources)
        var nowhere = filling.sources
        nowhere.gps = nil
        #expect(filled(MetadataPolicy(keep: [.exif], drop: [.gps])) == nowhere)
    }

    @Test("what libraries quote of what is not told is hidden; Sluice's own words are left alone")
    func warnings() {
        let warnings = [
            "libvips: bad tag 'Model' of Maker at 2010:01:02 03:04:05", "alpha-flattened: by Maker",
            "EXIF: Owner is odd",
        ]
        #expect(
            told(MetadataPolicy()).hiding(in: warnings) == [
                "libvips: bad tag '…' of … at …", "alpha-flattened: by Maker", "EXIF: Owner is odd",
            ])
        #expect(told(MetadataPolicy(keep: [.all]), .all).hiding(in: warnings) == warnings)
    }
}
