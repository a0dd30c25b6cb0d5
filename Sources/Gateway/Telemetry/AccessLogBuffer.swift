import NIOCore

/// A worker's own end of the access log: gathers lines and hands them to the writer's thread by the buffer, so that no
/// request takes a lock.
package struct AccessLogBuffer {
    /// The maximum size of a batch, in bytes.
    static let size = 32768
    /// Room kept for one more line; a longer one makes the buffer grow.
    private static let room = 2048

    private let writer: AccessLogWriter?
    private var formatter = AccessLogFormatter()
    private var batch = LogBatch(lines: ByteBuffer(), count: 0)

    /// - Parameter writer: nil: the access log is off.
    package init(_ writer: AccessLogWriter?) { self.writer = writer }

    /// Whether the access log is on.
    package var isOn: Bool { writer != nil }

    /// Formats the line of a record, and hands over the batch if it is full.
    package mutating func write(_ record: borrowing AccessRecord) {
        guard writer != nil else { return }
        if batch.lines.capacity == 0 { batch.lines.reserveCapacity(Self.size) }
        formatter.write(record, into: &batch.lines)
        batch.count += 1
        if batch.lines.readableBytes > Self.size - Self.room { handOver() }
    }

    /// Hands over the batch. Call this every 100 ms and before the worker ends.
    package mutating func handOver() {
        guard let writer, batch.count > 0 else { return }
        writer.post(&batch)
    }
}
