/// What has to be known of one request's tries at targets, from the first to the last.
///
/// One for each connection of a client, used again and again; a class for the reason of ``RequestState``.
final class ServiceAttempt {
    /// Targets that it was given.
    var tried = TargetSet()
    /// Of these, the one that most likely never saw it, as its connection had been closed.
    var unseen = TargetSet()
    /// What a balance by hash goes by.
    var key: UInt64?
    /// When the target in hand was given it, in nanoseconds of the loop's clock.
    var startedAt: Int64 = 0
    /// A target counts it as under way.
    var isActive = false
    /// What became of it at the target is not told yet.
    var isOpen = false
    /// The breaker let it through to see.
    var isProbe = false
    /// It stands in line for a connection.
    var isWaiting = false
    /// What has gone out of the body; nil where it is not kept.
    var replay: ReplayBuffer?

    func begin() {
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
