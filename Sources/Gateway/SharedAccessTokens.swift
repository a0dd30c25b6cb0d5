import Sessions
import WeChat

/// What the gateways of one store share, as the keeper of access tokens wants it.
struct SharedAccessTokens: AccessTokenSharing {
    let values: any SharedValues

    func claim(
        _ key: String,
        _ value: [UInt8],
        seconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, AccessTokenSharingFailure>) -> Void
    ) {
        values.claim(key, value, seconds: seconds) { completion($0.mapError { _ in AccessTokenSharingFailure() }) }
    }

    func put(
        _ key: String,
        _ value: [UInt8]?,
        seconds: Int64,
        completion: @escaping @Sendable (Result<Void, AccessTokenSharingFailure>) -> Void
    ) {
        values.put(key, value, seconds: seconds) { completion($0.mapError { _ in AccessTokenSharingFailure() }) }
    }

    func get(
        _ key: String,
        otherThan present: [UInt8]?,
        within milliseconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, AccessTokenSharingFailure>) -> Void
    ) {
        values.get(key, otherThan: present, within: milliseconds) {
            completion($0.mapError { _ in AccessTokenSharingFailure() })
        }
    }
}
