import Configuration

/// What is known of a target's responses to HEAD, and of its 304, that state the length of a body which they do not have.
///
/// That is legal (RFC 9110 section 8.6), and the connection may serve the next request (section 9.3.2). But handlers that treat
/// HEAD as GET are common. They send the body a moment later, and a client that can choose the body could choose the next
/// user's response.
enum ClaimTrust: Sendable {
    /// No such response was watched yet.
    case unknown
    /// After such a response the connection stayed quiet.
    case kept
    /// The target sent bytes after such a response. It stays so.
    case broken
}

/// The trial of a connection whose response stated the length of a body that it does not have: it serves no request until
/// it has been quiet for a while. With that its target is trusted, and later ones are used at once.
extension ServiceConnection {
    /// How long the connection has to be quiet, in nanoseconds. A body that comes after all comes at once, or as fast as
    /// its handler makes it.
    private static let trialTime: Int64 = 1_000_000_000

    var isOnTrial: Bool { target.onTrial === self }

    /// Watches the connection, where its target has no other under watch; else closes it.
    func startTrial() {
        guard phase == .idle, !hasFailed, target.admitsTrial else { return close() }
        target.onTrial = self
        deadline = loop.now + ServiceConnection.trialTime
    }

    /// The connection was quiet.
    func endTrial() {
        target.onTrial = nil
        guard checkReusable(), !target.isDraining else { return close() }
        if target.claims == .unknown { target.claims = .kept }
        park()
    }

    /// Bytes came that belong to no request.
    func noteStray() {
        target.countStray()
        if responseClaims { target.claims = .broken }
    }
}

extension UpstreamTarget {
    /// With a limit of connections a trial would keep one from requests that wait.
    var admitsTrial: Bool {
        onTrial == nil && claims == .unknown && !isDraining && cluster?.configuration.connections == nil
    }
}
