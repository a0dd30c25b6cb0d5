/// A point of time in the Gregorian calendar, UTC, worked out without the C library's clock of time zones.
struct CivilTime: Equatable {
    /// The last second with a year of four digits: 9999-12-31T23:59:59Z.
    static let lastSecond: Int64 = 253_402_300_799

    private(set) var year: Int
    /// 1 to 12.
    private(set) var month: Int
    /// 1 to 31.
    private(set) var day: Int
    private(set) var hour: Int
    private(set) var minute: Int
    private(set) var second: Int
    /// 0 is Sunday.
    private(set) var weekday: Int

    /// - Parameter unixSeconds: seconds since 1970; what lies before or after the year 9999 is brought to the nearer end.
    init(unixSeconds: Int64) {
        let seconds = Int(min(max(unixSeconds, 0), Self.lastSecond))
        let days = seconds / 86400
        let rest = seconds % 86400
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
        // 1970-01-01 was a Thursday.
        weekday = (days + 4) % 7

        // The calendar repeats every 400 years (146,097 days). Years are counted from March, so that the leap day is
        // the last of its year and the months' lengths follow one straight line: 153 days in five months.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    }
}

extension MutableSpan<UInt8> {
    /// Writes the last `count` digits of a number that is not negative.
    mutating func write(decimal value: Int, count: Int, at start: Int) {
        var rest = value
        var index = start + count
        while index > start {
            index -= 1
            self[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// Writes three letters of a table of three-letter names.
    mutating func write(name number: Int, of names: StaticString, at start: Int) {
        names.withUTF8Buffer { letters in
            for index in 0..<3 where number * 3 + index < letters.count {
                self[start + index] = letters[number * 3 + index]
            }
        }
    }
}
