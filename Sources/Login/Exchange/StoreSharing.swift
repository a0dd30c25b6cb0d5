package import Sessions
package import WeChat

/// Lets the access tokens of gateways that share a store be fetched once for all.
package struct StoreSharing: AccessTokenSharing {
    private let values: any SharedValues

    package init(_ values: any SharedValues) {
        self.values = values
    }

    package func claim(
        _ key: String,
        _ value: [UInt8],
        seconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, AccessTokenSharingFailure>) -> Void
    ) {
        values.claim(key, value, seconds: seconds) { completion($0.mapError { _ in AccessTokenSharingFailure() }) }
    }

    package func put(
        _ key: String,
        _ value: [UInt8]?,
        seconds: Int64,
        completion: @escaping @Sendable (Result<Void, AccessTokenSharingFailure>) -> Void
    ) {
        values.put(key, value, seconds: seconds) { completion($0.mapError { _ in AccessTokenSharingFailure() }) }
    }

    package func get(
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
