import Cryptography
import NIOConcurrencyHelpers
import Sessions
import WeChat

/// How a call for the number behind a phone code ended.
struct PhoneOutcome: Sendable {
    let result: Result<String, LoginFailure>
    /// Whether the code was sent and may be spent, whatever the result.
    let codeWasSent: Bool

    /// The failure of the next request with this code; nil if the code may still be valid.
    var rememberedFailure: LoginFailure? {
        switch result {
        case .success: .codeUsed
        case .failure(let failure): LoginFailure(remembering: failure, codeWasSent: codeWasSent)
        }
    }
}

/// Decides which phone codes go to WeChat: a bounded number at once, and none that is known to be of no use.
final class PhoneGate: Sendable {
    private struct State {
        var turns: PhoneCallSlots
        var memory = CodeMemory()
    }

    private let clock: @Sendable () -> Int64
    private let digests: CodeDigests
    private let state: NIOLockedValueBox<State>

    /// - Parameter clock: seconds since 1970.
    init(_ limits: LoginLimits, clock: @escaping @Sendable () -> Int64) throws(CryptographyError) {
        self.clock = clock
        digests = try CodeDigests(secret: nil)
        state = NIOLockedValueBox(State(turns: PhoneCallSlots(atOnce: limits.phoneCalls)))
    }

    /// Why the code must not be sent now. Nil: it may be sent, and `leave` must follow.
    func enter(_ holder: SessionHolder, _ code: PhoneCode) -> LoginFailure? {
        guard let digest = digest(holder, code) else { return .internalFault }
        let now = clock()
        return state.withLockedValue { state in
            if case .refusal(let failure) = state.memory.lookup(digest, now: now) { return failure }
            return state.turns.begin(holder.sessionID, appID: holder.user.appID) ? nil : .overloaded
        }
    }

    /// Records the response of WeChat, or its absence.
    func settle(_ holder: SessionHolder, _ code: PhoneCode, _ end: PhoneOutcome) {
        guard let refusal = end.rememberedFailure, let digest = digest(holder, code) else { return }
        let now = clock()
        state.withLockedValue { $0.memory.remember(digest, refusal: refusal, now: now) }
    }

    /// All is done, the number recorded where it came to that.
    func leave(_ holder: SessionHolder) {
        state.withLockedValue { $0.turns.end(holder.sessionID, appID: holder.user.appID) }
    }

    private func digest(_ holder: SessionHolder, _ code: PhoneCode) -> CodeMemory.Digest? {
        try? digests.digest(appID: holder.user.appID, code: code.text)
    }
}
