import Configuration
import HTTPWire
import NIOCore

/// Phase 3, authenticate: whose request it is.
extension ClientConnection {
    /// True where the request may go on; otherwise it is answered.
    func authenticate(_ policy: RouteAuthentication) -> Bool {
        if policy == .none { return true }
        guard let index = tokenField() else {
            if policy == .optional { return true }
            answer(.refusal(.authRequired))
            return false
        }
        guard index >= 0 else {
            // Two tokens: whichever is taken, a service behind another reader might take the other.
            answer(.refusal(.authInvalid))
            return false
        }
        let arena = worker.head.arena
        let value = arena.readableBytesUInt8Span.extracting(worker.head.fields[index].value.range)
        guard let token = BearerToken.range(in: value) else {
            // An empty field is no token.
            if value.isEmpty, policy == .optional { return true }
            answer(.refusal(value.isEmpty ? .authRequired : .authInvalid))
            return false
        }
        switch worker.verifier.verify(value.extracting(token), now: loop.wallSeconds) {
        case .valid(let identity):
            request.identity = identity
            return true
        case .expired:
            answer(.refusal(.authExpired))
            return false
        case .invalid:
            answer(.refusal(.authInvalid))
            return false
        }
    }

    /// The index of the field that holds the token; `nil` without one, -1 where there are several.
    private func tokenField() -> Int? {
        let name = worker.settings.fieldNames.tokenField
        guard let first = worker.head.firstIndex(of: name) else { return nil }
        for index in (first + 1)..<max(first + 1, worker.head.fields.count)
        where worker.head.fields[index].known == name && !worker.head.fields[index].isAlias {
            return -1
        }
        return first
    }
}
