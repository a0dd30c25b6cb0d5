import Logging

/// A kind of line in the operators' log: equal message and labels, with a common quota.
struct LogKind: Hashable, Sendable {
    /// What sets kinds with one message apart; few values, none of a client's choice.
    struct Label: Hashable, Sendable {
        let name: String
        let value: String
    }

    let level: Logger.Level
    let message: String
    let labels: [Label]

    /// - Parameter labels: an absent value is omitted.
    init(_ level: Logger.Level, _ message: String, _ labels: KeyValuePairs<String, String?> = [:]) {
        self.level = level
        self.message = message
        self.labels = labels.compactMap { name, value in value.map { Label(name: name, value: $0) } }
    }

    /// The labels as metadata of a line.
    var metadata: Logger.Metadata {
        Logger.Metadata(labels.map { ($0.name, "\($0.value)") }, uniquingKeysWith: { $1 })
    }

    /// Stands for all further kinds.
    static let further = LogKind(.warning, "lines of other kinds")
}

/// Limits the lines of each kind per interval and counts the rest. This is a value without a clock: time is an
/// argument, in nanoseconds of a monotonic clock.
struct LineQuota: Sendable {
    /// Lines of one kind in one interval.
    static let lines = 10
    /// In nanoseconds.
    static let interval: Int64 = 10_000_000_000
    /// The maximum number of kinds that are tracked.
    static let maximumKinds = 256

    private struct Window {
        var end: Int64
        var written: Int
        var suppressed: Int
    }

    private var windows: [LogKind: Window] = [:]
    /// Lines that were not written since the start.
    private(set) var suppressed = 0

    /// Whether a line of that kind is written now: nil where it is not, else how many of the kind were suppressed since
    /// the last one.
    mutating func admit(_ kind: LogKind, now: Int64) -> Int? {
        let isKnown = windows[kind] != nil
        if !isKnown, windows.count >= LineQuota.maximumKinds {
            suppress(.further, now: now)
            return nil
        }
        var window = windows[kind] ?? LineQuota.window(from: now)
        var before = 0
        if now >= window.end {
            before = window.suppressed
            window = LineQuota.window(from: now)
        }
        let isWritten = window.written < LineQuota.lines
        if isWritten {
            window.written += 1
        } else {
            window.suppressed += 1
            suppressed += 1
        }
        windows[kind] = window
        return isWritten ? before : nil
    }

    /// The kinds whose interval has ended, with their suppressed lines; write a line for each. Drops kinds without
    /// lines.
    mutating func due(now: Int64) -> [(kind: LogKind, suppressed: Int)] {
        let over = windows.filter { now >= $1.end }
        for (kind, window) in over {
            // The line with the number counts, too.
            windows[kind] = window.suppressed > 0 ? LineQuota.window(from: now, written: 1) : nil
        }
        return LineQuota.suppressedCounts(over)
    }

    /// All kinds with suppressed lines, whatever the time; resets the quota.
    mutating func drain() -> [(kind: LogKind, suppressed: Int)] {
        defer { windows = [:] }
        return LineQuota.suppressedCounts(windows)
    }

    private mutating func suppress(_ kind: LogKind, now: Int64) {
        windows[kind, default: LineQuota.window(from: now)].suppressed += 1
        suppressed += 1
    }

    private static func window(from now: Int64, written: Int = 0) -> Window {
        let (end, overflow) = now.addingReportingOverflow(interval)
        return Window(end: overflow ? .max : end, written: written, suppressed: 0)
    }

    private static func suppressedCounts(_ windows: [LogKind: Window]) -> [(kind: LogKind, suppressed: Int)] {
        windows.filter { $1.suppressed > 0 }.map { (kind: $0, suppressed: $1.suppressed) }
    }
}
