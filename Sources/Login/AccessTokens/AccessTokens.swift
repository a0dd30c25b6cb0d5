import APICalls
import NIOConcurrencyHelpers
package import Sessions
package import WeChat

/// The access tokens of the apps: fetched on first use, one fetch at a time per app, renewed in their last five
/// minutes, and fetched again when WeChat refuses one.
///
/// After a failure there is no call to WeChat for 1 s, then 2 s, up to 60 s. Callers get the last failure in the
/// meantime, or the old token while it is valid.
package final class AccessTokens: Sendable {
    /// Receives the token, or the failure of the fetch. Runs exactly once, on any thread.
    package typealias Completion = @Sendable (Result<AccessToken, WeChatFailure>) -> Void

    private struct Entry {
        var keeping = AccessTokenMachine()
        var app: WeChatApp
        var waiting: [Completion] = []
    }

    /// The maximum number of callers that wait for one fetch; one more gets `overloaded`.
    private static let mostWaiting = 1024

    private let client: WeChatClient
    private let sharing: (any SharedValues)?
    private let clock: @Sendable () -> Int64
    /// By appid.
    private let entries = NIOLockedValueBox<[String: Entry]>([:])

    /// - Parameters:
    ///   - sharing: the store that gateways share, so that only one of them fetches; nil for a single gateway.
    ///   - clock: milliseconds since 1970.
    package init(
        client: WeChatClient,
        sharing: (any SharedValues)? = nil,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.client = client
        self.sharing = sharing
        self.clock = clock
    }

    /// Returns the app's token. `completion` runs exactly once: at once on the caller's thread if the result is known,
    /// else on a thread of the API client or of the store. It must not block.
    package func token(for app: WeChatApp, completion: @escaping Completion) {
        let (reply, fetch) = entries.withLockedValue { entries -> (AccessTokenMachine.Reply, AccessTokenFetch?) in
            var entry = entries[app.appID] ?? Entry(app: app)
            entry.app = app
            defer { entries[app.appID] = entry }
            if entry.waiting.count >= Self.mostWaiting {
                return (.fail(WeChatFailure(.noResponse(.overloaded))), nil)
            }
            let (reply, errand) = entry.keeping.ask(now: clock())
            if reply == .wait { entry.waiting.append(completion) }
            return (reply, errand.map { self.fetch($0, entry) })
        }
        switch reply {
        case .give(let token): completion(.success(token))
        case .fail(let failure): completion(.failure(failure))
        case .wait: break
        }
        if let fetch { run(fetch) }
    }

    /// Reports that WeChat refused a call with this token (`WeChatFailure.Kind.accessTokenRefused`). The next
    /// `token(for:)` fetches again, unless the token has been replaced. If WeChat returns the same token, a new one is
    /// forced, as often as WeChat allows.
    package func refused(_ token: AccessToken, for app: WeChatApp) {
        entries.withLockedValue { $0[app.appID]?.keeping.refuse(token.text, now: clock()) }
    }

    /// Renews tokens in their last five minutes that were used in the last ten. Call this about every thirty seconds,
    /// on any thread.
    package func renewDue() {
        let due = entries.withLockedValue { entries -> [AccessTokenFetch] in
            var due: [AccessTokenFetch] = []
            for appID in Array(entries.keys) {
                guard var entry = entries[appID], let errand = entry.keeping.tick(now: clock()) else { continue }
                entries[appID] = entry
                due.append(self.fetch(errand, entry))
            }
            return due
        }
        for fetch in due { run(fetch) }
    }

    private func fetch(_ errand: AccessTokenMachine.Errand, _ entry: Entry) -> AccessTokenFetch {
        AccessTokenFetch(
            client: client,
            sharing: sharing,
            clock: clock,
            app: entry.app,
            errand: errand,
            lastForced: entry.keeping.lastForced
        )
    }

    private func run(_ fetch: AccessTokenFetch) {
        fetch.run { result in
            let next = self.entries.withLockedValue { entries -> (AccessTokenFetch?, [Completion], Outcome?) in
                guard var entry = entries[fetch.app.appID] else { return (nil, [], nil) }
                defer { entries[fetch.app.appID] = entry }
                switch entry.keeping.finish(fetch.errand, result, now: self.clock()) {
                case .ignored: return (nil, [], nil)
                case .again(let errand): return (self.fetch(errand, entry), [], nil)
                case .settled(let outcome):
                    let waiting = entry.waiting
                    entry.waiting = []
                    return (nil, waiting, outcome)
                }
            }
            if let again = next.0 { self.run(again) }
            if let outcome = next.2 { for completion in next.1 { completion(outcome) } }
        }
    }

    private typealias Outcome = Result<AccessToken, WeChatFailure>
}
