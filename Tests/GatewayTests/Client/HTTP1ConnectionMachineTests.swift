import HTTPWire
import RandomJSON
import Testing

@testable import Gateway

@Suite("A client's HTTP/1.1 connection, as a state machine")
struct HTTP1ConnectionMachineTests {
    /// A request of HTTP/1.1 has begun.
    private static func serving(
        _ framing: BodyFraming = .none,
        version: HTTPVersion = .http11,
        keepsAlive: Bool = true,
        expectsContinue: Bool = false
    ) -> HTTP1ConnectionMachine {
        var machine = HTTP1ConnectionMachine()
        machine.requestBegan(
            version: version,
            framing: framing,
            keepsAlive: keepsAlive,
            expectsContinue: expectsContinue
        )
        return machine
    }

    @Test("serves one request after the other")
    func keepAlive() {
        var machine = HTTP1ConnectionMachine()
        for _ in 0..<3 {
            let (isFirst, isNext) = (machine.headBegan(), machine.headBegan())
            #expect(isFirst && !isNext)
            machine.requestBegan(version: .http11, framing: .length(3), keepsAlive: true, expectsContinue: false)
            #expect(machine.phase == .body)
            #expect(machine.bodyEnded(isStopping: false) == .none)
            #expect(machine.phase == .response)
            let form = machine.responseBegan(.length(5), isStopping: false)
            #expect(form == .init(framing: .length(5), connection: .none))
            #expect(machine.responseEnded(isStopping: false) == .nextRequest)
            #expect(machine.phase == .idle)
        }
    }

    private static let forms: [(HTTPVersion, Bool, ResponseBody, HTTP1ConnectionMachine.ResponseForm)] = [
        (.http11, true, .none, .init(framing: .none, connection: .none)),
        (.http11, true, .length(7), .init(framing: .length(7), connection: .none)),
        (.http11, true, .unknown, .init(framing: .chunked, connection: .none)),
        (.http11, false, .unknown, .init(framing: .chunked, connection: .close)),
        (.http10, true, .length(7), .init(framing: .length(7), connection: .keepAlive)),
        (.http10, false, .length(7), .init(framing: .length(7), connection: .close)),
        // HTTP/1.0 knows no chunked coding: the end of the connection is the end of the body.
        (.http10, true, .unknown, .init(framing: .untilClose, connection: .close)),
        (.http10, false, .unknown, .init(framing: .untilClose, connection: .close)),
    ]

    @Test("frames a response for the client's version, and says what becomes of the connection", arguments: forms)
    func framing(
        _ version: HTTPVersion,
        _ keepsAlive: Bool,
        _ body: ResponseBody,
        _ expected: HTTP1ConnectionMachine.ResponseForm
    ) {
        var machine = Self.serving(version: version, keepsAlive: keepsAlive)
        #expect(machine.responseBegan(body, isStopping: false) == expected)
        #expect(machine.isChunked == (expected.framing == .chunked))
        #expect(machine.endsWithConnection == (expected.framing == .untilClose))
        #expect(machine.responseEnded(isStopping: false) == (expected.connection == .close ? .close : .nextRequest))
        #expect(!machine.isChunked && !machine.endsWithConnection)
    }

    @Test("reads and drops the rest of a body only where it is short, known, wanted by nobody and sure to come")
    func discard() {
        let limit = HTTP1ConnectionMachine.discardLimit
        let cases: [(BodyFraming, expects: Bool, discards: Bool, lives: Bool)] = [
            (.length(limit), false, true, true), (.length(limit + 1), false, true, false),
            (.length(1), true, true, false), (.length(1), false, false, false), (.chunked, false, true, false),
            (.length(0), false, false, true),
        ]
        for (framing, expects, discards, lives) in cases {
            var machine = Self.serving(framing, expectsContinue: expects)
            if discards { machine.discardRest() }
            #expect(machine.responseBegan(.length(1), isStopping: false).connection == (lives ? .none : .close))
            let next = machine.responseEnded(isStopping: false)
            if !lives {
                #expect(next == .close, "\(framing)")
            } else if framing == .length(0) {
                #expect(next == .nextRequest)
            } else {
                #expect(next == .discard && machine.phase == .discard)
                #expect(machine.bodyEnded(isStopping: false) == .nextRequest)
            }
        }
    }

