import NIOCore

/// Lines for the log: whole lines only.
struct LogBatch: Sendable {
    var lines: ByteBuffer
    /// How many lines they are.
    var count: Int

    /// Removes the lines; keeps the storage if it is uniquely referenced.
    mutating func clear() {
        lines.clear()
        count = 0
    }
}

/// What workers have handed over and is not written yet. Bounded: what does not fit is counted as lost, since a log
/// that cannot be written must not take the gateway's memory.
struct LogMailbox: Sendable {
    /// Empty buffers kept for reuse.
    private static let maximumSpares = 8

    /// The memory that may wait, in bytes.
    let maximumBytes: Int
    private var waiting: [LogBatch] = []
    /// The memory that waits or is being written: buffers at their full size, however few lines are in them.
    private var bytes = 0
    private var lostLines = 0
    /// Lines lost since the start, reported or not.
    private(set) var totalLost = 0
    private var spares: [ByteBuffer] = []

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    var isEmpty: Bool { waiting.isEmpty }

    /// Takes a batch, or counts its lines as lost. Leaves an empty batch, with spare storage if there is some.
    mutating func post(_ batch: inout LogBatch) {
        let last = waiting.count - 1
        if last >= 0, waiting[last].lines.writableBytes >= batch.lines.readableBytes {
            // Many small batches in large buffers would soon reach the bound.
            waiting[last].lines.writeImmutableBuffer(batch.lines)
            waiting[last].count += batch.count
            batch.clear()
        } else if bytes + batch.lines.capacity <= maximumBytes {
            bytes += batch.lines.capacity
            waiting.append(batch)
            batch = LogBatch(lines: spares.popLast() ?? ByteBuffer(), count: 0)
        } else {
            countLost(batch.count)
            batch.clear()
        }
    }

    /// Counts lines that were taken but cannot be written.
    mutating func countLost(_ lines: Int) {
        lostLines += lines
        totalLost += lines
    }

    /// Restores lines of `takeLost` that could not be reported.
    mutating func putBackLost(_ lines: Int) { lostLines += lines }

    /// The oldest batch. Its memory counts until it is given back.
    mutating func next() -> LogBatch? { waiting.isEmpty ? nil : waiting.removeFirst() }

    /// The lines lost since the last call.
    mutating func takeLost() -> Int {
        defer { lostLines = 0 }
        return lostLines
    }

    /// Takes back the buffer of a batch from `next`, emptied.
    mutating func giveBack(_ buffer: ByteBuffer) {
        bytes -= buffer.capacity
        guard spares.count < Self.maximumSpares, buffer.capacity <= 2 * AccessLogBuffer.size else { return }
        spares.append(buffer)
    }
}
