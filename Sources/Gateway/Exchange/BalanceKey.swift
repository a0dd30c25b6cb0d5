import Configuration
import HTTPWire
import NIOCore

/// The key for balancing by hash.
enum BalanceKey {
    /// Works the key out, unless that was done before a rule took the header away.
    static func note(
        _ head: borrowing RequestHead,
        of cluster: Cluster,
        _ request: RequestState,
        _ peer: PeerAddress
    ) {
        guard cluster.isHashed, request.attempt.key == nil, case .hash(let key) = cluster.balance else { return }
        request.attempt.key = value(key, head, of: cluster, request, peer)
    }

    /// Nil where the request has none of it.
    private static func value(
        _ key: BalanceMethod.HashKey,
        _ head: borrowing RequestHead,
        of cluster: Cluster,
        _ request: RequestState,
        _ peer: PeerAddress
    ) -> UInt64? {
        switch key {
        case .user:
            guard let userID = request.identity?.userID else { return nil }
            return Rendezvous.key(userID.span)
        case .address:
            let address = request.clientAddress ?? peer.text
            return Rendezvous.key(address.span)
        case .header:
            let name = cluster.hashHeader
            let bytes = head.arena
            let arena = bytes.readableBytesUInt8Span
            for field in head.fields where arena.extracting(field.name.range).isEqual(toLowercase: name.span) {
                return Rendezvous.key(arena.extracting(field.value.range))
            }
            return nil
        }
    }
}
