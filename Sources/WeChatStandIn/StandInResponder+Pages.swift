import Configuration
import NIOCore
import NIOHTTP1
import WebOrigin

/// A web page that a developer has open reaches the stand-in through the browser, though it listens on loopback only.
extension StandInResponder {
    /// Refuses a call of WeChat's API that a browser makes; nil where it may pass. The host is not looked at: the call may
    /// come by way of a proxy or of a server that ends TLS, and gives nobody an identity without a code.
    func apiRefusal(_ request: ServedRequest) -> StandInResponse? {
        let isPage = !request.headers["origin"].isEmpty || !request.headers["sec-fetch-site"].isEmpty
        return isPage ? Self.refusal("\(OriginGate.Refusal.origin)", status: .forbidden) : nil
    }

    /// Refuses a request of the stand-in's own that a page of another origin made, or that came by a name other than this
    /// machine's; nil where it may pass. Content types are not looked at: `curl -d` states a form.
    func controlRefusal(_ request: ServedRequest) -> StandInResponse? {
        let refusal = OriginGate(request.listenerAddress, isSecure: request.isSecure).refusal(
            host: request.headers["host"],
            origin: request.headers["origin"],
            fetchSite: request.headers["sec-fetch-site"]
        )
        return refusal.map { Self.refusal("\($0)", status: .forbidden) }
    }
}

extension ServedRequest {
    fileprivate var listenerAddress: OriginGate.ListenerAddress {
        guard let text = localAddress?.ipAddress, let address = IPAddress(text), let port = localAddress?.port else {
            return .unknown
        }
        return .address(address, port: port)
    }
}
