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
                let isRight = outcome == expected && machine.phase == facts.phase && facts.violation == nil
                #expect(
                    isRight,
                    "seed \(random.seed), round \(round): \(trace), not \(expected), \(facts.phase), \(facts.violation ?? "")"
                )
                if !isRight { return }
            }
        }
    }
}

/// What the driver may tell the machine, in an order or not.
private enum ConnectionEvent {
    case headBegan
    case requestBegan(HTTPVersion, BodyFraming, keepsAlive: Bool, expectsContinue: Bool)
    case requestFailed
    case bodyEnded(isStopping: Bool)
    case bodyFailed
    case discardRest
    case closeAfterResponse
    case responseBegan(ResponseBody, isStopping: Bool)
    case responseEnded(isStopping: Bool)
    case stop
    case close
    case inputEnded
    case tunnelBegan
    case end

    /// What makes connections come far is likelier than what ends them.
    static func random(using random: inout some RandomNumberGenerator) -> ConnectionEvent {
        let isStopping = Int.random(in: 0..<16, using: &random) == 0
        return switch Int.random(in: 0..<32, using: &random) {
        case 0..<3: .headBegan
        case 3..<10:
            .requestBegan(
                Int.random(in: 0..<4, using: &random) == 0 ? .http10 : .http11,
                ([.none, .none, .length(0), .length(10), .length(1 << 20), .chunked] as [BodyFraming])
                    .randomElement(using: &random) ?? .none,
                keepsAlive: Int.random(in: 0..<8, using: &random) > 0,
                expectsContinue: Int.random(in: 0..<8, using: &random) == 0
            )
        case 10: .requestFailed
        case 11..<16: .bodyEnded(isStopping: isStopping)
        case 16: .bodyFailed
        case 17..<20: .discardRest
        case 20: .closeAfterResponse
        case 21..<25:
            .responseBegan(
                ([.none, .length(3), .unknown] as [ResponseBody]).randomElement(using: &random) ?? .none,
                isStopping: isStopping
            )
        case 25..<29: .responseEnded(isStopping: isStopping)
        case 29:
            ([.stop, .close, .inputEnded, .inputEnded] as [ConnectionEvent]).randomElement(using: &random) ?? .stop
        case 30: .tunnelBegan
        default: Int.random(in: 0..<4, using: &random) == 0 ? .end : .headBegan
        }
    }

    func apply(to machine: inout HTTP1ConnectionMachine) -> ConnectionOutcome {
        switch self {
        case .headBegan: return .told(machine.headBegan())
        case .requestBegan(let version, let framing, let keepsAlive, let expectsContinue):
            machine.requestBegan(
                version: version,
                framing: framing,
                keepsAlive: keepsAlive,
                expectsContinue: expectsContinue
            )
        case .requestFailed: machine.requestFailed()
        case .bodyEnded(let isStopping): return .next(machine.bodyEnded(isStopping: isStopping))
        case .bodyFailed: return .next(machine.bodyFailed())
        case .discardRest: machine.discardRest()
        case .closeAfterResponse: machine.closeAfterResponse()
        case .responseBegan(let body, let isStopping):
            // Only a driver with a request in hand has a response.
            guard machine.phase == .body || machine.phase == .response else { return .nothing }
            return .form(machine.responseBegan(body, isStopping: isStopping))
        case .responseEnded(let isStopping): return .next(machine.responseEnded(isStopping: isStopping))
        case .stop: return .next(machine.stop())
        case .close: return .next(machine.close())
        case .inputEnded: return .next(machine.inputEnded())
        case .tunnelBegan: machine.tunnelBegan()
        case .end: return .told(machine.end())
        }
        return .nothing
    }
}

private enum ConnectionOutcome: Equatable {
    case nothing
    case told(Bool)
    case next(HTTP1ConnectionMachine.Next)
    case form(HTTP1ConnectionMachine.ResponseForm)
}

/// The same as plain facts, without phases: what is here, what is outstanding, and what was promised to the client.
private struct ConnectionFacts {
    private var isOver = false
    private var isClosing = false
    private var isTunnel = false
    private var hasPartOfHead = false
    /// A request whose response is not complete.
    private var owesResponse = false
    /// The end of a body has not been seen.
    private var awaitsBody = false
    /// Nothing more of the request is needed to know where the next one begins.
    private var knowsEnd = true
    private var willClose = false
    private var isSureToEnd = false
    private var isDropped = false
    private var version = HTTPVersion.http11
    /// The last response said that the connection closes.
    private var hasSaidClose = false
    private(set) var violation: String?

