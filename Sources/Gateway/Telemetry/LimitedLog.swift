import Logging
import NIOConcurrencyHelpers
import NIOCore

/// The operators' log for lines that clients or services can cause, at whatever rate: each kind has a quota, and what was
/// suppressed is counted in a following line (`suppressed`).
final class LimitedLog: Sendable {
    private let logger: Logger
    private let quota = NIOLockedValueBox(LineQuota())

    init(_ logger: Logger) { self.logger = logger }

    /// Lines that were not written since the start.
    var suppressed: Int { quota.withLockedValue { $0.suppressed } }

    /// Writes a line, where the quota of its kind allows it.
    ///
    /// - Parameter more: what stands in this line beside the kind's labels.
    func write(_ kind: LogKind, _ more: @autoclosure () -> Logger.Metadata = [:]) {
        guard logger.logLevel <= kind.level else { return }
        guard let before = quota.withLockedValue({ $0.admit(kind, now: LimitedLog.now) }) else { return }
        var metadata = kind.metadata.merging(more()) { $1 }
        if before > 0 { metadata["suppressed"] = "\(before)" }
        logger.log(level: kind.level, "\(kind.message)", metadata: metadata)
    }

    /// Tells what was suppressed where no line of the kind followed. To be called about once a second.
    func tick() { writeSuppressed(quota.withLockedValue { $0.due(now: LimitedLog.now) }) }

    /// Tells all that was suppressed and not told yet: the gateway stops.
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
