import NIOCore
import NIOPosix

/// Gives NIO's connector addresses that are known already, as though it had asked for them.
///
/// NIO tries them after RFC 8305: the families in alternation, 250 ms between two tries, so that a dead family or address
/// costs no more than that. It begins with the answer to the AAAA query, whatever is in it: here that is the family of the
/// first address, whose turn it is.
struct PresetResolver: Resolver, Sendable {
    let addresses: EventLoopFuture<[SocketAddress]>

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        addresses.map { found in found.filter { $0.isIPv6 != found.first?.isIPv6 } }
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        addresses.map { found in found.filter { $0.isIPv6 == found.first?.isIPv6 } }
    }

    func cancelQueries() {}
}

extension SocketAddress {
    fileprivate var isIPv6: Bool {
        if case .v6 = self { true } else { false }
    }
}
