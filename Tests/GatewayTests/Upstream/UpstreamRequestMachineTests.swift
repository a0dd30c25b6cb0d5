import HTTPWire
import RandomJSON
import TLS
import Testing

@testable import Gateway

@Suite("The exchange with a service, as a state machine")
struct UpstreamRequestMachineTests {
    @Test("goes through a whole exchange")
    func whole() {
        var machine = UpstreamRequestMachine(method: .post, hasBody: true)
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
        "without leave, sends again only an idempotent request without a body, once, on a used connection that closed",
        arguments: HTTPMethod.allCases,
        [false, true]
    )
    func repetitions(_ method: HTTPMethod, _ hasBody: Bool) {
        let isIdempotent = [.get, .head, .put, .delete, .options, .trace].contains(method)
        for used in [false, true] {
            for fault in ServiceFault.all {
                var machine = UpstreamRequestMachine(method: method, hasBody: hasBody)
                #expect(machine.connected(used: used) == .send)
                let action = machine.fail(fault, holdsBody: true)
                if isIdempotent, !hasBody, used, fault == .closed {
                    #expect(action == .retry)
                    #expect(machine.attempts == 2)
                    // The second one may get a used connection as well.
                    #expect(machine.connected(used: used) == .send)
                    #expect(machine.fail(fault) == .sendLocalReply(fault))
                } else {
                    #expect(action == .sendLocalReply(fault), "\(method) \(used) \(fault)")
                }
            }
        }
    }

    @Test("with leave, sends an idempotent request as often as it may, a body only where it is held")
    func leave() {
        for method in HTTPMethod.allCases {
            for hasBody in [false, true] {
                for holdsBody in [false, true] {
                    var machine = UpstreamRequestMachine(method: method, hasBody: hasBody, sendLimit: 3)
                    var sends = 0
                    while machine.connected(used: false) == .send {
                        sends += 1
                        if machine.fail(.timedOut, holdsBody: holdsBody) != .retry { break }
                    }
                    #expect(sends == (method.isIdempotent && (!hasBody || holdsBody) ? 3 : 1), "\(method)")
                }
            }
        }
    }

    @Test("a repetition because nobody saw the request takes none of those that are allowed, and comes once")
    func unseen() {
        for sendLimit in 1...3 {
            var machine = UpstreamRequestMachine(method: .get, hasBody: false, sendLimit: sendLimit)
            #expect(machine.connected(used: true) == .send)
            #expect(machine.retryPermission(after: .closed) == .unseen)
            #expect(machine.fail(.closed) == .retry)
            for _ in 1..<sendLimit {
                #expect(machine.connected(used: false) == .send)
                #expect(machine.retryPermission(after: .closed) == .budgeted)
                #expect(machine.fail(.closed) == .retry)
            }
            // Another used one that closes is no news.
            #expect(machine.connected(used: true) == .send)
            #expect(machine.retryPermission(after: .closed) == .no)
            #expect(machine.retryPermissionAfterStatus(holdsBody: false) == .no)
            #expect(machine.fail(.closed) == .sendLocalReply(.closed))
            #expect(machine.sends == sendLimit + 1)
        }
    }

    @Test("what nobody saw may come after a repetition by the budget too, and leaves the limit as it was")
    func unseenLater() {
        var machine = UpstreamRequestMachine(method: .get, hasBody: false, sendLimit: 2)
        #expect(machine.connected(used: false) == .send)
        #expect(machine.fail(.timedOut) == .retry)
        #expect(machine.connected(used: true) == .send)
        #expect(machine.fail(.closed, budget: false) == .retry)
        #expect(machine.connected(used: false) == .send)
        #expect(machine.fail(.closed) == .sendLocalReply(.closed))
        #expect(machine.sends == 3 && machine.unseenSends == 1)
    }

    @Test("goes on to other targets while nothing was sent, whatever the method, and not for ever")
    func failover() {
        for method in [HTTPMethod.get, .post] {
            var machine = UpstreamRequestMachine(method: method, hasBody: true)
            for _ in 1..<UpstreamRequestMachine.connectLimit {
                #expect(machine.connectFailed(.connectFailed, another: true) == .tryAnother)
            }
            #expect(machine.connectFailed(.connectFailed, another: true) == .sendLocalReply(.connectFailed))
            #expect(machine.sends == 0)
        }
    }

