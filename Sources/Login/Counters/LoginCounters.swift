import NIOConcurrencyHelpers

/// Counts, off the data path. Apps are those of the configuration, so the counts are bounded.
final class LoginCounters: Sendable {
    private let counts: NIOLockedValueBox<LoginCounts>

    init(appIDs: [String]) {
        var counts = LoginCounts()
        for appID in appIDs { counts.apps[appID] = LoginCounts.App() }
        self.counts = NIOLockedValueBox(counts)
    }

    var all: LoginCounts { counts.withLockedValue { $0 } }

    func note(_ change: (inout LoginCounts) -> Void) {
        counts.withLockedValue { change(&$0) }
    }

    func note(_ appID: String, _ change: (inout LoginCounts.App) -> Void) {
        counts.withLockedValue { counts in
            guard counts.apps[appID] != nil else { return }
            change(&counts.apps[appID, default: LoginCounts.App()])
        }
    }

    func noteLogin(_ appID: String, _ failure: LoginFailure?) {
        note(appID) { $0.logins[failure?.label ?? "ok", default: 0] += 1 }
    }

    func notePhoneNumber(_ appID: String, _ failure: LoginFailure?) {
        note(appID) { $0.phoneNumbers[failure?.label ?? "ok", default: 0] += 1 }
    }
}
