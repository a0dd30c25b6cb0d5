import JSON
import Login
import NIOConcurrencyHelpers
import Sessions

/// Time as a test says.
final class TestClock: Sendable {
    private let time = NIOLockedValueBox(now)
    var seconds: Int64 { time.withLockedValue { $0 } }
    func advance(_ seconds: Int64) { time.withLockedValue { $0 += seconds } }
}

/// Signs nothing, but keeps whom it was asked for.
final class FakeMinter: TokenMinting {
    private let asked = NIOLockedValueBox<[TokenSubject]>([])
    var subjects: [TokenSubject] { asked.withLockedValue { $0 } }

    func mint(_ subject: TokenSubject, now: Int64, until: Int64?) -> MintedToken {
        let count = asked.withLockedValue { subjects in
            subjects.append(subject)
            return subjects.count
        }
        let text = count == 1 ? token : "\(token)-\(count)-\(subject.sessionID)"
        let expiresIn = min(7200, (until ?? .max) - now)
        return MintedToken(token: text, expiresIn: expiresIn, expiresAt: now + expiresIn)
    }
}

/// The gateway's workers, who take changes at once or when a test lets them.
final class Workers: Sendable {
    private struct State {
        var changes: [SessionChange] = []
        var isHeld = false
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = NIOLockedValueBox(State())
    var changes: [SessionChange] { state.withLockedValue { $0.changes } }
    var waiting: Int { state.withLockedValue { $0.waiting.count } }

    func publish(_ changes: [SessionChange], _ done: @escaping @Sendable () -> Void) {
        let isHeld = state.withLockedValue { state in
            state.changes += changes
            if state.isHeld { state.waiting.append(done) }
            return state.isHeld
        }
        if !isHeld { done() }
    }

    func hold() { state.withLockedValue { $0.isHeld = true } }

    func release() {
        let waiting = state.withLockedValue { state in
            state.isHeld = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for done in waiting { done() }
    }
}

final class EventSink: Sendable {
    private let list = NIOLockedValueBox<[LoginEvent]>([])
    var events: [LoginEvent] { list.withLockedValue { $0 } }
    func put(_ event: LoginEvent) { list.withLockedValue { $0.append(event) } }
}

/// What came from many calls.
final class Collected<Value: Sendable>: Sendable {
    private let list = NIOLockedValueBox<[Value]>([])
    var all: [Value] { list.withLockedValue { $0 } }
    func put(_ value: Value) { list.withLockedValue { $0.append(value) } }

    /// Waits until there are `count`; the time limit of the suite ends it otherwise.
    func wait(for count: Int) async -> [Value] {
        while all.count < count { await Task.yield() }
        return all
    }
}

struct Answer: Sendable {
    let reply: EndpointReply

    var userID: String? { reply.userID }

    /// `data`, where the reply is a success.
    var data: JSONNode? {
        guard case .success(let data) = reply.outcome else { return nil }
        return try? JSONReader().read(data)
    }

    var text: String? {
        guard case .success(let data) = reply.outcome else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    var token: String? { data?["token"]?.string }

    var failure: LoginFailure? {
        if case .failure(let failure) = reply.outcome { failure } else { nil }
    }

    var badRequest: String? {
        if case .badRequest(let message) = reply.outcome { message } else { nil }
    }
}
