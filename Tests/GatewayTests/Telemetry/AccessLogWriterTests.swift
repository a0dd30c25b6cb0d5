import Configuration
import Glibc
import JSON
import NIOConcurrencyHelpers
import NIOCore
import Synchronization
import Testing

@testable import Gateway

@Suite("The access log's thread", .timeLimit(.minutes(5)))
struct AccessLogWriterTests {
    private func record(_ id: String) -> AccessRecord {
        var record = AccessRecord()
        record.method = "GET"
        record.requestID = Array(id.utf8)
        return record
    }

    /// The request ids of whole lines; every line has to be JSON.
    private func ids(_ text: String) throws -> [String] {
        try text.split(separator: "\n").compactMap { line in
            try JSONReader().read(Array(line.utf8))["requestId"]?.string
        }
    }

    /// The sum of all `{"type":"lost"}` lines.
    private func lost(_ text: String) throws -> Int64 {
        try text.split(separator: "\n").reduce(0) { sum, line in
            let node = try JSONReader().read(Array(line.utf8))
            return node["type"]?.string == "lost" ? sum + (node["lines"]?.integer ?? 0) : sum
        }
    }

    @Test("Lines are in the file after a stop, appended to what was there")
    func plain() throws {
        let folder = try TestFolder()
        try folder.file("access.log", Array("before\n".utf8))
        let writer = try #require(try AccessLogWriter(.file(folder.path("access.log"))))
        var buffer = AccessLogBuffer(writer)
        for index in 0..<500 { buffer.write(record("r\(index)")) }
        buffer.handOver()
        #expect(writer.stop())
        let text = folder.read("access.log")
        #expect(text.hasPrefix("before\n"))
        #expect(try ids(String(text.dropFirst(7))) == (0..<500).map { "r\($0)" })
    }

    @Test("A new file is not for everybody to read")
    func mode() throws {
        let folder = try TestFolder()
        let writer = try #require(try AccessLogWriter(.file(folder.path("access.log"))))
        #expect(writer.stop())
        var status = stat()
        #expect(stat(folder.path("access.log"), &status) == 0)
        #expect(status.st_mode & 0o137 == 0)
    }

    @Test("No log: nothing is formatted")
    func off() throws {
        #expect(try AccessLogWriter(.off) == nil)
        var buffer = AccessLogBuffer(nil)
        #expect(!buffer.isOn)
        buffer.write(record("x"))
        buffer.handOver()
    }

