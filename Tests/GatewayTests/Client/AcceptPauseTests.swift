import Glibc
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import Gateway

/// With no descriptor left, the listener tried again at once: one core did nothing else.
@Suite("A listener without descriptors")
struct AcceptPauseTests {
    /// A listener's channel with the handler, and what it was told.
    private final class Bench {
        let log = RecordedLog()
        let eventLoop = EmbeddedEventLoop()
        let channel: EmbeddedChannel
        var hasRoom = false

        init() throws {
            channel = EmbeddedChannel(loop: eventLoop)
            var logger = Logger(label: "test") { [log] _ in RecordedLog.Handler(log) }
            logger.logLevel = .trace
            let pause = AcceptPause(log: LimitedLog(logger)) { [unowned self] in hasRoom }
            try channel.pipeline.syncOperations.addHandler(pause)
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        }

        func fail(_ number: CInt) { channel.pipeline.fireErrorCaught(IOError(errnoCode: number, reason: "accept")) }

        /// Whether the channel reads; nil: it was told nothing.
        var reads: Bool? {
            for (option, value) in channel.options where option is ChannelOptions.Types.AutoReadOption {
                return value as? Bool
            }
            return nil
        }
    }

    @Test("pauses, goes on when some are free, and says both once", arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM])
    func pause(number: CInt) throws {
        let bench = try Bench()
        for _ in 0..<3 {
            bench.fail(number)
            bench.fail(number)
            #expect(bench.reads == false)
            bench.eventLoop.advanceTime(by: .seconds(1))
            #expect(bench.reads == false)
            bench.hasRoom = true
            bench.eventLoop.advanceTime(by: AcceptPause.interval)
            #expect(bench.reads == true)
            bench.hasRoom = false
        }
        #expect(bench.log.lines.count == 1)
        #expect(bench.log.lines.first?.contains(String(cString: strerror(number))) == true)
        bench.eventLoop.advanceTime(by: AcceptPause.calm)
        #expect(bench.log.lines.count == 2 && bench.log.lines.last?.contains("accepted again") == true)
        bench.fail(number)
        #expect(bench.log.lines.count == 3 && bench.reads == false)
        try bench.channel.throwIfErrorCaught()
        _ = try bench.channel.finish()
    }

    @Test("leaves other faults to the channel")
    func others() throws {
        let bench = try Bench()
        bench.fail(ECONNABORTED)
        #expect(bench.reads == nil && bench.log.lines.isEmpty)
        #expect(throws: IOError.self) { try bench.channel.throwIfErrorCaught() }
        _ = try bench.channel.finish()
    }

    @Test("sees whether descriptors are free without keeping any")
    func room() {
        for _ in 0..<50 { #expect(Descriptors.areFree(8)) }
    }
}
