import HTTPWire
import TLS
import Testing

@testable import Gateway

@Suite("The exchange with a service, as a state machine")
struct ExchangeMachineTests {
    @Test("goes through a whole exchange")
    func whole() {
        var machine = ExchangeMachine(method: .post, hasBody: true)
        #expect(machine.request == .open)
        #expect(machine.connected(used: false) == .send)
        machine.requestEnded()
        machine.responseBegan(capture: false, reusable: true)
        #expect(machine.service == .passing)
        #expect(machine.responseEnded() == .finish(reuse: true))
        #expect(machine.service == .finished)
        #expect(machine.attempts == 1)
    }

    @Test(
        "sends again only an idempotent request without a body, once, on a used connection that closed",
        arguments: HTTPMethod.allCases,
        [false, true]
    )
    func retries(_ method: HTTPMethod, _ hasBody: Bool) {
        let isIdempotent = [.get, .head, .put, .delete, .options, .trace].contains(method)
        for used in [false, true] {
            for fault in ServiceFault.all {
                var machine = ExchangeMachine(method: method, hasBody: hasBody)
                #expect(machine.connected(used: used) == .send)
                let action = machine.serviceFailed(fault)
                if isIdempotent, !hasBody, used, fault == .closed {
                    #expect(action == .retry)
                    #expect(machine.attempts == 2)
                    // The second one may get a used connection as well.
                    #expect(machine.connected(used: used) == .send)
                    #expect(machine.serviceFailed(fault) == .answer(fault))
                } else {
                    #expect(action == .answer(fault), "\(method) \(used) \(fault)")
                }
            }
        }
    }

    @Test("does not use a connection again on which the request did not end")
    func earlyAnswer() {
        var machine = ExchangeMachine(method: .post, hasBody: true)
        _ = machine.connected(used: false)
        machine.responseBegan(capture: false, reusable: true)
        #expect(machine.responseEnded() == .finish(reuse: false))
    }

    @Test("cuts only what the client has begun to get")
    func broken() {
        for (capture, expected) in [(false, ExchangeMachine.Action.cut), (true, .answerTruncated)] {
            var machine = ExchangeMachine(method: .get, hasBody: false)
            _ = machine.connected(used: true)
            machine.responseBegan(capture: capture, reusable: true)
            #expect(machine.serviceFailed(.closed) == expected)
            #expect(machine.serviceFailed(.closed) == .none)
        }
    }

    @Test("agrees with a list of facts, in any order of events")
    func model() {
        var random = RoutingRandom()
        print("exchange machine: MENSHEN_TEST_SEED=\(random.seed)")
        for round in 0..<20_000 {
            let method = HTTPMethod.allCases.randomElement(using: &random) ?? .get
            let hasBody = Bool.random(using: &random)
            var machine = ExchangeMachine(method: method, hasBody: hasBody)
            var facts = ExchangeFacts(method: method, hasBody: hasBody)
            var trace = ["\(method) body \(hasBody)"]
            for _ in 0..<Int.random(in: 1...14, using: &random) {
                let event = ExchangeEvent.random(using: &random)
                let action = event.apply(to: &machine)
                let expected = facts.apply(event)
                trace.append("\(event) → \(action)")
                #expect(action == expected, "seed \(random.seed), round \(round): \(trace)")
                #expect(facts.violation == nil, "seed \(random.seed), round \(round): \(trace)")
                #expect((machine.service == .finished) == facts.isOver)
                if action != expected || facts.violation != nil { return }
            }
        }
    }
}

extension ServiceFault {
    static let all: [ServiceFault] = [
        .connectFailed, .connectTimedOut, .tlsFailed(.certificateExpired), .tlsTimedOut, .timedOut, .closed, .malformed,
        .tooManyInformational, .unaskedUpgrade,
    ]
}

/// What the driver may tell the machine, in an order or not.
private enum ExchangeEvent {
    case connected(used: Bool)
    case connectFailed(ServiceFault)
    case requestEnded
    case responseBegan(capture: Bool, reusable: Bool)
    case responseEnded
    case serviceFailed(ServiceFault)
    case abandon

