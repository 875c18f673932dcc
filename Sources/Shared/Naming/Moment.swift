import Glibc

/// A moment as a clock on the wall shows it, without a zone.
package struct Moment: Sendable, Equatable {
    package let year: Int
    /// 1…12.
    package let month: Int
    /// 1…31.
    package let day: Int
    package let hour: Int
    package let minute: Int
    package let second: Int

    /// Of `YYYY-MM-DDThh:mm:ss…`, as cameras wrote it; nil for what is no moment since there are photographs.
    package init?(taken text: String) {
        let bytes = Array(text.utf8)
        func number(_ start: Int, _ count: Int) -> Int? {
            guard bytes.count >= start + count else { return nil }
            return bytes[start..<start + count].reduce(Optional(0)) { sum, byte in
                guard let sum, (0x30...0x39).contains(byte) else { return nil }
                return sum * 10 + Int(byte - 0x30)
            }
        }
        guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), year >= 1826,
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        let time = [(11, 24), (14, 60), (17, 61)].map { start, end in
            number(start, 2).flatMap { $0 < end ? $0 : nil } ?? 0
        }
        (hour, minute, second) = (time[0], time[1], time[2])
    }

    /// Of seconds since 1970, in the zone of this machine.
    package init?(secondsSince1970 seconds: Int64) {
        var time = time_t(seconds)
        var parts = tm()
        guard localtime_r(&time, &parts) != nil, (0...9999).contains(Int(parts.tm_year) + 1900) else { return nil }
        (year, month, day) = (Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday))
        (hour, minute, second) = (Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec))
    }

    /// Seconds since 1970 of `YYYY-MM-DDThh:mm:ss`, with `Z` or an offset (`+02:00`) behind it; without, in the zone of this
    /// machine. Nil for what is no moment.
    package static func secondsSince1970(taken text: String) -> Int64? {
        guard let moment = Moment(taken: text) else { return nil }
        let zone = text.utf8.dropFirst(19)
        if zone.isEmpty { return moment.localSeconds }
        let digits = zone.compactMap { (0x30...0x39).contains($0) ? Int($0) - 0x30 : nil }
        guard digits.count == 4 else { return moment.seconds }
        let offset = (digits[0] * 10 + digits[1]) * 3600 + (digits[2] * 10 + digits[3]) * 60
        return moment.seconds - Int64(zone.first == UInt8(ascii: "-") ? -offset : offset)
    }

    private var localSeconds: Int64? {
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (Int32(year - 1900), Int32(month - 1), Int32(day))
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (Int32(hour), Int32(minute), Int32(second))
        parts.tm_isdst = -1
        parts.tm_wday = -1
        let seconds = mktime(&parts)
        // -1 is a moment too: then mktime has set the day of the week.
        return seconds == -1 && parts.tm_wday == -1 ? nil : Int64(seconds)
    }

    /// As if its zone were UTC.
    private var seconds: Int64 { Int64(daysSince1970) * 86_400 + Int64(hour * 3600 + minute * 60 + second) }

    private var daysSince1970: Int { Self.days(year, month, day) }

    /// In eras of 400 years that begin with March.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// 1…366.
    var dayOfYear: Int { daysSince1970 - Self.days(year, 1, 1) + 1 }

    /// 1 (Monday)…7.
    var weekday: Int { ((daysSince1970 + 3) % 7 + 7) % 7 + 1 }

    /// Of ISO 8601: the week with the year's first Thursday is its first, and the days around may be of another year.
    var week: (year: Int, number: Int) {
        let thursday = daysSince1970 - weekday + 4
        let year =
            thursday < Self.days(self.year, 1, 1)
            ? self.year - 1 : thursday >= Self.days(self.year + 1, 1, 1) ? self.year + 1 : self.year
        return (year, (thursday - Self.days(year, 1, 1)) / 7 + 1)
    }
}
