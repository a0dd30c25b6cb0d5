import APICalls
import Sessions
import WeChat

/// One job of `AccessTokenMachine`: asks the shared store, if there is one, then WeChat.
///
/// The holder of the claim fetches the token from WeChat; other gateways wait for the value in the store. If the store
/// fails or the holder does not deliver, this gateway asks WeChat itself: in normal mode WeChat returns the same token
/// to everyone.
struct AccessTokenFetch: Sendable {
    /// How long a gateway that fell down keeps the others waiting at most, in seconds.
    private static let claimSeconds: Int64 = 15
    /// How long the holder of a claim is waited for, in milliseconds.
    private static let patience: Int64 = 10_000

    typealias Completion = @Sendable (Result<AccessTokenMachine.Found, WeChatFailure>) -> Void

    let client: WeChatClient
    let sharing: (any SharedValues)?
    let clock: @Sendable () -> Int64
    let app: WeChatApp
    let errand: AccessTokenMachine.Errand
    /// Of this gateway, for the value that it shares.
    let lastForced: Int64?

    private var valueKey: String { "wechat access token \(app.appID)" }
    private var claimKey: String { "wechat access token claim \(app.appID)" }

    func run(_ completion: @escaping Completion) {
        guard let sharing else { return fetch { completion($0.map { AccessTokenMachine.Found(token: $0) }) } }
        sharing.get(valueKey, otherThan: nil, within: 0) { result in
            guard case .success(let present) = result else { return fetchAlone(completion) }
            if let found = found(present) { return completion(.success(found)) }
            sharing.claim(claimKey, [1], seconds: Self.claimSeconds) { result in
                switch result {
                case .failure: fetchAlone(completion)
                case .success(nil): fetchForAll(sharing, completion)
                case .success: wait(sharing, present, completion)
                }
            }
        }
    }

    private func fetch(_ completion: @escaping @Sendable (Result<AccessToken, WeChatFailure>) -> Void) {
        client.stableToken(app: app, forceRefresh: errand.isForced) { result in
            completion(result.map { AccessToken(text: $0.text, expiresAt: clock() + $0.lifetime * 1000) })
        }
    }

    private func fetchAlone(_ completion: @escaping Completion) {
        fetch { completion($0.map { AccessTokenMachine.Found(token: $0) }) }
    }

    /// The claim is released before the completion runs, since the next job may need it.
    private func fetchForAll(_ sharing: any SharedValues, _ completion: @escaping Completion) {
        fetch { result in
            let end: @Sendable () -> Void = {
                sharing.put(claimKey, nil, seconds: 0) { _ in
                    completion(result.map { AccessTokenMachine.Found(token: $0) })
                }
            }
            // After a failure, another gateway may succeed. The refused token, returned again, is not worth publishing.
            guard case .success(let token) = result, token.text != errand.refused else { return end() }
            let shared = SharedAccessToken(token: token, forcedAt: lastForced)
            let seconds = max(1, (token.expiresAt - clock()) / 1000)
            sharing.put(valueKey, shared.bytes, seconds: seconds) { _ in end() }
        }
    }

    private func wait(_ sharing: any SharedValues, _ present: [UInt8]?, _ completion: @escaping Completion) {
        sharing.get(valueKey, otherThan: present, within: Self.patience) { result in
            if case .success(let value) = result, let found = found(value) { return completion(.success(found)) }
            // Two forced fetches would end each other's token.
            guard errand.isForced else { return fetchAlone(completion) }
            completion(.failure(WeChatFailure(.noResponse(.timeout))))
        }
    }

    /// The token in the store, if it is usable: not the refused one, and not in its last minutes.
    private func found(_ bytes: [UInt8]?) -> AccessTokenMachine.Found? {
        guard let bytes, let shared = SharedAccessToken(bytes), shared.token.text != errand.refused,
            shared.token.expiresAt - clock() > AccessTokenMachine.margin
        else { return nil }
        return AccessTokenMachine.Found(token: shared.token, isShared: true, forcedAt: shared.forcedAt)
    }
}