    @Test("closes behind a broken body, whether somebody reads it or not")
    func brokenBody() {
        var machine = Self.serving(.chunked)
        #expect(machine.bodyFailed() == .none)
        #expect(machine.phase == .response, "nothing more of the body is read")
        #expect(machine.bodyFailed() == .none)
        #expect(machine.responseBegan(.length(1), isStopping: false).connection == .close)
        #expect(machine.responseEnded(isStopping: false) == .close)

        machine = Self.serving(.length(9))
        machine.discardRest()
        _ = machine.responseBegan(.length(1), isStopping: false)
        #expect(machine.responseEnded(isStopping: false) == .discard)
        #expect(machine.bodyFailed() == .close)
        #expect(machine.dropsInput)
    }

    @Test("answers a head that cannot be read once, and closes")
    func brokenHead() {
        var machine = HTTP1ConnectionMachine()
        _ = machine.headBegan()
        machine.requestFailed()
        #expect(machine.phase == .response)
        #expect(machine.responseBegan(.length(1), isStopping: false).connection == .close)
        #expect(machine.responseEnded(isStopping: false) == .close)
        #expect(machine.responseEnded(isStopping: false) == .none)
    }

    @Test("a stop closes an idle connection at once and any other behind its response")
    func stop() {
        var machine = HTTP1ConnectionMachine()
        #expect(machine.stop() == .close)
        #expect(machine.stop() == .none)

        machine = Self.serving()
        #expect(machine.stop() == .none)
        #expect(machine.responseBegan(.length(1), isStopping: true).connection == .close)
        #expect(machine.responseEnded(isStopping: true) == .close)

        // The head had gone out before.
        machine = Self.serving()
        #expect(machine.responseBegan(.length(1), isStopping: false).connection == .none)
        #expect(machine.responseEnded(isStopping: true) == .close)

        machine = Self.serving(.length(5))
        machine.discardRest()
        _ = machine.responseBegan(.length(1), isStopping: false)
        #expect(machine.responseEnded(isStopping: false) == .discard)
        #expect(machine.bodyEnded(isStopping: true) == .close)
    }

    @Test("a client that sends no more gets its answer where its request is whole, and is let go where it is not")
    func inputEnded() {
        var machine = HTTP1ConnectionMachine()
        #expect(machine.inputEnded() == .close)
        #expect(machine.inputEnded() == .none)

        machine = HTTP1ConnectionMachine()
        _ = machine.headBegan()
        #expect(machine.inputEnded() == .close)

        for framing in [BodyFraming.length(3), .chunked] {
            machine = Self.serving(framing)
            #expect(machine.inputEnded() == .abandon)
        }

        for framing in [BodyFraming.none, .length(0), .length(3)] {
            machine = Self.serving(framing)
            if framing != .none { #expect(machine.bodyEnded(isStopping: false) == .none) }
            #expect(machine.inputEnded() == .none)
            #expect(machine.responseBegan(.length(1), isStopping: false).connection == .close)
            #expect(machine.responseEnded(isStopping: false) == .close)
        }

        // The response had begun before.
        machine = Self.serving()
        #expect(machine.responseBegan(.length(1), isStopping: false).connection == .none)
        #expect(machine.inputEnded() == .none)
        #expect(machine.responseEnded(isStopping: false) == .close)

        machine = Self.serving(.length(3))
        machine.discardRest()
        _ = machine.responseBegan(.length(1), isStopping: false)
        #expect(machine.responseEnded(isStopping: false) == .discard)
        #expect(machine.inputEnded() == .close)
    }

    @Test("a tunnel is no HTTP any more")
    func tunnel() {
        var machine = Self.serving()
        machine.tunnelBegan()
        #expect(machine.phase == .tunnel)
        #expect(machine.responseEnded(isStopping: false) == .none)
        #expect(machine.stop() == .none)
        #expect(machine.close() == .close)
        let (isFirst, isNext) = (machine.end(), machine.end())
        #expect(isFirst && !isNext)
        #expect(machine.close() == .none)
    }

    @Test("agrees with a list of facts, in any order of events")
    func model() {
        var random = SeededGenerator()
        print("connection machine: MENSHEN_TEST_SEED=\(random.seed)")
        for round in 0..<20_000 {
            var machine = HTTP1ConnectionMachine()
            var facts = ConnectionFacts()
            var trace: [String] = []
            for _ in 0..<Int.random(in: 1...24, using: &random) {
                let event = ConnectionEvent.random(using: &random)
                let outcome = event.apply(to: &machine)
                let expected = facts.apply(event)
                trace.append("\(event) → \(outcome)")
                let isRight =
                    outcome == expected && machine.phase == facts.phase && machine.isFresh == facts.isFresh
                    && facts.violation == nil
                #expect(
                    isRight,
                    "seed \(random.seed), round \(round): \(trace), not \(expected), \(facts.phase), \(facts.violation ?? "")"
                )
                if !isRight { return }
            }
        }
    }
}
