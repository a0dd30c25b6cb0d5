/// Small values that the gateways of one store share, sealed at rest: how the access token of an app is fetched once for
/// all of them. Completions run exactly once, on any thread.
package protocol AccessTokenSharing: Sendable {
    /// Sets the value where there is none, for `seconds`, and answers nil; else answers the value that is there.
    func claim(
        _ key: String,
        _ value: [UInt8],
        seconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, AccessTokenSharingFailure>) -> Void
    )

    /// Sets the value for `seconds`, or removes it where it is nil.
    func put(
        _ key: String,
        _ value: [UInt8]?,
        seconds: Int64,
        completion: @escaping @Sendable (Result<Void, AccessTokenSharingFailure>) -> Void
    )

    /// The value as soon as it is another than `present`, or what it is after `milliseconds`; nil where there is none.
    func get(
        _ key: String,
        otherThan present: [UInt8]?,
        within milliseconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, AccessTokenSharingFailure>) -> Void
    )
}

/// The store did not do it. Each gateway then fetches by itself: in normal mode WeChat gives all the same token.
package struct AccessTokenSharingFailure: Error, Equatable, Sendable {
    package init() {}
}
