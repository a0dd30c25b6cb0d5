import Logging
import Synchronization

/// Tells operators of a peer that says for whom it forwards and is not in `trustedProxies`: it may be their load balancer, and
/// all its clients then have its address. Once, since any client can send such a header.
final class ForwardingNotice: Sendable {
    private let log: LimitedLog
    private let isWritten = Atomic<Bool>(false)

    init(_ log: LimitedLog) { self.log = log }

    func report(_ peer: PeerAddress) {
        guard !isWritten.load(ordering: .relaxed), !isWritten.exchange(true, ordering: .relaxed) else { return }
        log.write(
            LogKind(.warning, "x-forwarded-for of a peer that is not in trustedProxies: is it your load balancer?"),
            ["peer": "\(String(decoding: peer.text, as: UTF8.self))"]
        )
    }
}