    @Test("does not use a connection again on which the request did not end")
    func earlyAnswer() {
        var machine = UpstreamRequestMachine(method: .post, hasBody: true)
        _ = machine.connected(used: false)
        machine.responseBegan(capture: false, reusable: true)
        #expect(machine.responseEnded() == .finish(reuse: false))
    }

    @Test("cuts only what the client has begun to get")
    func broken() {
        for (capture, expected) in [(false, UpstreamRequestMachine.Action.reset), (true, .sendTruncatedFailure)] {
            var machine = UpstreamRequestMachine(method: .get, hasBody: false)
            _ = machine.connected(used: true)
            machine.responseBegan(capture: capture, reusable: true)
            #expect(machine.fail(.closed) == expected)
            #expect(machine.fail(.closed) == .none)
        }
    }

    @Test("agrees with a list of facts, in any order of events")
    func model() {
        var random = SeededGenerator()
        print("exchange machine: MENSHEN_TEST_SEED=\(random.seed)")
        for round in 0..<20_000 {
            let method = HTTPMethod.allCases.randomElement(using: &random) ?? .get
            let hasBody = Bool.random(using: &random)
            let sendLimit = Int.random(in: 1...3, using: &random)
            var machine = UpstreamRequestMachine(method: method, hasBody: hasBody, sendLimit: sendLimit)
            var facts = ExchangeFacts(method: method, hasBody: hasBody, sendLimit: sendLimit)
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

extension UpstreamRequestMachine {
    /// A failure of the service, with the budget asked where it has to be.
    fileprivate mutating func fail(_ fault: ServiceFault, holdsBody: Bool = false, budget: Bool = true) -> Action {
        let repetition = retryPermission(after: fault, holdsBody: holdsBody)
        return serviceFailed(fault, again: repetition == .budgeted && !budget ? .no : repetition)
    }

    /// An answer whose status is one to try again after.
    fileprivate mutating func drop(holdsBody: Bool, budget: Bool) -> Action {
        guard retryPermissionAfterStatus(holdsBody: holdsBody) == .budgeted, budget else { return .none }
        return discardResponse()
    }
}

extension ServiceFault {
    static let all: [ServiceFault] = [
        .connectFailed, .connectTimedOut, .tlsFailed(.certificateExpired), .tlsTimedOut, .timedOut, .closed, .malformed,
        .tooManyInformational, .unsolicitedUpgrade,
    ]
}

/// What the driver may tell the machine, in an order or not.
private enum ExchangeEvent {
    case connected(used: Bool)
    case connectFailed(ServiceFault, another: Bool)
    case answerToDrop(holdsBody: Bool, budget: Bool)
    case requestEnded
    case responseBegan(capture: Bool, reusable: Bool)
    case responseEnded
    case serviceFailed(ServiceFault, holdsBody: Bool, budget: Bool)
    case abandon

    /// What makes exchanges come far is likelier than what ends them.
    static func random(using random: inout some RandomNumberGenerator) -> ExchangeEvent {
        let (yes, maybe) = (Bool.random(using: &random), Bool.random(using: &random))
        return switch Int.random(in: 0..<17, using: &random) {
        case 0..<4: .connected(used: Bool.random(using: &random))
        case 16: .answerToDrop(holdsBody: yes, budget: maybe)
        case 4: .connectFailed(ServiceFault.all.randomElement(using: &random) ?? .connectFailed, another: yes)
        case 5..<8: .requestEnded
        case 8..<11: .responseBegan(capture: Bool.random(using: &random), reusable: Bool.random(using: &random))
        case 11, 12: .responseEnded
        case 13: .serviceFailed(.closed, holdsBody: yes, budget: maybe)
        case 14:
            .serviceFailed(
                ServiceFault.all.randomElement(using: &random) ?? .closed,
                holdsBody: yes,
                budget: maybe
            )
        default: .abandon
        }
    }

    func apply(to machine: inout UpstreamRequestMachine) -> ExchangeOutcome {
        switch self {
        case .connected(let used): return .action(machine.connected(used: used))
        case .connectFailed(let fault, let another):
            return .action(machine.connectFailed(fault, another: another))
        case .answerToDrop(let holdsBody, let budget):
            return .action(machine.drop(holdsBody: holdsBody, budget: budget))
        case .requestEnded:
            machine.requestEnded()
            return .action(.none)
        case .responseBegan(let capture, let reusable):
            machine.responseBegan(capture: capture, reusable: reusable)
            return .action(.none)
        case .responseEnded: return .action(machine.responseEnded())
        case .serviceFailed(let fault, let holdsBody, let budget):
            return .action(machine.fail(fault, holdsBody: holdsBody, budget: budget))
        case .abandon: return .canReply(machine.abandon())
        }
    }
}

private enum ExchangeOutcome: Equatable {
    case action(UpstreamRequestMachine.Action)
    case canReply(Bool)
}

/// What has happened to one request, as yes and no, and what follows from that. Also counts what must never happen.
private struct ExchangeFacts {
    private let isIdempotent: Bool
    private let hasBody: Bool
    private let sendLimit: Int
    private var connectFailures = 0
    private var hasConnection = false
    private var connectionHadServed = false
    private var wholeRequestSent: Bool
    private var headCame = false
    private var isCaptured = false
    private var answerAllowsReuse = false
    private var sends = 0
    /// A used connection closed before anything of an answer, and that was taken for a reason to send it again.
    private var wasUnseen = false
    private(set) var isOver = false
    private(set) var violation: String?

    init(method: HTTPMethod, hasBody: Bool, sendLimit: Int) {
        // RFC 9110 section 9.2.2.
        isIdempotent = ["get", "head", "put", "delete", "options", "trace"].contains("\(method)")
        self.hasBody = hasBody
        self.sendLimit = sendLimit
        wholeRequestSent = !hasBody
    }

    private var seenSends: Int { sends - (wasUnseen ? 1 : 0) }
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
            let canReply = !isOver && !clientHasSomething
            isOver = true
            return .canReply(canReply)
        }
        if isOver { return .action(.none) }
        switch event {
        case .connected(let used) where !hasConnection:
            hasConnection = true
            connectionHadServed = used
            sends += 1
            return .action(.send)
        case .connectFailed(let fault, let another) where !hasConnection:
            connectFailures += 1
            if another, connectFailures < 4 { return .action(.tryAnother) }
            isOver = true
            return .action(.sendLocalReply(fault))
        case .answerToDrop(let holdsBody, let budget) where hasConnection && !headCame:
            guard isIdempotent, seenSends < sendLimit, !hasBody || holdsBody, budget else { return .action(.none) }
            hasConnection = false
            return .action(.retry)
        case .responseBegan(let capture, let reusable) where hasConnection && !headCame:
            headCame = true
            isCaptured = capture
            answerAllowsReuse = reusable
        case .responseEnded where headCame:
            isOver = true
            return .action(.finish(reuse: answerAllowsReuse && wholeRequestSent))
        case .serviceFailed(let fault, let holdsBody, let budget) where hasConnection:
            if headCame {
                isOver = true
                return .action(isCaptured ? .sendTruncatedFailure : .reset)
            }
            let isUnseen = fault == .closed && connectionHadServed && !hasBody && !wasUnseen
            let hasLeave = budget && seenSends < sendLimit && (!hasBody || holdsBody)
            if isIdempotent, isUnseen || hasLeave {
                if isUnseen { wasUnseen = true }
                hasConnection = false
                return .action(.retry)
            }
            isOver = true
            return .action(.sendLocalReply(fault))
        default: break
        }
        return .action(.none)
    }

    private mutating func check(_ outcome: ExchangeOutcome, wasOver: Bool) {
        if sends > (isIdempotent ? sendLimit + (hasBody ? 0 : 1) : 1) { violation = "sent too often" }
        switch outcome {
        case .action(.none), .canReply(false): break
        case _ where wasOver: violation = "something after the end"
        case .action(.reset) where !clientHasSomething: violation = "cut what had not begun"
        case .action(.sendLocalReply) where headCame, .action(.retry) where headCame,
            .canReply(true) where clientHasSomething:
            violation = "two answers"
        case .action(.finish(reuse: true)) where !wholeRequestSent || !headCame: violation = "reuse of half an exchange"
        default: break
        }
    }
}
