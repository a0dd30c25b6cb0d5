package import Sessions
package import WeChat

/// What logging in is made of.
package struct LoginParts: Sendable {
    /// The apps served, by configuration; at least one.
    package var apps: [WeChatApp]
    package var wechat: WeChatClient
    package var store: any SessionStore
    package var minter: any TokenMinting
    /// The configured key from which user ids are derived.
    package var userIDKey: [UInt8]
    /// Seconds.
    package var sessionLifetime: Int64
    /// Seconds since 1970.
    package var clock: @Sendable () -> Int64
    /// Gets one event per exchange with WeChat, on any thread; must not block.
    package var log: @Sendable (LoginEvent) -> Void

    package init(
        apps: [WeChatApp],
        wechat: WeChatClient,
        store: any SessionStore,
        minter: any TokenMinting,
        userIDKey: [UInt8],
        sessionLifetime: Int64,
        clock: @escaping @Sendable () -> Int64,
        log: @escaping @Sendable (LoginEvent) -> Void
    ) {
        self.apps = apps
        self.wechat = wechat
        self.store = store
        self.minter = minter
        self.userIDKey = userIDKey
        self.sessionLifetime = sessionLifetime
        self.clock = clock
        self.log = log
    }
}