    @Test("A file that cannot be opened is told at the start, without its path")
    func cannotOpen() throws {
        let folder = try TestFolder()
        let error = #expect(throws: AccessLogFault.self) {
            _ = try AccessLogWriter(.file(folder.path("none/access.log")))
        }
        #expect(error == .cannotOpen(errno: ENOENT))
        #expect(error?.description == "the access log cannot be opened: No such file or directory")
    }

    @Test("Lines handed over after the end are dropped, and a second stop is harmless")
    func afterStop() throws {
        let folder = try TestFolder()
        let writer = try #require(try AccessLogWriter(.file(folder.path("access.log"))))
        #expect(writer.stop())
        var buffer = AccessLogBuffer(writer)
        buffer.write(record("late"))
        buffer.handOver()
        #expect(writer.stop())
        #expect(folder.read("access.log").isEmpty)
    }

    @Test("Opening anew under load loses and tears no line")
    func reopen() throws {
        let folder = try TestFolder()
        let writer = try AccessLogWriter(LogFile(path: folder.path("access.log")), maximumBytes: 256 << 20)
        let workers = 4
        let moves = Atomic(0)
        let running = Atomic(workers)
        let written = Atomic(0)
        try withThreads(workers) { worker in
            var buffer = AccessLogBuffer(writer)
            // Until the file was moved often enough; a writer that never opens it anew ends the test all the same.
            for index in 0..<50_000 where index < 500 || moves.load(ordering: .relaxed) < 10 {
                buffer.write(record("\(worker)-\(index)"))
                written.add(1, ordering: .relaxed)
                if index % 97 == 0 { buffer.handOver() }
            }
            buffer.handOver()
            running.subtract(1, ordering: .releasing)
        } meanwhile: {
            while running.load(ordering: .acquiring) > 0 {
                // Fails while the writer has not yet opened the new file.
                let name = "access.log.\(moves.load(ordering: .relaxed))"
                if rename(folder.path("access.log"), folder.path(name)) == 0 {
                    moves.add(1, ordering: .relaxed)
                    writer.reopen()
                }
                sched_yield()
            }
        }
        #expect(writer.stop(milliseconds: 30_000))
        let names = folder.names()
        var seen: Set<String> = []
        var count = 0
        for name in names {
            let text = folder.read(name)
            #expect(text.isEmpty || text.hasSuffix("\n"))
            for id in try ids(text) {
                seen.insert(id)
                count += 1
            }
        }
        #expect(names.count > 10, "the file was moved only \(names.count) times")
        #expect(count == written.load(ordering: .relaxed) && seen.count == count)
    }

    @Test("A reopen that fails is told, and the old file stays in use")
    func reopenFails() async throws {
        let folder = try TestFolder()
        let (faults, report) = AsyncStream.makeStream(of: AccessLogFault.self)
        try folder.makeFolder("logs")
        let writer = try AccessLogWriter(LogFile(path: folder.path("logs/access.log"))) { report.yield($0) }
        #expect(rename(folder.path("logs"), folder.path("moved")) == 0)
        writer.reopen()
        #expect(await faults.first { _ in true } == .cannotOpen(errno: ENOENT))
        var buffer = AccessLogBuffer(writer)
        buffer.write(record("still"))
        buffer.handOver()
        #expect(writer.stop())
        #expect(try ids(folder.read("moved/access.log")) == ["still"])
    }

    @Test("A full disk is waited for: nothing is lost once there is room")
    func fullDisk() async throws {
        let folder = try TestFolder()
        let (faults, report) = AsyncStream.makeStream(of: AccessLogFault.self)
        #expect(symlink("/dev/full", folder.path("access.log")) == 0)
        let writer = try AccessLogWriter(LogFile(path: folder.path("access.log"))) { report.yield($0) }
        var buffer = AccessLogBuffer(writer)
        for index in 0..<1000 { buffer.write(record("r\(index)")) }
        buffer.handOver()
        #expect(await faults.first { _ in true } == .full(errno: ENOSPC))
        #expect(unlink(folder.path("access.log")) == 0)
        writer.reopen()
        #expect(writer.stop())
        #expect(try ids(folder.read("access.log")) == (0..<1000).map { "r\($0)" })
    }

    @Test("A disk that stays full does not hold the stop")
    func fullAtStop() throws {
        let writer = try AccessLogWriter(LogFile(path: "/dev/full"))
        var buffer = AccessLogBuffer(writer)
        for index in 0..<1000 { buffer.write(record("r\(index)")) }
        buffer.handOver()
        #expect(writer.stop())
    }

    @Test("A pipe whose reader went away costs lines, is told, and is used again when a reader comes")
    func brokenPipe() async throws {
        let folder = try TestFolder()
        let (faults, report) = AsyncStream.makeStream(of: AccessLogFault.self)
        #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
        let reader = open(folder.path("pipe"), O_RDONLY | O_NONBLOCK)
        let writer = try AccessLogWriter(LogFile(path: folder.path("pipe"))) { report.yield($0) }
        #expect(close(reader) == 0)
        var buffer = AccessLogBuffer(writer)
        for index in 0..<3 { buffer.write(record("lost\(index)")) }
        buffer.handOver()
        #expect(await faults.first { _ in true } == .cannotWrite(errno: EPIPE))
        let again = open(folder.path("pipe"), O_RDONLY | O_NONBLOCK)
        defer { close(again) }
        buffer.write(record("found"))
        buffer.handOver()
        #expect(writer.stop())
        let text = readAll(again)
        #expect(try ids(text) == ["found"])
        #expect(text.hasSuffix("{\"type\":\"lost\",\"lines\":3}\n"))
    }

    @Test("A reader that is too slow costs lines, never memory: all are written or counted")
    func slowReader() throws {
        let pipe = try Pipe()
        let writer = try AccessLogWriter(LogFile(descriptor: pipe.input), maximumBytes: 4 * AccessLogBuffer.size)
        var buffer = AccessLogBuffer(writer)
        let count = 20_000
        // Nobody reads yet: the pipe takes 64 KiB, the mailbox its bound.
        for index in 0..<count { buffer.write(record("r\(index)")) }
        buffer.handOver()
        let log = try pipe.readAll { #expect(writer.stop(milliseconds: 30_000)) }
        #expect(log.hasSuffix("\n"))
        let written = try ids(log)
        #expect(try Int64(written.count) + lost(log) == Int64(count))
        #expect(try lost(log) > 0)
        #expect(written.first == "r0")
    }

    @Test("A descriptor that does not block is written to the end, however little it takes at a time")
    func nonBlocking() throws {
        let pipe = try Pipe()
        #expect(fcntl(pipe.input, F_SETFL, O_NONBLOCK) == 0)
        let writer = try AccessLogWriter(LogFile(descriptor: pipe.input))
        let text = try pipe.readAll(1000) {
            var buffer = AccessLogBuffer(writer)
            for index in 0..<5000 { buffer.write(record("r\(index)")) }
            buffer.handOver()
            #expect(writer.stop(milliseconds: 30_000))
        }
        #expect(try ids(text) == (0..<5000).map { "r\($0)" })
    }

    @Test("A pipe that nobody reads does not hold the stop for ever")
    func stuckStop() throws {
        let pipe = try Pipe()
        let writer = try AccessLogWriter(LogFile(descriptor: pipe.input))
        var buffer = AccessLogBuffer(writer)
        for index in 0..<2000 { buffer.write(record("r\(index)")) }
        buffer.handOver()
        #expect(!writer.stop(milliseconds: 50))
        // The thread is let go: its write fails.
        pipe.closeOutput()
        #expect(writer.stop(milliseconds: 30_000))
    }
}
