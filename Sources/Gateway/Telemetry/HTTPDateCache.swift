/// The `date` field's value, worked out once a second: an IMF-fixdate (RFC 9110, section 5.6.7) such as
/// `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// Belongs to one worker.
package struct HTTPDateCache: Sendable {
    /// The 29 bytes of the last update; before one, of 1970-01-01.
    package private(set) var text = Array("Thu, 01 Jan 1970 00:00:00 GMT".utf8)
    private var seconds: Int64 = 0

    /// Creates a cache that holds the epoch; call ``update(seconds:)`` before use.
    package init() {}

    /// - Parameter seconds: since 1970; the year stays within 1970 and 9999.
    package mutating func update(seconds: Int64) {
        guard seconds != self.seconds else { return }
        self.seconds = seconds
        let time = CivilTime(unixSeconds: seconds)
        var span = text.mutableSpan
        span.write(name: time.weekday, of: "SunMonTueWedThuFriSat", at: 0)
        span.write(decimal: time.day, count: 2, at: 5)
        span.write(name: time.month - 1, of: "JanFebMarAprMayJunJulAugSepOctNovDec", at: 8)
        span.write(decimal: time.year, count: 4, at: 12)
        span.write(decimal: time.hour, count: 2, at: 17)
        span.write(decimal: time.minute, count: 2, at: 20)
        span.write(decimal: time.second, count: 2, at: 23)
    }
}

/// The time of a log line, its date worked out once a second: RFC 3339, UTC, milliseconds, such as
/// `2026-11-21T02:05:24.123Z`.
struct LogTimeCache {
    /// The 24 bytes of the last update.
    private(set) var text: InlineArray<24, UInt8>
    private var seconds: Int64 = -1

    init() {
        text = InlineArray(repeating: UInt8(ascii: "0"))
        text[4] = UInt8(ascii: "-")
        text[7] = UInt8(ascii: "-")
        text[10] = UInt8(ascii: "T")
        text[13] = UInt8(ascii: ":")
        text[16] = UInt8(ascii: ":")
        text[19] = UInt8(ascii: ".")
        text[23] = UInt8(ascii: "Z")
        update(milliseconds: 0)
    }

    /// - Parameter milliseconds: since 1970; the year stays within 1970 and 9999.
    mutating func update(milliseconds: Int64) {
        let milliseconds = min(max(milliseconds, 0), CivilTime.lastSecond * 1000 + 999)
        let seconds = milliseconds / 1000
        var span = text.mutableSpan
        span.write(decimal: Int(milliseconds % 1000), count: 3, at: 20)
        guard seconds != self.seconds else { return }
        self.seconds = seconds
        let time = CivilTime(unixSeconds: seconds)
        span.write(decimal: time.year, count: 4, at: 0)
        span.write(decimal: time.month, count: 2, at: 5)
        span.write(decimal: time.day, count: 2, at: 8)
        span.write(decimal: time.hour, count: 2, at: 11)
        span.write(decimal: time.minute, count: 2, at: 14)
        span.write(decimal: time.second, count: 2, at: 17)
    }
}
