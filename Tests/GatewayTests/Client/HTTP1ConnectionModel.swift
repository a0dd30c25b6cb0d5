import HTTPWire

@testable import Gateway

/// What the driver may tell the machine, in an order or not.
enum ConnectionEvent {
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

enum ConnectionOutcome: Equatable {
    case nothing
    case told(Bool)
    case next(HTTP1ConnectionMachine.Next)
    case form(HTTP1ConnectionMachine.ResponseForm)
}

/// The same as plain facts, without phases: what is here, what is outstanding, and what was promised to the client.
struct ConnectionFacts {
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
    private(set) var isFresh = true
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
        isFresh = false
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
