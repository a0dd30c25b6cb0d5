import NIOCore
import Testing

@testable import Gateway

@Suite("The access log's mailbox")
struct LogMailboxTests {
    /// A batch in a buffer of 32 KiB.
    private func batch(_ text: String, lines: Int = 1) -> LogBatch {
        var buffer = ByteBufferAllocator().buffer(capacity: AccessLogBuffer.size)
        buffer.writeString(text)
        return LogBatch(lines: buffer, count: lines)
    }

    /// Posts, and gives what is left to go on with.
    @discardableResult
    private func post(_ batch: LogBatch, to mailbox: inout LogMailbox) -> ByteBuffer {
        var batch = batch
        mailbox.post(&batch)
        return batch.lines
    }

    private func emptied(_ batch: LogBatch) -> ByteBuffer {
        var batch = batch
        batch.clear()
        return batch.lines
    }

    private func fullBatch(_ byte: String, lines: Int = 10) -> LogBatch {
        batch(String(repeating: byte, count: AccessLogBuffer.size), lines: lines)
    }

    @Test("Batches come out in the order they came in")
    func order() {
        var mailbox = LogMailbox(maximumBytes: 1 << 20)
        for byte in ["a", "b", "c"] { post(fullBatch(byte), to: &mailbox) }
        for byte in ["a", "b", "c"] {
            #expect(mailbox.next()?.lines.getString(at: 0, length: 1) == byte)
        }
        #expect(mailbox.next() == nil)
        #expect(mailbox.takeLost() == 0)
    }

    @Test("Small batches that wait are joined, and the buffer comes back empty")
    func joined() {
        var mailbox = LogMailbox(maximumBytes: 3 * AccessLogBuffer.size)
        for _ in 0..<1000 {
            let back = post(batch("0123456789\n"), to: &mailbox)
            #expect(back.readableBytes == 0)
        }
        let first = mailbox.next()
        #expect(first?.count == 1000 && first?.lines.readableBytes == 11000)
        #expect(mailbox.next() == nil && mailbox.takeLost() == 0)
    }

    @Test("What does not fit is counted, and told once")
    func bounded() {
        var mailbox = LogMailbox(maximumBytes: 2 * AccessLogBuffer.size)
        for _ in 0..<5 { post(fullBatch("a", lines: 7), to: &mailbox) }
        #expect(mailbox.takeLost() == 21)
        #expect(mailbox.takeLost() == 0)
    }

    @Test("A batch that is being written counts until its buffer is given back")
    func inHand() throws {
        var mailbox = LogMailbox(maximumBytes: 2 * AccessLogBuffer.size)
        post(fullBatch("a"), to: &mailbox)
        post(fullBatch("b"), to: &mailbox)
        let taken = mailbox.next()
        let first = try #require(taken)
        post(fullBatch("c"), to: &mailbox)
        #expect(mailbox.takeLost() == 10)
        mailbox.giveBack(emptied(first))
        post(fullBatch("d"), to: &mailbox)
        #expect(mailbox.takeLost() == 0)
    }

    @Test("Buffers that were written are used again")
    func reuse() throws {
        var mailbox = LogMailbox(maximumBytes: 1 << 20)
        let none = post(fullBatch("a"), to: &mailbox)
        #expect(none.capacity == 0)
        let taken = mailbox.next()
        let first = try #require(taken)
        mailbox.giveBack(emptied(first))
        let again = post(fullBatch("b"), to: &mailbox)
        #expect(again.capacity >= AccessLogBuffer.size && again.readableBytes == 0)
    }

