package import Sessions
package import WeChat

/// The dependencies of the login endpoints.
package struct LoginDependencies: Sendable {
    /// Publishes changes of existing tokens to the workers; runs the closure when all of them have applied the changes.
    package typealias Publish = @Sendable ([SessionChange], @escaping @Sendable () -> Void) -> Void
    /// Collects the workers' counts of token verdicts, by reason.
    package typealias Verdicts = @Sendable (@escaping @Sendable ([(name: String, count: Int)]) -> Void) -> Void
    /// Collects further members of the operators' counters, each as JSON.
    package typealias Traffic = @Sendable (@escaping @Sendable ([(name: String, json: [UInt8])]) -> Void) -> Void

    /// The apps served, by configuration; at least one.
    package var apps: [WeChatApp]
    /// The client of WeChat's server API.
    package var wechat: WeChatClient
    /// The access tokens of all apps.
    package var accessTokens: AccessTokens
    /// The store of users and sessions.
    package var store: any SessionStore
    /// Signs new tokens.
    package var minter: any TokenMinting
    /// The configured key for deriving user ids; the same for all gateways of a store.
    package var userIDKey: [UInt8]
    /// The resolver of user ids; nil: ids are derived.
    package var resolver: UserResolver?
    /// Whether a phone number may come as encrypted data; otherwise only as a code of the phone button.
    package var takesEncryptedPhone = true
    /// Whether accounts with one unionid are one user.
    package var linksByUnionid = false
    /// Seconds.
    package var sessionLifetime: Int64
    /// Seconds that the longest token lives.
    package var tokenLifetime: Int64
    /// Seconds before its end from when on a token gets a successor; nil: none does.
    package var renewBefore: Int64?
    /// The limits on logins.
    package var limits = LoginLimits()
    /// Seconds since 1970.
    package var clock: @Sendable () -> Int64
    /// Milliseconds since 1970, for limits below a second; derived from `clock` by default.
    package var fineClock: @Sendable () -> Int64
    /// Gets one event per exchange with WeChat, on any thread; must not block.
    package var log: @Sendable (LoginEvent) -> Void
    /// Publishes changes to all workers; without workers nothing has to be done.
    package var publish: Publish = { _, done in done() }
    /// Counts verdicts on tokens; without workers there are none.
    package var verdicts: Verdicts = { $0([]) }
    /// Counts traffic; without workers there is none.
    package var traffic: Traffic = { $0([]) }

    /// Takes the dependencies that have no default. `fineClock` starts as `clock` in milliseconds.
    package init(
        apps: [WeChatApp],
        wechat: WeChatClient,
        accessTokens: AccessTokens,
        store: any SessionStore,
        minter: any TokenMinting,
        userIDKey: [UInt8],
        sessionLifetime: Int64,
        tokenLifetime: Int64,
        clock: @escaping @Sendable () -> Int64,
        log: @escaping @Sendable (LoginEvent) -> Void
    ) {
        self.apps = apps
        self.wechat = wechat
        self.accessTokens = accessTokens
        self.store = store
        self.minter = minter
        self.userIDKey = userIDKey
        self.sessionLifetime = sessionLifetime
        self.tokenLifetime = tokenLifetime
        self.clock = clock
        fineClock = { clock() * 1000 }
        self.log = log
    }
}

/// How much logging in there may be.
package struct LoginLimits: Sendable {
    /// Exchanges with WeChat at a time, for each app.
    package var exchanges = 256
    /// The maximum number of waiting logins, per app.
    package var waitingExchanges = 100
    /// Calls for phone numbers at a time, for each app.
    package var phoneCalls = 16
    /// Logins, and phone codes, of one client address in a second.
    package var ratePerAddress = 200
    /// How long a login waits for another gateway with the same code, in milliseconds. This exceeds the duration of an
    /// exchange, so a gateway without a result after it has died.
    package var sharedWait: Int64 = 15_000

    /// Creates the default limits.
    package init() {}
}