    var phase: HTTP1ConnectionMachine.Phase {
        if isOver { return .closed }
        if isClosing { return .lingering }
        if isTunnel { return .tunnel }
        if owesResponse { return awaitsBody ? .body : .response }
        if awaitsBody { return .discard }
        return hasPartOfHead ? .head : .idle
    }

    mutating func apply(_ event: ConnectionEvent) -> ConnectionOutcome {
        switch event {
        case .headBegan:
            guard phase == .idle else { return .told(false) }
            hasPartOfHead = true
            return .told(true)
        case .requestBegan(let version, let framing, let keepsAlive, let expectsContinue):
            begin(version, framing, keepsAlive: keepsAlive, waits: expectsContinue && version == .http11)
        case .requestFailed:
            begin(.http11, .none, keepsAlive: false, waits: false)
        case .bodyEnded(let isStopping):
            guard !isOver, !isClosing, !isTunnel, awaitsBody else { return .next(.none) }
            awaitsBody = false
            knowsEnd = true
            return .next(owesResponse ? .none : goOn(isStopping))
        case .bodyFailed:
            guard !isOver, !isClosing, !isTunnel, awaitsBody else { return .next(.none) }
            willClose = true
            guard owesResponse else { return .next(shut()) }
            // Where the body ends cannot be told, and nothing more of it is read.
            awaitsBody = false
            return .next(.none)
        case .discardRest: isDropped = true
        case .closeAfterResponse: willClose = true
        case .responseBegan(let body, let isStopping):
            guard !isOver, !isClosing, !isTunnel, owesResponse else { return .nothing }
            return .form(form(body, isStopping))
        case .responseEnded(let isStopping):
            guard !isOver, !isClosing, !isTunnel, owesResponse else { return .next(.none) }
            owesResponse = false
            if willClose { return .next(shut()) }
            if hasSaidClose { violation = "a connection lives on that was said to close" }
            if !knowsEnd { return .next(.discard) }
            awaitsBody = false
            return .next(goOn(isStopping))
        case .stop: return .next(phase == .idle ? shut() : .none)
        case .close: return .next(isOver || isClosing ? .none : shut())
        case .inputEnded:
            guard !isOver, !isClosing, !isTunnel else { return .next(.none) }
            guard owesResponse else { return .next(shut()) }
            guard knowsEnd || !awaitsBody else { return .next(.abandon) }
            willClose = true
            return .next(.none)
        case .tunnelBegan: if phase == .response { isTunnel = true }
        case .end:
            defer { isOver = true }
            return .told(!isOver)
        }
        return .nothing
    }

    private mutating func begin(_ version: HTTPVersion, _ framing: BodyFraming, keepsAlive: Bool, waits: Bool) {
        guard phase == .idle || phase == .head else { return }
        self.version = version
        hasPartOfHead = false
        owesResponse = true
        awaitsBody = framing != .none
        knowsEnd = [.none, .length(0)].contains(framing)
        willClose = !keepsAlive
        isSureToEnd = !waits && [.length(0), .length(10)].contains(framing)
        isDropped = false
        hasSaidClose = false
    }

    private mutating func form(_ body: ResponseBody, _ isStopping: Bool) -> HTTP1ConnectionMachine.ResponseForm {
        let framing: BodyFraming =
            switch body {
            case .none: .none
            case .length(let count): .length(count)
            case .unknown: version == .http10 ? .untilClose : .chunked
            }
        if framing == .untilClose || isStopping || !knowsEnd && !(isDropped && isSureToEnd) { willClose = true }
        if willClose { hasSaidClose = true }
        return .init(framing: framing, connection: willClose ? .close : version == .http10 ? .keepAlive : .none)
    }

    private mutating func goOn(_ isStopping: Bool) -> HTTP1ConnectionMachine.Next {
        isStopping ? shut() : .nextRequest
    }

    private mutating func shut() -> HTTP1ConnectionMachine.Next {
        isClosing = true
        return .close
    }
}
