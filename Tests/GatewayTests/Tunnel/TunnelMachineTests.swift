import RandomJSON
import Testing

@testable import Gateway

@Suite("How far a tunnel has got")
struct TunnelMachineTests {
    /// One way of the tunnel as the receiving side sees it.
    private struct Received {
        var bytes: [UInt8] = []
        var closes = 0
        /// Of `bytes`, where the gateway's Close came.
        var closedAt: Int?
    }

    @Test("bytes pass whole and unchanged as long as nobody ends it", arguments: [false, true])
    func passes(isWebSocket: Bool) {
        var machine = TunnelMachine(isWebSocket: isWebSocket)
        for side in [TunnelMachine.Side.client, .service] {
            for bytes in [[0x81], [0x05, 1, 2], [3, 4, 5, 0x88], [0]] as [[UInt8]] {
                #expect(machine.take(bytes.span, from: side) == .init(count: bytes.count))
            }
        }
        #expect(!machine.isFinished && !machine.isClosing && !machine.isBroken && machine.ending == nil)
        #expect(machine.firstToLeave == (isWebSocket ? .client : nil))
    }

    @Test("it is over when both sides have ended, whichever was first")
    func halves() {
        for first in [TunnelMachine.Side.client, .service] {
            var machine = TunnelMachine(isWebSocket: true)
            machine.end(of: first)
            #expect(!machine.isFinished)
            let other: TunnelMachine.Side = first == .client ? .service : .client
            let bytes: [UInt8] = [0x81, 0]
            #expect(machine.take(bytes.span, from: other) == .init(count: 2))
            machine.end(of: other)
            #expect(machine.isFinished && machine.firstToLeave == first)
        }
    }

    @Test("other protocols have no last words: nothing goes on once it ends")
    func plainBytes() {
        var machine = TunnelMachine(isWebSocket: false)
        #expect(machine.end(because: .idle) == .init())
        #expect(machine.isClosing && machine.isSettled)
        let bytes: [UInt8] = [1, 2, 3]
        #expect(machine.take(bytes.span, from: .client) == .init(count: 0))
    }

    @Test("the first reason stands, and Close is said once")
    func firstReason() {
        var machine = TunnelMachine(isWebSocket: true)
        #expect(machine.end(because: .tokenExpired) == .init(toClient: true, toService: true))
        #expect(machine.end(because: .stopping) == .init())
        #expect(machine.ending == .tokenExpired)
    }

    @Test("a side that said Close or sends no more is said nothing on its way")
    func afterFarewell() {
        var machine = TunnelMachine(isWebSocket: true)
        let close: [UInt8] = [0x88, 0]
        _ = machine.take(close.span, from: .service)
        #expect(machine.end(because: .tokenRevoked) == .init(toClient: false, toService: true))
        #expect(!machine.isSettled)
        machine.end(of: .client)
        #expect(machine.isSettled)
        var other = TunnelMachine(isWebSocket: true)
        other.end(of: .client)
        #expect(other.end(because: .tokenRevoked) == .init(toClient: true, toService: false))
    }

    @Test("a frame that cannot be followed goes no further, and takes the way back with it at a border")
    func broken() {
        var machine = TunnelMachine(isWebSocket: true)
        let bad: [UInt8] = [0x82, 127, 0xFF, 0, 0, 0, 0, 0, 0, 0]
        #expect(machine.take(bad.span, from: .client) == .init(count: 0))
        #expect(machine.isBroken)
        #expect(machine.end(because: .brokenFrame) == .init(toClient: true, toService: false))
        #expect(machine.isClosing)
    }

    /// Both sides send frames in random pieces, end, or stop within a frame; the gateway ends it at a random moment.
    @Test("Close comes between two frames, once, and nothing behind it")
    func randomly() {
        var random = SeededGenerator()
        for _ in 0..<2_000 {
            let seed = random.seed
            var frames: [TunnelMachine.Side: [WebSocketFrame]] = [:]
            var left: [TunnelMachine.Side: [UInt8]] = [:]
            for side in [TunnelMachine.Side.client, .service] {
                frames[side] = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                    let opcode: UInt8 = [0, 1, 2, 9, 0, 1, 2, 9, 1, 8].randomElement(using: &random) ?? 1
                    let count = [0, 5, 125, 130].randomElement(using: &random) ?? 0
                    return WebSocketFrame(
                        opcode,
                        Array(repeating: 0x88, count: count),
                        mask: side == .client ? [1, 2, 3, 4] : nil
                    )
                }
                left[side] = frames[side]?.flatMap(\.bytes)
            }
            let sent = left
            var machine = TunnelMachine(isWebSocket: true)
            var received: [TunnelMachine.Side: Received] = [.client: Received(), .service: Received()]
            func note(_ side: TunnelMachine.Side, _ bytes: [UInt8], closes: Bool) {
                var way = received[side] ?? Received()
                if way.closes > 0 { #expect(bytes.isEmpty, "seed \(seed)") }
                way.bytes += bytes
                if closes {
                    way.closes += 1
                    way.closedAt = way.bytes.count
                }
                received[side] = way
            }
            for _ in 0..<40 {
                let side: TunnelMachine.Side = Bool.random(using: &random) ? .client : .service
                switch Int.random(in: 0..<20, using: &random) {
                case 0:
                    let closing = machine.end(because: .tokenExpired)
                    if closing.toClient { note(.service, [], closes: true) }
                    if closing.toService { note(.client, [], closes: true) }
                case 1:
                    machine.end(of: side)
                    left[side] = []
                default:
                    guard let rest = left[side], !rest.isEmpty, !machine.hasEnded(side) else { continue }
                    let count = min(rest.count, Int.random(in: 1...200, using: &random))
                    let part = Array(rest.prefix(count))
                    left[side] = Array(rest.dropFirst(count))
                    let relayed = machine.take(part.span, from: side)
                    note(side, Array(part.prefix(relayed.count)), closes: relayed.closes)
                }
            }
            for side in [TunnelMachine.Side.client, .service] {
                let way = received[side] ?? Received()
                #expect(way.closes <= 1, "seed \(seed)")
                #expect(way.bytes.elementsEqual((sent[side] ?? []).prefix(way.bytes.count)), "seed \(seed)")
                guard let place = way.closedAt else { continue }
                // Between two frames, none of which was a Close.
                var end = 0
                var isBorder = place == 0
                for frame in frames[side] ?? [] where end < place {
                    end += frame.bytes.count
                    if end <= place { #expect(frame.opcode != 8, "seed \(seed)") }
                    if end == place { isBorder = true }
                }
                #expect(isBorder, "seed \(seed)")
                #expect(machine.isShut(from: side), "seed \(seed)")
            }
        }
    }
}
