/// What has to be known of one request's tries at targets, from the first to the last.
package struct ServiceAttempt {
    /// Targets that it was given.
    package var tried = TargetSet()
    /// Of these, the one that most likely never saw it, as its connection had been closed.
    package var unseen = TargetSet()
    /// What a balance by hash goes by.
    package var key: UInt64?
    /// A target counts it as under way.
    package var isActive = false
    /// What became of it at the target is not told yet.
    package var isOpen = false
    /// The breaker let it through to see.
    package var isProbe = false
    /// It stands in line for a connection.
    package var isWaiting = false
    /// What has gone out of the body; nil where it is not kept.
    package var replay: ReplayBuffer?

    package init() {}

    package mutating func begin() {
        tried = TargetSet()
        unseen = TargetSet()
        key = nil
        isActive = false
        isOpen = false
        isProbe = false
        isWaiting = false
        if replay != nil { replay = nil }
    }
}
