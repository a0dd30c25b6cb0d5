import Glibc
import Logging
import Testing

@testable import Gateway

@Suite("The operators' log's thread", .timeLimit(.minutes(5)))
struct LogWriterTests {
    /// The numbers of whole lines, and the sum of what was told as dropped.
    private func read(_ text: String) throws -> (numbers: [Int], dropped: Int) {
        var (numbers, dropped) = ([Int](), 0)
        for line in text.split(separator: "\n") {
            if let number = line.split(separator: "number=").dropFirst().first?.prefix(while: { $0.isNumber }) {
                numbers.append(try #require(Int(number)))
            } else {
                let lost = line.split(separator: "lines=").dropFirst().first?.prefix { $0.isNumber } ?? ""
                #expect(line.contains(" warning menshen: ") && line.contains("were dropped"))
                dropped += try #require(Int(lost))
            }
        }
        return (numbers, dropped)
    }

    private func logger(_ writer: LogWriter) -> Logger {
        Logger(label: "menshen", factory: { QueuedLogHandler(label: $0, writer: writer) })
    }

    @Test("Lines come out whole and in order, and all are there after a stop")
    func plain() throws {
        let pipe = try Pipe()
        let writer = try LogWriter(descriptor: pipe.input)
        let log = try pipe.readAll {
            for number in 0..<2000 { logger(writer).info("done", metadata: ["number": "\(number)"]) }
            #expect(writer.stop(milliseconds: 30_000))
        }
        pipe.closeOutput()
        #expect(try read(log).numbers == Array(0..<2000) && writer.dropped == 0)
        #expect(log.hasSuffix(" info menshen: number=1999 [GatewayTests] done\n"))
    }

    @Test("Nobody waits for a pipe that nobody reads: what does not fit is dropped, counted, and told when it is read")
    func stuck() throws {
        let pipe = try Pipe()
        let writer = try LogWriter(descriptor: pipe.input, maximumBytes: 64 << 10)
        let count = 20_000
        // Each of these would wait for ever if the line were written here.
        for number in 0..<count { logger(writer).warning("full", metadata: ["number": "\(number)"]) }
        let dropped = writer.dropped
        #expect(dropped > 0)
        let log = try read(try pipe.readAll { #expect(writer.stop(milliseconds: 30_000)) })
        pipe.closeOutput()
        #expect(log.dropped == dropped && log.numbers.count + dropped == count)
        #expect(log.numbers == log.numbers.sorted() && log.numbers.first == 0)
    }

    @Test("A stop ends in time although nobody reads, and what is said afterwards is counted")
    func stop() throws {
        let pipe = try Pipe()
        let writer = try LogWriter(descriptor: pipe.input, maximumBytes: 64 << 10)
        for number in 0..<5000 { logger(writer).info("x", metadata: ["number": "\(number)"]) }
        #expect(!writer.stop(milliseconds: 50))
        // The thread is let go: its write fails.
        pipe.closeOutput()
        #expect(writer.stop(milliseconds: 30_000))
        let before = writer.dropped
        writer.write("late\nlate\n")
        #expect(writer.dropped == before + 2)
        pipe.closeInput()
    }
}

@Suite("A line of the operators' log")
struct LogLineTests {
    @Test(
        "stays one line, whatever a peer put into it",
        arguments: [
            ("plain, 神 too", "plain, 神 too"), ("a\nb", "a\\u{a}b"), ("a\r\nb\u{7F}", "a\\u{d}\\u{a}b\\u{7f}"),
            ("\u{1B}[2J", "\\u{1b}[2J"), ("a\u{2028}b\u{85}", "a\\u{2028}b\\u{85}"), ("", ""),
        ]
    )
    func escapes(_ text: String, _ expected: String) {
        #expect(LogLine.escaped(text) == expected)
    }

    @Test("has time, level, label, metadata by name, source and message")
    func form() throws {
        let line = LogLine.text(
            level: .info,
            label: "menshen",
            metadata: ["b": "2", "a": "1\n"],
            source: "Gateway",
            message: "serving"
        )
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        #expect(words.last == "info menshen: a=1\\u{a} b=2 [Gateway] serving\n")
        // 2026-11-30T08:00:00+0000
        #expect(words.first?.count == 24 && words.first?.contains("T") == true)
    }
}