    @Test("Whatever is posted and taken: each line is written or lost, and memory stays within the bound")
    func random() {
        let seed = UInt64.random(in: .min ... .max)
        var random = Xoshiro(seed: (seed, 2, 3, 4))
        let bound = 5 * AccessLogBuffer.size
        var mailbox = LogMailbox(maximumBytes: bound)
        var (posted, written, lost) = (0, 0, 0)
        var inHand: [LogBatch] = []
        for _ in 0..<20_000 {
            switch random.next() % 5 {
            case 0...2:
                let lines = Int.random(in: 1...300, using: &random)
                posted += lines
                let text = String(repeating: "0123456789012345678901234567890123456789\n", count: lines)
                post(batch(text, lines: lines), to: &mailbox)
            case 3:
                if let batch = mailbox.next() { inHand.append(batch) }
            default:
                guard !inHand.isEmpty else { continue }
                let batch = inHand.removeFirst()
                written += batch.count
                mailbox.giveBack(emptied(batch))
            }
            lost += mailbox.takeLost()
            let held = inHand.reduce(0) { $0 + $1.lines.capacity }
            if held > bound {
                Issue.record("seed \(seed): \(held) bytes held")
                return
            }
        }
        while let batch = mailbox.next() { inHand.append(batch) }
        written += inHand.reduce(0) { $0 + $1.count }
        #expect(written + lost == posted, "seed \(seed)")
        #expect(lost > 0 && written > 0, "seed \(seed)")
    }
}

@Suite("A batch on its way into a file")
struct LogTransferTests {
    private static let batch = LogBatch(lines: ByteBuffer(string: "one\ntwo\nthree\n"), count: 3)

    @Test("Partial writes go on where they stopped")
    func partial() {
        var transfer = LogTransfer(Self.batch)
        #expect(transfer.attempted(.wrote(5)) == .write)
        #expect(String(buffer: transfer.remaining) == "wo\nthree\n")
        #expect(transfer.isTorn && transfer.unwrittenLines == 2)
        #expect(transfer.attempted(.wrote(3)) == .write)
        #expect(!transfer.isTorn && transfer.unwrittenLines == 1)
        #expect(transfer.attempted(.wrote(6)) == .done)
        #expect(transfer.unwrittenLines == 0)
    }

    @Test("In another file the line in hand begins anew")
    func otherFile() {
        var transfer = LogTransfer(Self.batch)
        #expect(transfer.attempted(.wrote(6)) == .write)
        #expect(transfer.attempted(.full(errno: 28)) == .wait)
        transfer.restartLine()
        #expect(String(buffer: transfer.remaining) == "two\nthree\n")
        #expect(!transfer.isTorn)
    }

    @Test("A failure loses what is not whole")
    func failure() {
        var transfer = LogTransfer(Self.batch)
        #expect(transfer.attempted(.wrote(4)) == .write)
        #expect(transfer.attempted(.broken(errno: 32)) == .failed)
        #expect(transfer.unwrittenLines == 2 && !transfer.isTorn)
    }

    @Test("However the writes fall, every line is in one file once and whole")
    func random() {
        let seed = UInt64.random(in: .min ... .max)
        var random = Xoshiro(seed: (seed, 2, 3, 4))
        for _ in 0..<2000 {
            let lines = (0..<Int.random(in: 1...9, using: &random)).map {
                "line\($0)" + String(repeating: "x", count: $0)
            }
            let text = lines.joined(separator: "\n") + "\n"
            var transfer = LogTransfer(LogBatch(lines: ByteBuffer(string: text), count: lines.count))
            var files = [""]
            var step = LogTransfer.Step.write
            while step != .done {
                if random.next() % 4 == 0 {
                    _ = transfer.attempted(.full(errno: 28))
                    if random.next() % 2 == 0 {
                        transfer.restartLine()
                        files.append("")
                    }
                }
                let rest = String(buffer: transfer.remaining)
                let count = Int.random(in: 0...rest.utf8.count, using: &random)
                files[files.count - 1] += rest.prefix(count)
                step = transfer.attempted(.wrote(count))
            }
            let whole = files.flatMap { file in
                file.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
            }
            if whole != lines || transfer.unwrittenLines != 0 {
                Issue.record("seed \(seed): \(files)")
                return
            }
        }
    }
}
