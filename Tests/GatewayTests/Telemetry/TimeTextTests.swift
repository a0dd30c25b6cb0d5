import Testing

@testable import Gateway

@Suite("Times as text")
struct TimeTextTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var seconds: Int64
        var date: String
        var time: String
        var testDescription: String { time }

        init(_ seconds: Int64, _ date: String, _ time: String) {
            (self.seconds, self.date, self.time) = (seconds, date, time)
        }
    }

    static let rows = [
        Row(0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00"),
        Row(1, "Thu, 01 Jan 1970 00:00:01 GMT", "1970-01-01T00:00:01"),
        Row(68_169_599, "Mon, 28 Feb 1972 23:59:59 GMT", "1972-02-28T23:59:59"),
        Row(68_169_600, "Tue, 29 Feb 1972 00:00:00 GMT", "1972-02-29T00:00:00"),
        Row(68_256_000, "Wed, 01 Mar 1972 00:00:00 GMT", "1972-03-01T00:00:00"),
        // The example of RFC 9110.
        Row(784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37"),
        Row(946_684_799, "Fri, 31 Dec 1999 23:59:59 GMT", "1999-12-31T23:59:59"),
        Row(946_684_800, "Sat, 01 Jan 2000 00:00:00 GMT", "2000-01-01T00:00:00"),
        // 2000 is a leap year, 2100 is none.
        Row(951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29T00:00:00"),
        Row(951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT", "2000-03-01T00:00:00"),
        Row(1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT", "2024-02-29T00:00:00"),
        Row(1_795_226_724, "Sat, 21 Nov 2026 02:05:24 GMT", "2026-11-21T02:05:24"),
        Row(2_147_483_647, "Tue, 19 Jan 2038 03:14:07 GMT", "2038-01-19T03:14:07"),
        Row(2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT", "2038-01-19T03:14:08"),
        Row(4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT", "2100-02-28T23:59:59"),
        Row(4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT", "2100-03-01T00:00:00"),
        Row(4_294_967_296, "Sun, 07 Feb 2106 06:28:16 GMT", "2106-02-07T06:28:16"),
        Row(253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59"),
        // Out of range: the nearer end.
        Row(-1, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00"),
        Row(253_402_300_800, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59"),
        Row(.max, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59"),
        Row(.min, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00"),
    ]

    @Test("The date field is an IMF-fixdate", arguments: rows)
    func date(_ row: Row) {
        var cache = HTTPDateCache()
        cache.update(seconds: row.seconds)
        #expect(String(decoding: cache.text, as: UTF8.self) == row.date)
    }

    @Test("A log time is RFC 3339 with milliseconds", arguments: rows)
    func logTime(_ row: Row) {
        guard (0...CivilTime.lastSecond).contains(row.seconds) else { return }
        var cache = LogTimeCache()
        for (milliseconds, suffix) in [(0, "000"), (7, "007"), (999, "999")] {
            cache.update(milliseconds: row.seconds * 1000 + Int64(milliseconds))
            #expect(text(cache) == "\(row.time).\(suffix)Z")
        }
    }

    @Test("Times out of range do not trap", arguments: [Int64.min, -1, .max])
    func logTimeOutOfRange(_ milliseconds: Int64) {
        var cache = LogTimeCache()
        cache.update(milliseconds: milliseconds)
        #expect(text(cache) == (milliseconds < 0 ? "1970-01-01T00:00:00.000Z" : "9999-12-31T23:59:59.999Z"))
    }

    @Test("A cache that goes forth and back tells the time it was last given")
    func cacheForthAndBack() {
        var cache = HTTPDateCache()
        for row in (Self.rows + Self.rows.reversed()) {
            cache.update(seconds: row.seconds)
            #expect(String(decoding: cache.text, as: UTF8.self) == row.date)
        }
    }

    @Test("Every day from 1970 to 2199 follows the one before")
    func everyDay() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var (year, month, day, weekday) = (1970, 1, 1, 4)
        var seconds: Int64 = 0
        while year < 2200 {
            let time = CivilTime(unixSeconds: seconds)
            guard time.year == year, time.month == month, time.day == day, time.weekday == weekday else {
                Issue.record("\(seconds) s: \(time), expected \(year)-\(month)-\(day)")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let last = month == 2 && isLeap ? 29 : lengths[month - 1]
            day += 1
            if day > last { (day, month) = (1, month + 1) }
            if month > 12 { (month, year) = (1, year + 1) }
            weekday = (weekday + 1) % 7
            seconds += 86400
        }
    }

    private func text(_ cache: LogTimeCache) -> String {
        let text = cache.text
        return String(decoding: text.span.indices.map { text[$0] }, as: UTF8.self)
    }
}
