import Configuration
import NIOCore
import NIOHTTP1
import WebOrigin

/// A web page that a developer has open can reach the stand-in through the browser, even on loopback.
extension StandInResponder {
    /// Refuses a call of WeChat's API that a browser makes; nil: accepted. The host is not checked: the call may come
    /// through a proxy or a server that terminates TLS, and gives no identity without a code.
    func apiRefusal(_ request: ServedRequest) -> StandInResponse? {
        let isPage = !request.headers["origin"].isEmpty || !request.headers["sec-fetch-site"].isEmpty
        return isPage ? Self.refusal("\(OriginGate.Refusal.origin)", status: .forbidden) : nil
    }

    /// Refuses a control request that a page of another origin made, or that used a name other than this machine's;
    /// nil: accepted. Content types are not checked: `curl -d` sends a form.
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