    /// What makes exchanges come far is likelier than what ends them.
    static func random(using random: inout some RandomNumberGenerator) -> ExchangeEvent {
        switch Int.random(in: 0..<16, using: &random) {
        case 0..<4: .connected(used: Bool.random(using: &random))
        case 4: .connectFailed(ServiceFault.all.randomElement(using: &random) ?? .connectFailed)
        case 5..<8: .requestEnded
        case 8..<11: .responseBegan(capture: Bool.random(using: &random), reusable: Bool.random(using: &random))
        case 11, 12: .responseEnded
        case 13: .serviceFailed(.closed)
        case 14: .serviceFailed(ServiceFault.all.randomElement(using: &random) ?? .closed)
        default: .abandon
        }
    }

    func apply(to machine: inout ExchangeMachine) -> ExchangeOutcome {
        switch self {
        case .connected(let used): return .action(machine.connected(used: used))
        case .connectFailed(let fault): return .action(machine.connectFailed(fault))
        case .requestEnded:
            machine.requestEnded()
            return .action(.none)
        case .responseBegan(let capture, let reusable):
            machine.responseBegan(capture: capture, reusable: reusable)
            return .action(.none)
        case .responseEnded: return .action(machine.responseEnded())
        case .serviceFailed(let fault): return .action(machine.serviceFailed(fault))
        case .abandon: return .canAnswer(machine.abandon())
        }
    }
}

private enum ExchangeOutcome: Equatable {
    case action(ExchangeMachine.Action)
    case canAnswer(Bool)
}

/// What has happened to one request, as yes and no, and what follows from that. Also counts what must never happen.
private struct ExchangeFacts {
    private let mayBeRepeated: Bool
    private var hasConnection = false
    private var connectionHadServed = false
    private var wholeRequestSent: Bool
    private var headCame = false
    private var isCaptured = false
    private var answerAllowsReuse = false
    private var sends = 0
    private var retries = 0
    private(set) var isOver = false
    private(set) var violation: String?

    init(method: HTTPMethod, hasBody: Bool) {
        // RFC 9110 section 9.2.2; a body is gone once it was sent.
        mayBeRepeated = ["get", "head", "put", "delete", "options", "trace"].contains("\(method)") && !hasBody
        wholeRequestSent = !hasBody
    }

    private var clientHasSomething: Bool { headCame && !isCaptured }

    mutating func apply(_ event: ExchangeEvent) -> ExchangeOutcome {
        let wasOver = isOver
        let outcome = follow(event)
        check(outcome, wasOver: wasOver)
        return outcome
    }

    private mutating func follow(_ event: ExchangeEvent) -> ExchangeOutcome {
        if case .requestEnded = event { wholeRequestSent = true }
        if case .abandon = event {
            let canAnswer = !isOver && !clientHasSomething
            isOver = true
            return .canAnswer(canAnswer)
        }
        if isOver { return .action(.none) }
        switch event {
        case .connected(let used) where !hasConnection:
            hasConnection = true
            connectionHadServed = used
            sends += 1
            return .action(.send)
        case .connectFailed(let fault) where !hasConnection:
            isOver = true
            return .action(.answer(fault))
        case .responseBegan(let capture, let reusable) where hasConnection && !headCame:
            headCame = true
            isCaptured = capture
            answerAllowsReuse = reusable
        case .responseEnded where headCame:
            isOver = true
            return .action(.finish(reuse: answerAllowsReuse && wholeRequestSent))
        case .serviceFailed(let fault) where hasConnection:
            if headCame {
                isOver = true
                return .action(isCaptured ? .answerTruncated : .cut)
            }
            if fault == .closed, connectionHadServed, mayBeRepeated, retries == 0 {
                retries += 1
                hasConnection = false
                return .action(.retry)
            }
            isOver = true
            return .action(.answer(fault))
        default: break
        }
        return .action(.none)
    }

    private mutating func check(_ outcome: ExchangeOutcome, wasOver: Bool) {
        if sends > (mayBeRepeated ? 2 : 1) { violation = "sent too often" }
        if retries > 1 { violation = "repeated twice" }
        switch outcome {
        case .action(.none), .canAnswer(false): break
        case _ where wasOver: violation = "something after the end"
        case .action(.cut) where !clientHasSomething: violation = "cut what had not begun"
        case .action(.answer) where headCame, .action(.retry) where headCame, .canAnswer(true) where clientHasSomething:
            violation = "two answers"
        case .action(.finish(reuse: true)) where !wholeRequestSent || !headCame: violation = "reuse of half an exchange"
        default: break
        }
    }
}
