import Foundation
import Testing

@testable import Naming

@Suite("Dates in names")
struct MomentTests {
    @Test(
        "what cameras write, and what is no date",
        arguments: [
            ("2024-05-01T10:20:30+02:00", [2024, 5, 1, 10, 20, 30]), ("2024-05-01", [2024, 5, 1, 0, 0, 0]),
            ("1826-01-01T23:59:60", [1826, 1, 1, 23, 59, 60]), ("2024-02-31T25:61:99", [2024, 2, 31, 0, 0, 0]),
        ])
    func taken(text: String, parts: [Int]) throws {
        let moment = try #require(Moment(taken: text))
        #expect([moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second] == parts)
    }

    @Test(
        "no date",
        arguments: ["", "0000-00-00", "1825-12-31", "2024-13-01", "2024-00-01", "2024-1-1", "20x4-01-01", "२०२४-०१-०१"])
    func none(text: String) { #expect(Moment(taken: text) == nil) }

    @Test("seconds since 1970, with an offset and without")
    func seconds() throws {
        #expect(Moment.secondsSince1970(taken: "1970-01-01T00:00:00Z") == 0)
        #expect(Moment.secondsSince1970(taken: "2024-05-01T10:20:30+02:00") == 1_714_551_630)
        #expect(Moment.secondsSince1970(taken: "2024-05-01T10:20:30-03:30") == 1_714_571_430)
        #expect(Moment.secondsSince1970(taken: "1899-12-31T23:59:59Z") == -2_208_988_801)
        #expect(Moment.secondsSince1970(taken: "nonsense") == nil)
        // In this machine's zone there and back.
        let local = try #require(Moment.secondsSince1970(taken: "2024-05-01T10:20:30"))
        #expect(Moment(secondsSince1970: local) == Moment(taken: "2024-05-01T10:20:30"))
        #expect(Moment(secondsSince1970: .max) == nil && Moment(secondsSince1970: .min) == nil)
    }

    @Test("every conversion agrees with strftime, on odd days too")
    func conversions() throws {
        let formats = ["Y", "y", "m", "d", "H", "M", "S", "j", "G", "V", "u", "b", "B", "a", "A", "F"]
        let days = [
            "2024-12-30", "2021-01-03", "2020-12-31", "2024-02-29", "1900-03-01", "2000-02-29", "1999-07-14",
            "2027-01-01",
        ]
        for day in days {
            let text = "\(day)T04:05:06"
            let moment = try #require(Moment(taken: text))
            var parts = tm()
            (parts.tm_year, parts.tm_mon, parts.tm_mday) = (
                Int32(moment.year - 1900), Int32(moment.month - 1), Int32(moment.day)
            )
            (parts.tm_hour, parts.tm_min, parts.tm_sec) = (4, 5, 6)
            _ = timegm(&parts)
            for format in formats {
                var buffer = [CChar](repeating: 0, count: 100)
                strftime(&buffer, buffer.count, "%\(format)", &parts)
                let expected = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                #expect(try DateFormat("%\(format)").text(of: moment) == expected, "\(day) %\(format)")
            }
        }
        let moment = try #require(Moment(taken: "2024-05-01T10:20:30"))
        #expect(try DateFormat("100%% on %Y_%m, %d.").text(of: moment) == "100% on 2024_05, 01.")
    }

    @Test(
        "bad formats are refused with words",
        arguments: [
            ("", "has no format"), ("%Q", "'%Q' in '{date:%Q}' is unknown; available: %Y"), ("%Y-%", "'%' in"),
            ("today", "has nothing of a date in it"), ("%%", "has nothing of a date in it"), ("%-d", "'%-' in"),
        ])
    func faults(format: String, words: String) {
        let error = #expect(throws: NameFault.self) { try DateFormat(format) }
        #expect(error?.words.contains(words) == true, "\(String(describing: error))")
    }
}
