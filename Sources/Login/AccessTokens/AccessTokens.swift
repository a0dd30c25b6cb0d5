import APICalls
import NIOConcurrencyHelpers
package import Sessions
package import WeChat

/// The access tokens of the apps: fetched when first needed, one fetch at a time per app, renewed in their last five
/// minutes, fetched anew when WeChat refuses one.
///
/// After a failure nobody asks WeChat for 1 s, then 2 s, up to 60 s; who asks meanwhile gets the last failure. A token that
/// is still good is given even so.
package final class AccessTokens: Sendable {
    /// Receives the token, or the failure of the fetch. Runs exactly once, on any thread.
    package typealias Completion = @Sendable (Result<AccessToken, WeChatFailure>) -> Void

    private struct Entry {
        var keeping = AccessTokenMachine()
        var app: WeChatApp
        var waiting: [Completion] = []
    }

    /// Those who wait for one fetch; one more is told `overloaded`.
    private static let mostWaiting = 1024

    private let client: WeChatClient
    private let sharing: (any SharedValues)?
    private let clock: @Sendable () -> Int64
    /// By appid.
    private let entries = NIOLockedValueBox<[String: Entry]>([:])

    /// - Parameters:
    ///   - sharing: what the gateways share, so that they fetch once for all; nil where this one is alone.
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

    /// The app's token. `completion` runs exactly once: at once, on the caller's thread, where a token is at hand or none
    /// is to be had; else on the thread of the API client or of the store. It must not block.
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

    /// WeChat refused a call with that token (`WeChatFailure.Kind.accessTokenRefused`): the next `token(for:)` fetches
    /// anew, unless another token came meanwhile. Where WeChat gives the same text again, a new one is forced, as often as
    /// WeChat allows.
    package func refused(_ token: AccessToken, for app: WeChatApp) {
        entries.withLockedValue { $0[app.appID]?.keeping.refuse(token.text, now: clock()) }
    }

    /// Renews what is in its last five minutes and was asked for in the last ten. To be called every half a minute or so, on
    /// any thread.
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
