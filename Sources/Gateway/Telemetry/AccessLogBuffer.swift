import NIOCore

/// A worker's own end of the access log: gathers lines and hands them to the writer's thread by the buffer, so that no
/// request takes a lock.
package struct AccessLogBuffer {
    /// What is gathered before it is handed over, in bytes.
    static let size = 32768
    /// Room kept for one more line; a longer one makes the buffer grow.
    private static let room = 2048

    private let writer: AccessLogWriter?
    private var formatter = AccessLogFormatter()
    private var buffer = ByteBuffer()
    private var lines = 0

    /// - Parameter writer: nil: there is no access log.
    package init(_ writer: AccessLogWriter?) { self.writer = writer }

    /// Whether records are wanted at all.
    package var isOn: Bool { writer != nil }

    package mutating func write(_ record: borrowing AccessRecord) {
        guard writer != nil else { return }
        if buffer.capacity == 0 { buffer.reserveCapacity(Self.size) }
        formatter.write(record, into: &buffer)
        lines += 1
        if buffer.readableBytes > Self.size - Self.room { handOver() }
    }

    /// Hands over what has gathered. To be called every 100 ms and before the worker ends.
    package mutating func handOver() {
        guard let writer, lines > 0 else { return }
        let full = LogBatch(lines: buffer, count: lines)
        buffer = ByteBuffer()
        lines = 0
        buffer = writer.post(full)
    }
}
