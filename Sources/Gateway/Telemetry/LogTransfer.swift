import NIOCore

/// The transfer of a batch into a file, which may take several writes. A started line is completed: lines are never
/// interleaved.
struct LogTransfer {
    /// The next step.
    enum Step: Equatable {
        /// Write the bytes of `remaining`.
        case write
        /// Try again later, or after the file was opened anew.
        case wait
        case done
        /// Drop the rest.
        case failed
    }

    private(set) var batch: LogBatch
    /// Where the first line begins that is not written whole.
    private var lineStart: Int

    init(_ batch: LogBatch) {
        self.batch = batch
        lineStart = batch.lines.readerIndex
    }

    /// The unwritten bytes.
    var remaining: ByteBuffer { batch.lines }

    /// Whether the file's last line was begun and not ended.
    var isTorn: Bool { batch.lines.readerIndex != lineStart }

    mutating func attempted(_ outcome: LogFile.Outcome) -> Step {
        switch outcome {
        case .wrote(let count):
            advance(by: count)
            return batch.lines.readableBytes > 0 ? .write : .done
        case .full: return .wait
        case .broken: return .failed
        }
    }

    /// The file was reopened: the current line starts again from its beginning.
    mutating func restartLine() { batch.lines.moveReaderIndex(to: lineStart) }

    /// The lines that are not written whole.
    var unwrittenLines: Int {
        // A batch of no lines is an end for a line that was torn.
        guard batch.count > 0 else { return 0 }
        var rest = batch.lines
        rest.moveReaderIndex(to: lineStart)
        return rest.readableBytesView.count { $0 == UInt8(ascii: "\n") }
    }

    private mutating func advance(by count: Int) {
        let view = batch.lines.readableBytesView.prefix(count)
        if let lastEnd = view.lastIndex(of: UInt8(ascii: "\n")) { lineStart = lastEnd + 1 }
        batch.lines.moveReaderIndex(forwardBy: view.count)
    }
}
