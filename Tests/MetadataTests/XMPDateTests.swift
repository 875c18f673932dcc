import Jobs
import Testing

@testable import Metadata

@Suite("When a picture was taken, by EXIF and XMP")
struct XMPDateTests {
    private func packet(_ properties: String) -> [UInt8] {
        Array(
            """
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
            <rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" \
            xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" \
            xmp:CreateDate="2010-07-12T16:42:31-05:00">\(properties)</rdf:Description></rdf:RDF></x:xmpmeta>
            """.utf8)
    }

    @Test("XMP is asked where EXIF has none but that of the last change")
    func order() {
        let dated = packet("<exif:DateTimeOriginal>2009-06-24T09:41:07.72+01:00</exif:DateTimeOriginal>")
        var record = ExifRecord()
        (record.taken, record.takenFrom) = ("2020-01-01T00:00:00", .modifyDate)
        record.takeDate(ofXMP: dated)
        #expect(record.taken == "2009-06-24T09:41:07+01:00" && record.takenFrom == .xmp)
        (record.taken, record.takenFrom) = ("2020-01-01T00:00:00", .dateTimeOriginal)
        record.takeDate(ofXMP: dated)
        #expect(record.taken == "2020-01-01T00:00:00" && record.takenFrom == .dateTimeOriginal)
        var none = ExifRecord()
        none.takeDate(ofXMP: packet(""))
        #expect(none.taken == "2010-07-12T16:42:31-05:00")
    }

    @Test(
        "what is no day and time is none",
        arguments: ["2009", "2009-06", "2009-13-24T09:41", "2009-06-24", "yesterday", "2009-06-24T29:41", ""])
    func odd(text: String) {
        let packet = packet("<photoshop:DateCreated>\(text)</photoshop:DateCreated>")
        #expect(dateTaken(inXMP: packet) == "2010-07-12T16:42:31-05:00")
        #expect(dateTaken(inXMP: Array(text.utf8)) == nil)
    }

    @Test("an editor may write it as EXIF does")
    func exifForm() {
        let packet = packet("<exif:DateTimeOriginal>2009:06:24 09:41:07.724</exif:DateTimeOriginal>")
        #expect(dateTaken(inXMP: packet) == "2009-06-24T09:41:07")
    }

    @Test("seconds may be missing")
    func seconds() {
        #expect(
            dateTaken(inXMP: packet("<photoshop:DateCreated>2009-06-24T09:41Z</photoshop:DateCreated>"))
                == "2009-06-24T09:41:00Z")
    }
}
