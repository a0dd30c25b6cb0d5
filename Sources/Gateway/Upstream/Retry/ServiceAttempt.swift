/// The state of one request's attempts at targets.
///
/// Whether a request is sent again is decided by ``UpstreamRequestMachine``.
///
/// There is one per client connection, which is reused. It is a class for the same reason as ``RequestState``.
final class ServiceAttempt {
    /// Targets that it was given.
    var tried = TargetSet()
    /// Of these, the one that most likely never saw it, as its connection had been closed.
    var unseen = TargetSet()
    /// The key for balancing by hash.
    var key: UInt64?
    /// When the current target was chosen, in nanoseconds of the loop's clock.
    var startedAt: Int64 = 0
    /// A target counts it as under way.
    var isActive = false
    /// The outcome at the target has not been recorded yet.
    var isOpen = false
    /// The breaker let it through to see.
    var isProbe = false
    /// The request waits in the queue for a connection.
    var isWaiting = false
    /// The sent part of the body; nil if it is not kept.
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
