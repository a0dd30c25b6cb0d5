/// The running calls for phone numbers: one per session at a time, and a limit per app. There is no queue: a second tap
/// comes while the first call is running.
struct PhoneCallSlots {
    private let atOnce: Int
    private var sessions: Set<String> = []
    private var apps: [String: Int] = [:]

    /// - Parameter atOnce: calls of one app, at least 1.
    init(atOnce: Int) {
        self.atOnce = max(1, atOnce)
    }

    /// Calls under way.
    var count: Int { sessions.count }

    /// Whether one more may begin; `end` is due then.
    mutating func begin(_ sessionID: String, appID: String) -> Bool {
        let running = apps[appID] ?? 0
        guard running < atOnce, sessions.insert(sessionID).inserted else { return false }
        apps[appID] = running + 1
        return true
    }

    /// A call that began is done.
    mutating func end(_ sessionID: String, appID: String) {
        guard sessions.remove(sessionID) != nil, let running = apps[appID] else { return }
        apps[appID] = running > 1 ? running - 1 : nil
    }
}
