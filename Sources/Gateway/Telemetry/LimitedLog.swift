import Logging
import NIOConcurrencyHelpers
import NIOCore

/// The operators' log for lines that clients or services can cause at any rate: each kind has a quota, and the number
/// of suppressed lines is added to a later line (`suppressed`).
final class LimitedLog: Sendable {
    private let logger: Logger
    private let quota = NIOLockedValueBox(LineQuota())

    init(_ logger: Logger) { self.logger = logger }

    /// Lines that were not written since the start.
    var suppressed: Int { quota.withLockedValue { $0.suppressed } }

    /// Writes a line if the quota of its kind allows it.
    ///
    /// - Parameter more: metadata of this line, in addition to the kind's labels.
    func write(_ kind: LogKind, _ more: @autoclosure () -> Logger.Metadata = [:]) {
        guard logger.logLevel <= kind.level else { return }
        guard let before = quota.withLockedValue({ $0.admit(kind, now: LimitedLog.now) }) else { return }
        var metadata = kind.metadata.merging(more()) { $1 }
        if before > 0 { metadata["suppressed"] = "\(before)" }
        logger.log(level: kind.level, "\(kind.message)", metadata: metadata)
    }

    /// Writes the number of suppressed lines of kinds without a later line. Call this about once a second.
    func tick() { writeSuppressed(quota.withLockedValue { $0.due(now: LimitedLog.now) }) }

    /// Writes all pending numbers of suppressed lines, before the gateway stops.
    func flush() { writeSuppressed(quota.withLockedValue { $0.drain() }) }

    private func writeSuppressed(_ entries: [(kind: LogKind, suppressed: Int)]) {
        for (kind, suppressed) in entries {
            var metadata = kind.metadata
            metadata["suppressed"] = "\(suppressed)"
            logger.log(level: kind.level, "\(kind.message)", metadata: metadata)
        }
    }

    private static var now: Int64 { Int64(clamping: NIODeadline.now().uptimeNanoseconds) }
}
